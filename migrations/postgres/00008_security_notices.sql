-- +goose Up

-- What a seller was told about the seller's own security.
CREATE TABLE security_notices (
  id          uuid        NOT NULL,
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  what        text        NOT NULL,
  facts       bytea       NOT NULL, -- sealed: device, place, authenticator, times
  stop_hash   bytea       NOT NULL, -- SHA-256 of the token of "this was not me"
  period      bigint, -- of ten minutes, for what can repeat: one notice in each
  occurred_at timestamptz NOT NULL,
  told_at     timestamptz, -- when the mails were written; null while they wait
  CONSTRAINT security_notices_pkey PRIMARY KEY (id),
  CONSTRAINT security_notices_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT security_notices_what CHECK (what <> ''),
  CONSTRAINT security_notices_hash CHECK (length(stop_hash) = 32)
);
CREATE UNIQUE INDEX security_notices_by_stop ON security_notices (stop_hash);
CREATE UNIQUE INDEX security_notices_once ON security_notices (marketplace, seller, what, period) WHERE period IS NOT NULL;
CREATE INDEX security_notices_of_seller ON security_notices (marketplace, seller, what, occurred_at);
CREATE INDEX security_notices_waiting ON security_notices (occurred_at) WHERE told_at IS NULL;

CREATE TABLE notice_mails (
  mail   uuid NOT NULL,
  notice uuid NOT NULL,
  CONSTRAINT notice_mails_pkey PRIMARY KEY (mail),
  CONSTRAINT notice_mails_mail FOREIGN KEY (mail) REFERENCES mails (id),
  CONSTRAINT notice_mails_notice FOREIGN KEY (notice) REFERENCES security_notices (id)
);
CREATE INDEX notice_mails_of_notice ON notice_mails (notice);

-- A notice says what it said, and its link stays its own. Only its mails may be written later.
CREATE TRIGGER security_notices_frozen BEFORE UPDATE OF id, marketplace, seller, what, stop_hash, period, occurred_at
ON security_notices FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER security_notices_told BEFORE UPDATE ON security_notices FOR EACH ROW
WHEN (OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at)
EXECUTE FUNCTION refuse();
-- What was told is kept.
CREATE TRIGGER security_notices_kept BEFORE DELETE ON security_notices FOR EACH ROW
WHEN (OLD.told_at IS NOT NULL)
EXECUTE FUNCTION refuse();
CREATE TRIGGER notice_mails_frozen BEFORE UPDATE ON notice_mails FOR EACH ROW EXECUTE FUNCTION refuse();

-- +goose Down
DROP TABLE notice_mails, security_notices;
