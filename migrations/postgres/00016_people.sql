-- +goose Up

-- Who works with the gateway and is no seller: signs in with a passkey and nothing else. A developer reaches one
-- marketplace. The roles of the desk are named here so that they need no new table.
CREATE TABLE people (
  id uuid NOT NULL,
  marketplace text,
  role text NOT NULL,
  name text NOT NULL,
  handle bytea NOT NULL, -- the WebAuthn user.id
  invite_hash bytea NOT NULL, -- SHA-256 of the link's token
  invited_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  joined_at timestamptz, -- the link is spent
  removed_at timestamptz,
  CONSTRAINT people_pkey PRIMARY KEY (id),
  CONSTRAINT people_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT people_role CHECK (role IN ('developer', 'agent', 'lead', 'auditor', 'admin')),
  CONSTRAINT people_place CHECK (role <> 'developer' OR marketplace IS NOT NULL),
  CONSTRAINT people_sizes CHECK (length(handle) = 64 AND length(invite_hash) = 32 AND name <> ''),
  CONSTRAINT people_times CHECK (invited_until > created_at AND joined_at < invited_until)
);
CREATE UNIQUE INDEX people_handle ON people (handle);
CREATE UNIQUE INDEX people_invite ON people (invite_hash);
CREATE INDEX people_of_marketplace ON people (marketplace, role, id);

-- Nobody changes marketplace or role; somebody else is invited instead.
CREATE TRIGGER people_frozen BEFORE UPDATE OF id, marketplace, role, name, handle, invite_hash, invited_until, created_at
ON people FOR EACH ROW EXECUTE FUNCTION refuse_auth();

-- An invitation is spent once, and who was removed does not come back.
CREATE TRIGGER people_final BEFORE UPDATE ON people FOR EACH ROW
WHEN (OLD.removed_at IS NOT NULL OR (OLD.joined_at IS NOT NULL AND NEW.joined_at IS DISTINCT FROM OLD.joined_at))
EXECUTE FUNCTION refuse_auth();

CREATE TABLE people_passkeys (
  id uuid NOT NULL,
  person uuid NOT NULL,
  provider text NOT NULL,
  sealed bytea NOT NULL, -- the public key, and all that decides
  credential_id bytea NOT NULL,
  transports text NOT NULL, -- separated by blanks
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  sign_count bigint NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  disabled_at timestamptz,
  CONSTRAINT people_passkeys_pkey PRIMARY KEY (id),
  CONSTRAINT people_passkeys_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_passkeys_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT people_passkeys_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT people_passkeys_count CHECK (sign_count BETWEEN 0 AND 4294967295)
);
CREATE UNIQUE INDEX people_passkeys_credential ON people_passkeys (credential_id);
CREATE INDEX people_passkeys_of_person ON people_passkeys (person, id);

CREATE TRIGGER people_passkeys_frozen BEFORE UPDATE OF id, person, credential_id, backup_eligible, created_at
ON people_passkeys FOR EACH ROW EXECUTE FUNCTION refuse_auth();
-- Counters only rise, and what was switched off stays off.
CREATE TRIGGER people_passkeys_rising BEFORE UPDATE ON people_passkeys FOR EACH ROW
WHEN (NEW.sign_count < OLD.sign_count OR (OLD.disabled_at IS NOT NULL AND NEW.disabled_at IS DISTINCT FROM OLD.disabled_at))
EXECUTE FUNCTION refuse_auth();
CREATE TRIGGER people_passkeys_removed_key_insert BEFORE INSERT ON people_passkeys FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER people_passkeys_removed_key_update BEFORE UPDATE OF sealed ON people_passkeys FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();

-- A ceremony that waits for its answer. A row is deleted by the statement that reads it. Anybody may begin to sign in,
-- so there are 65,536 slots and no more rows than that.
CREATE TABLE people_challenges (
  hash bytea NOT NULL, -- SHA-256 of the challenge
  person uuid, -- null while nobody has said who they are
  purpose text NOT NULL,
  subject bytea NOT NULL, -- SHA-256 of what it is about: an invitation, a browser, or what is decided
  ceremony bytea NOT NULL, -- JSON
  slot bigint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT people_challenges_pkey PRIMARY KEY (hash),
  CONSTRAINT people_challenges_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_challenges_purpose CHECK (purpose IN ('join', 'sign_in', 'decide') AND (purpose = 'sign_in') = (person IS NULL)),
  CONSTRAINT people_challenges_sizes CHECK (length(hash) = 32 AND length(subject) = 32),
  CONSTRAINT people_challenges_slot CHECK (slot BETWEEN 0 AND 65535),
  CONSTRAINT people_challenges_times CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX people_challenges_of_slot ON people_challenges (slot);
CREATE INDEX people_challenges_expiring ON people_challenges (expires_at);

CREATE TABLE people_sessions (
  hash bytea NOT NULL, -- SHA-256 of the id in the cookie
  person uuid NOT NULL,
  content bytea NOT NULL, -- JSON
  user_agent text NOT NULL,
  created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  ended_at timestamptz, -- the row stays for a while, so that a late save does not revive it
  CONSTRAINT people_sessions_pkey PRIMARY KEY (hash),
  CONSTRAINT people_sessions_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_sessions_hash CHECK (length(hash) = 32)
);
CREATE INDEX people_sessions_of_person ON people_sessions (person, seen_at);
CREATE INDEX people_sessions_idle ON people_sessions (seen_at);
CREATE INDEX people_sessions_old ON people_sessions (created_at);

CREATE TRIGGER people_sessions_frozen BEFORE UPDATE OF hash, person, created_at
ON people_sessions FOR EACH ROW EXECUTE FUNCTION refuse_auth();
-- An ended session does not come back.
CREATE TRIGGER people_sessions_final BEFORE UPDATE ON people_sessions FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL)
EXECUTE FUNCTION refuse_auth();
-- Nobody who has not joined, or was removed, has a session.
-- +goose StatementBegin
CREATE FUNCTION people_sessions_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.person AND p.joined_at IS NOT NULL AND p.removed_at IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER people_sessions_member BEFORE INSERT ON people_sessions FOR EACH ROW EXECUTE FUNCTION people_sessions_member();

-- +goose Down
DROP TABLE people_sessions, people_challenges, people_passkeys, people;
DROP FUNCTION people_sessions_member;
