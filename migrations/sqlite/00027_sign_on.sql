-- +goose Up

-- The account of a company's sign-on that somebody of the desk is known by. They bound it themselves, signed in and with their
-- passkey; nobody is found by an address. It is unbound when they are removed.
CREATE TABLE people_sign_ons (
  person    TEXT    NOT NULL,
  issuer    TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  linked_at INTEGER NOT NULL,
  CONSTRAINT people_sign_ons_pkey PRIMARY KEY (person),
  CONSTRAINT people_sign_ons_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_sign_ons_sizes CHECK (issuer <> '' AND length(subject) BETWEEN 1 AND 255)
) STRICT;
CREATE UNIQUE INDEX people_sign_ons_account ON people_sign_ons (issuer, subject);

-- An account changes neither hands nor name; another is bound instead.
-- +goose StatementBegin
CREATE TRIGGER people_sign_ons_frozen BEFORE UPDATE ON people_sign_ons
BEGIN SELECT RAISE(ABORT, 'people_sign_ons_frozen'); END;
-- +goose StatementEnd
-- Only who works at the desk has one.
-- +goose StatementBegin
CREATE TRIGGER people_sign_ons_member BEFORE INSERT ON people_sign_ons
BEGIN
  SELECT RAISE(ABORT, 'people_sign_ons_member') WHERE NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.person AND p.marketplace IS NULL AND p.joined_at IS NOT NULL AND p.removed_at IS NULL);
END;
-- +goose StatementEnd

-- The answers of a sign-on that were taken, until they would be too old: none counts twice.
CREATE TABLE sign_on_answers (
  hash       BLOB    NOT NULL, -- SHA-256 of the nonce
  expires_at INTEGER NOT NULL,
  CONSTRAINT sign_on_answers_pkey PRIMARY KEY (hash),
  CONSTRAINT sign_on_answers_hash CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX sign_on_answers_expiring ON sign_on_answers (expires_at);

-- +goose Down
DROP TABLE sign_on_answers;
DROP TABLE people_sign_ons;
