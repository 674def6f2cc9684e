-- +goose Up

-- The account of a company's sign-on that somebody of the desk is known by. They bound it themselves, signed in and with their
-- passkey; nobody is found by an address. It is unbound when they are removed.
CREATE TABLE people_sign_ons (
  person uuid NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  linked_at timestamptz NOT NULL,
  CONSTRAINT people_sign_ons_pkey PRIMARY KEY (person),
  CONSTRAINT people_sign_ons_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT people_sign_ons_sizes CHECK (issuer <> '' AND length(subject) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX people_sign_ons_account ON people_sign_ons (issuer, subject);

-- An account changes neither hands nor name; another is bound instead.
CREATE TRIGGER people_sign_ons_frozen BEFORE UPDATE ON people_sign_ons FOR EACH ROW EXECUTE FUNCTION refuse_auth();
-- Only who works at the desk has one.
-- +goose StatementBegin
CREATE FUNCTION people_sign_ons_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.person AND p.marketplace IS NULL AND p.joined_at IS NOT NULL AND p.removed_at IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER people_sign_ons_member BEFORE INSERT ON people_sign_ons FOR EACH ROW EXECUTE FUNCTION people_sign_ons_member();

-- The answers of a sign-on that were taken, until they would be too old: none counts twice.
CREATE TABLE sign_on_answers (
  hash bytea NOT NULL, -- SHA-256 of the nonce
  expires_at timestamptz NOT NULL,
  CONSTRAINT sign_on_answers_pkey PRIMARY KEY (hash),
  CONSTRAINT sign_on_answers_hash CHECK (length(hash) = 32)
);
CREATE INDEX sign_on_answers_expiring ON sign_on_answers (expires_at);

-- +goose Down
DROP TABLE sign_on_answers, people_sign_ons;
DROP FUNCTION people_sign_ons_member;
