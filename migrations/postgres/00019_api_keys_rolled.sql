-- +goose Up

-- When another key took its place: a key is rolled once.
ALTER TABLE api_keys ADD COLUMN rolled_at timestamptz;

-- +goose Down
ALTER TABLE api_keys DROP COLUMN rolled_at;
