-- +goose Up

-- What a seller was told about the seller's own security.
CREATE TABLE security_notices (
  id          TEXT    NOT NULL,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  what        TEXT    NOT NULL,
  facts       BLOB    NOT NULL, -- sealed: device, place, authenticator, times
  stop_hash   BLOB    NOT NULL, -- SHA-256 of the token of "this was not me"
  period      INTEGER, -- of ten minutes, for what can repeat: one notice in each
  occurred_at INTEGER NOT NULL,
  told_at     INTEGER, -- when the mails were written; null while they wait
  CONSTRAINT security_notices_pkey PRIMARY KEY (id),
  CONSTRAINT security_notices_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT security_notices_what CHECK (what <> ''),
  CONSTRAINT security_notices_hash CHECK (length(stop_hash) = 32)
) STRICT;
CREATE UNIQUE INDEX security_notices_by_stop ON security_notices (stop_hash);
CREATE UNIQUE INDEX security_notices_once ON security_notices (marketplace, seller, what, period) WHERE period IS NOT NULL;
CREATE INDEX security_notices_of_seller ON security_notices (marketplace, seller, what, occurred_at);
CREATE INDEX security_notices_waiting ON security_notices (occurred_at) WHERE told_at IS NULL;

CREATE TABLE notice_mails (
  mail   TEXT NOT NULL,
  notice TEXT NOT NULL,
  CONSTRAINT notice_mails_pkey PRIMARY KEY (mail),
  CONSTRAINT notice_mails_mail FOREIGN KEY (mail) REFERENCES mails (id),
  CONSTRAINT notice_mails_notice FOREIGN KEY (notice) REFERENCES security_notices (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_mails_of_notice ON notice_mails (notice);

-- A notice says what it said, and its link stays its own. Only its mails may be written later.
-- +goose StatementBegin
CREATE TRIGGER security_notices_frozen BEFORE UPDATE OF id, marketplace, seller, what, stop_hash, period, occurred_at
ON security_notices
BEGIN SELECT RAISE(ABORT, 'security_notices_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER security_notices_told BEFORE UPDATE ON security_notices
WHEN OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at
BEGIN SELECT RAISE(ABORT, 'security_notices_told'); END;
-- +goose StatementEnd
-- What was told is kept.
-- +goose StatementBegin
CREATE TRIGGER security_notices_kept BEFORE DELETE ON security_notices
WHEN OLD.told_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'security_notices_kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notice_mails_frozen BEFORE UPDATE ON notice_mails
BEGIN SELECT RAISE(ABORT, 'notice_mails_frozen'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE notice_mails;
DROP TABLE security_notices;
