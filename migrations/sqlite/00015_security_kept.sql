-- +goose Up

-- An address is replaced by an executed contact.change that told it, one by each, and comes back by one that it had verified.
-- +goose StatementBegin
CREATE TRIGGER contacts_replaced BEFORE UPDATE ON contacts
WHEN NEW.retired_at IS DISTINCT FROM OLD.retired_at OR NEW.since <> OLD.since
BEGIN
  SELECT RAISE(ABORT, 'contacts_replaced') WHERE NOT EXISTS (SELECT 1 FROM actions a JOIN notices n ON n.action = a.id
    WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.kind = 'contact.change' AND a.state = 'executed' AND n.email = NEW.email
      AND CASE n.role
        WHEN 'current' THEN NEW.retired_at = a.moved_at AND OLD.retired_at IS NULL AND NEW.since = OLD.since AND NOT EXISTS (
          SELECT 1 FROM contacts c WHERE c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND c.email <> NEW.email AND c.retired_at = NEW.retired_at)
        WHEN 'new' THEN NEW.retired_at IS NULL AND NEW.since = a.moved_at
        ELSE (1 = 0) END);
END;
-- +goose StatementEnd

-- That a contact or an authenticator was changed is not forgotten.
-- +goose StatementBegin
CREATE TRIGGER sellers_security_kept BEFORE UPDATE ON sellers
WHEN OLD.security_at IS NOT NULL AND (NEW.security_at IS NULL OR NEW.security_at < OLD.security_at)
BEGIN SELECT RAISE(ABORT, 'sellers_security_kept'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER sellers_security_kept;
DROP TRIGGER contacts_replaced;
