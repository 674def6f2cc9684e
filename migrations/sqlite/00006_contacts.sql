-- +goose Up

-- When the marketplace identified the seller, and the last change of a contact or an authenticator.
ALTER TABLE sellers ADD COLUMN onboarded_at INTEGER;
ALTER TABLE sellers ADD COLUMN security_at INTEGER;
-- An address that was replaced is kept, and told for a while.
ALTER TABLE contacts ADD COLUMN retired_at INTEGER;
-- What an address is to the action: it counts, it was replaced and is only told, or it is the new one and has to be verified.
ALTER TABLE notices ADD COLUMN role TEXT NOT NULL DEFAULT 'current' CONSTRAINT notices_role CHECK (role IN ('current', 'retired', 'new'));
ALTER TABLE notices ADD COLUMN verify_hash BLOB CONSTRAINT notices_verify_hash CHECK (length(verify_hash) = 32); -- SHA-256 of the mailed token
ALTER TABLE notices ADD COLUMN verified_at INTEGER;
CREATE UNIQUE INDEX notices_by_verify_hash ON notices (verify_hash) WHERE verify_hash IS NOT NULL;

DROP TRIGGER contacts_kept_update;
-- An address is replaced by retiring it, and only its times change.
-- +goose StatementBegin
CREATE TRIGGER contacts_frozen BEFORE UPDATE OF marketplace, seller, email, position ON contacts
BEGIN SELECT RAISE(ABORT, 'contacts_frozen'); END;
-- +goose StatementEnd

DROP TRIGGER notices_frozen;
-- Nobody is left out or put in later, and nobody's part changes.
-- +goose StatementBegin
CREATE TRIGGER notices_frozen BEFORE UPDATE OF action, email, position, role, verify_hash ON notices
BEGIN SELECT RAISE(ABORT, 'notices_frozen'); END;
-- +goose StatementEnd

DROP TRIGGER actions_told;
-- No notice, no clock: every address that counts was told, and the wait runs from the last one. A new one is verified before
-- anything is approved.
-- +goose StatementBegin
CREATE TRIGGER actions_told BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('cooling_off', 'awaiting_confirmation', 'approved', 'releasing')
BEGIN
  SELECT RAISE(ABORT, 'actions_told') WHERE NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id AND n.role <> 'retired'
      HAVING count(*) > 0 AND count(*) = count(n.accepted_at) AND NEW.not_before >= max(n.accepted_at) + NEW.wait
        AND (NEW.state IN ('cooling_off', 'awaiting_confirmation') OR count(CASE WHEN n.role = 'new' AND n.verified_at IS NULL THEN 1 END) = 0));
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER actions_told;
-- +goose StatementBegin
CREATE TRIGGER actions_told BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('cooling_off', 'awaiting_confirmation', 'approved', 'releasing')
BEGIN
  SELECT RAISE(ABORT, 'actions_told') WHERE NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id
      HAVING count(*) > 0 AND count(*) = count(n.accepted_at) AND NEW.not_before >= max(n.accepted_at) + NEW.wait);
END;
-- +goose StatementEnd
DROP TRIGGER notices_frozen;
-- +goose StatementBegin
CREATE TRIGGER notices_frozen BEFORE UPDATE OF action, email, position ON notices
BEGIN SELECT RAISE(ABORT, 'notices_frozen'); END;
-- +goose StatementEnd
DROP TRIGGER contacts_frozen;
-- +goose StatementBegin
CREATE TRIGGER contacts_kept_update BEFORE UPDATE ON contacts
BEGIN SELECT RAISE(ABORT, 'contacts_kept_update'); END;
-- +goose StatementEnd
DROP INDEX notices_by_verify_hash;
ALTER TABLE notices DROP COLUMN verified_at;
ALTER TABLE notices DROP COLUMN verify_hash;
ALTER TABLE notices DROP COLUMN role;
ALTER TABLE contacts DROP COLUMN retired_at;
ALTER TABLE sellers DROP COLUMN security_at;
ALTER TABLE sellers DROP COLUMN onboarded_at;
