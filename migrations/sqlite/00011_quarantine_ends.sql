-- +goose Up

-- When the end of a first authenticator's wait is told to the seller and the marketplace; null once it was, and where there is no
-- wait to tell of.
ALTER TABLE authenticators ADD COLUMN announce_at INTEGER CONSTRAINT authenticators_announced_in_time CHECK (announce_at IS NULL OR (announce_at = usable_from AND added = 'first'));
UPDATE authenticators SET announce_at = usable_from
WHERE added = 'first' AND disabled_at IS NULL AND usable_from > (SELECT g.clock_mark FROM gateway g);
CREATE INDEX authenticators_to_announce ON authenticators (announce_at) WHERE announce_at IS NOT NULL;

-- It is told once.
-- +goose StatementBegin
CREATE TRIGGER authenticators_announced BEFORE UPDATE ON authenticators
WHEN OLD.announce_at IS NULL AND NEW.announce_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'authenticators_announced'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER authenticators_announced;
DROP INDEX authenticators_to_announce;
ALTER TABLE authenticators DROP COLUMN announce_at;
