-- +goose Up

-- Who works with the gateway and is no seller: signs in with a passkey and nothing else. A developer reaches one
-- marketplace. The roles of the desk are named here so that they need no new table.
CREATE TABLE people (
  id            TEXT    NOT NULL,
  marketplace   TEXT,
  role          TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  handle        BLOB    NOT NULL, -- the WebAuthn user.id
  invite_hash   BLOB    NOT NULL, -- SHA-256 of the link's token
  invited_until INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  joined_at     INTEGER, -- the link is spent
  removed_at    INTEGER,
  CONSTRAINT people_pkey PRIMARY KEY (id),
  CONSTRAINT people_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT people_role CHECK (role IN ('developer', 'agent', 'lead', 'auditor', 'admin')),
  CONSTRAINT people_place CHECK (role <> 'developer' OR marketplace IS NOT NULL),
  CONSTRAINT people_sizes CHECK (length(handle) = 64 AND length(invite_hash) = 32 AND name <> ''),
  CONSTRAINT people_times CHECK (invited_until > created_at AND joined_at < invited_until)
) STRICT;
CREATE UNIQUE INDEX people_handle ON people (handle);
CREATE UNIQUE INDEX people_invite ON people (invite_hash);
CREATE INDEX people_of_marketplace ON people (marketplace, role, id);

-- Nobody changes marketplace or role; somebody else is invited instead.
-- +goose StatementBegin
CREATE TRIGGER people_frozen BEFORE UPDATE OF id, marketplace, role, name, handle, invite_hash, invited_until, created_at
ON people
BEGIN SELECT RAISE(ABORT, 'people_frozen'); END;
-- +goose StatementEnd

-- An invitation is spent once, and who was removed does not come back.
-- +goose StatementBegin
CREATE TRIGGER people_final BEFORE UPDATE ON people
WHEN OLD.removed_at IS NOT NULL OR (OLD.joined_at IS NOT NULL AND NEW.joined_at IS DISTINCT FROM OLD.joined_at)
BEGIN SELECT RAISE(ABORT, 'people_final'); END;
-- +goose StatementEnd

CREATE TABLE people_passkeys (
  id              TEXT    NOT NULL,
  person          TEXT    NOT NULL,
  provider        TEXT    NOT NULL,
  sealed          BLOB    NOT NULL, -- the public key, and all that decides
  credential_id   BLOB    NOT NULL,
  transports      TEXT    NOT NULL, -- separated by blanks
  backup_eligible INTEGER NOT NULL,
  backed_up       INTEGER NOT NULL,
  sign_count      INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  last_used_at    INTEGER,
  disabled_at     INTEGER,
  CONSTRAINT people_passkeys_pkey PRIMARY KEY (id),
  CONSTRAINT people_passkeys_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_passkeys_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT people_passkeys_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT people_passkeys_count CHECK (sign_count BETWEEN 0 AND 4294967295),
  CONSTRAINT people_passkeys_backup_eligible_bool CHECK (backup_eligible IN (0, 1)),
  CONSTRAINT people_passkeys_backed_up_bool CHECK (backed_up IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX people_passkeys_credential ON people_passkeys (credential_id);
CREATE INDEX people_passkeys_of_person ON people_passkeys (person, id);

-- +goose StatementBegin
CREATE TRIGGER people_passkeys_frozen BEFORE UPDATE OF id, person, credential_id, backup_eligible, created_at
ON people_passkeys
BEGIN SELECT RAISE(ABORT, 'people_passkeys_frozen'); END;
-- +goose StatementEnd
-- Counters only rise, and what was switched off stays off.
-- +goose StatementBegin
CREATE TRIGGER people_passkeys_rising BEFORE UPDATE ON people_passkeys
WHEN NEW.sign_count < OLD.sign_count OR (OLD.disabled_at IS NOT NULL AND NEW.disabled_at IS DISTINCT FROM OLD.disabled_at)
BEGIN SELECT RAISE(ABORT, 'people_passkeys_rising'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_passkeys_removed_key_insert BEFORE INSERT
ON people_passkeys
BEGIN
  SELECT RAISE(ABORT, 'people_passkeys_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_passkeys_removed_key_update BEFORE UPDATE OF sealed
ON people_passkeys
BEGIN
  SELECT RAISE(ABORT, 'people_passkeys_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd

-- A ceremony that waits for its answer. A row is deleted by the statement that reads it. Anybody may begin to sign in,
-- so there are 65,536 slots and no more rows than that.
CREATE TABLE people_challenges (
  hash       BLOB    NOT NULL, -- SHA-256 of the challenge
  person     TEXT, -- null while nobody has said who they are
  purpose    TEXT    NOT NULL,
  subject    BLOB    NOT NULL, -- SHA-256 of what it is about: an invitation, a browser, or what is decided
  ceremony   BLOB    NOT NULL, -- JSON
  slot       INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CONSTRAINT people_challenges_pkey PRIMARY KEY (hash),
  CONSTRAINT people_challenges_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_challenges_purpose CHECK (purpose IN ('join', 'sign_in', 'decide') AND (purpose = 'sign_in') = (person IS NULL)),
  CONSTRAINT people_challenges_sizes CHECK (length(hash) = 32 AND length(subject) = 32),
  CONSTRAINT people_challenges_slot CHECK (slot BETWEEN 0 AND 65535),
  CONSTRAINT people_challenges_times CHECK (expires_at > created_at)
) STRICT;
CREATE UNIQUE INDEX people_challenges_of_slot ON people_challenges (slot);
CREATE INDEX people_challenges_expiring ON people_challenges (expires_at);

CREATE TABLE people_sessions (
  hash       BLOB    NOT NULL, -- SHA-256 of the id in the cookie
  person     TEXT    NOT NULL,
  content    BLOB    NOT NULL, -- JSON
  user_agent TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  ended_at   INTEGER, -- the row stays for a while, so that a late save does not revive it
  CONSTRAINT people_sessions_pkey PRIMARY KEY (hash),
  CONSTRAINT people_sessions_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_sessions_hash CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX people_sessions_of_person ON people_sessions (person, seen_at);
CREATE INDEX people_sessions_idle ON people_sessions (seen_at);
CREATE INDEX people_sessions_old ON people_sessions (created_at);

-- +goose StatementBegin
CREATE TRIGGER people_sessions_frozen BEFORE UPDATE OF hash, person, created_at ON people_sessions
BEGIN SELECT RAISE(ABORT, 'people_sessions_frozen'); END;
-- +goose StatementEnd
-- An ended session does not come back.
-- +goose StatementBegin
CREATE TRIGGER people_sessions_final BEFORE UPDATE ON people_sessions
WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'people_sessions_final'); END;
-- +goose StatementEnd
-- Nobody who has not joined, or was removed, has a session.
-- +goose StatementBegin
CREATE TRIGGER people_sessions_member BEFORE INSERT ON people_sessions
BEGIN
  SELECT RAISE(ABORT, 'people_sessions_member') WHERE NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.person AND p.joined_at IS NOT NULL AND p.removed_at IS NULL);
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE people_sessions;
DROP TABLE people_challenges;
DROP TABLE people_passkeys;
DROP TABLE people;
