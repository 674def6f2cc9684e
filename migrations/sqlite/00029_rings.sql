-- +goose Up

-- What people call a destination that sellers share, or that is denied: "R-31". A number stays, whatever becomes of it.
CREATE TABLE rings (
  number      INTEGER NOT NULL CONSTRAINT rings_pkey PRIMARY KEY AUTOINCREMENT,
  scope       TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  found_at    INTEGER NOT NULL,
  CONSTRAINT rings_destination FOREIGN KEY (scope, fingerprint) REFERENCES destinations (scope, fingerprint)
) STRICT;
CREATE UNIQUE INDEX rings_once ON rings (scope, fingerprint);
CREATE INDEX destinations_ringed ON destinations (scope, fingerprint) WHERE ring > 0 OR denied_at IS NOT NULL;
CREATE INDEX destination_sellers_named ON destination_sellers (marketplace, seller, scope, fingerprint);

INSERT INTO rings (scope, fingerprint, found_at)
  SELECT scope, fingerprint, COALESCE(ring_at, denied_at) FROM destinations WHERE ring > 0 OR denied_at IS NOT NULL ORDER BY COALESCE(ring_at, denied_at), fingerprint;

-- +goose StatementBegin
CREATE TRIGGER rings_frozen BEFORE UPDATE ON rings
BEGIN SELECT RAISE(ABORT, 'rings_frozen'); END;
-- +goose StatementEnd

-- +goose Down
DROP INDEX destination_sellers_named;
DROP INDEX destinations_ringed;
DROP TABLE rings;
