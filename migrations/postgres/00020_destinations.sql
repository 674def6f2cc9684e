-- +goose Up

-- What was seen of an account, by its fingerprint. A scope is where sellers are compared: one marketplace, or, as '', all
-- of the gateway.
CREATE TABLE destinations (
  scope        text        NOT NULL,
  fingerprint  text        NOT NULL,
  created_at   timestamptz NOT NULL,
  denied_at    timestamptz, -- on the denied list since
  denied_by    text,
  allowed_at   timestamptz, -- off it since, by two
  allowed_by   text,
  allowed_with text,
  ring         bigint      NOT NULL, -- 0 none, 1 its actions go to review, 2 they are frozen
  ring_at      timestamptz, -- when it became what it is
  spread_at    timestamptz, -- since when others have to be told of it, null when all are
  turn         bigint      NOT NULL, -- rises whenever there is something more to tell
  CONSTRAINT destinations_pkey PRIMARY KEY (scope, fingerprint),
  CONSTRAINT destinations_fingerprint CHECK (fingerprint <> ''),
  CONSTRAINT destinations_ring CHECK (ring IN (0, 1, 2) AND (ring = 0 OR ring_at IS NOT NULL)),
  CONSTRAINT destinations_denied CHECK ((denied_at IS NOT NULL) = (denied_by IS NOT NULL)),
  -- One alone adds to the list, and two take off it.
  CONSTRAINT destinations_allowed CHECK (
    (allowed_at IS NULL) = (allowed_by IS NULL) AND (allowed_at IS NULL) = (allowed_with IS NULL) AND (allowed_at IS NULL OR allowed_by <> allowed_with)),
  CONSTRAINT destinations_listed CHECK (denied_at IS NULL OR allowed_at IS NULL)
);
CREATE INDEX destinations_spread ON destinations (spread_at) WHERE spread_at IS NOT NULL;
CREATE INDEX destinations_list ON destinations (denied_at) WHERE denied_at IS NOT NULL;

-- What each seller did with it.
CREATE TABLE destination_sellers (
  scope        text        NOT NULL,
  fingerprint  text        NOT NULL,
  marketplace  text        NOT NULL,
  seller       text        NOT NULL,
  first_at     timestamptz NOT NULL, -- named it
  last_at      timestamptz NOT NULL,
  proved_at    timestamptz, -- gave a first proof of an action that names it
  strong_at    timestamptz, -- did so while something else was wrong
  failed_at    timestamptz, -- tried in vain: refused, expired, failed or disowned without a proof
  disputed_at  timestamptz, -- said "I did not ask for this" where the seller is or was paid, or after a release
  disowned_at  timestamptz, -- said so of what had been proved, of an account never theirs
  declared     boolean     NOT NULL, -- shares it by the word of two
  declared_by  text,
  declared_with text,
  ring         bigint      NOT NULL, -- what of the ring has reached the seller
  CONSTRAINT destination_sellers_pkey PRIMARY KEY (scope, fingerprint, marketplace, seller),
  CONSTRAINT destination_sellers_destination FOREIGN KEY (scope, fingerprint) REFERENCES destinations (scope, fingerprint),
  CONSTRAINT destination_sellers_times CHECK (last_at >= first_at),
  CONSTRAINT destination_sellers_strong CHECK (strong_at IS NULL OR proved_at IS NOT NULL),
  CONSTRAINT destination_sellers_declared CHECK (
    declared = (declared_by IS NOT NULL) AND declared = (declared_with IS NOT NULL) AND (NOT declared OR declared_by <> declared_with)),
  CONSTRAINT destination_sellers_ring CHECK (ring IN (0, 1, 2))
);
CREATE INDEX destination_sellers_proved ON destination_sellers (scope, fingerprint, declared, proved_at) WHERE proved_at IS NOT NULL;
CREATE INDEX destination_sellers_strong_at ON destination_sellers (scope, fingerprint, strong_at) WHERE strong_at IS NOT NULL;
CREATE INDEX destination_sellers_failed ON destination_sellers (scope, fingerprint, failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX destination_sellers_disowned ON destination_sellers (scope, fingerprint, disowned_at) WHERE disowned_at IS NOT NULL;
CREATE INDEX destination_sellers_disputed ON destination_sellers (scope, fingerprint, disputed_at) WHERE disputed_at IS NOT NULL;

-- A ring is announced to each marketplace once.
CREATE TABLE rings_announced (
  scope        text        NOT NULL,
  fingerprint  text        NOT NULL,
  marketplace  text        NOT NULL,
  ring_at      timestamptz NOT NULL,
  CONSTRAINT rings_announced_pkey PRIMARY KEY (scope, fingerprint, marketplace),
  CONSTRAINT rings_announced_destination FOREIGN KEY (scope, fingerprint) REFERENCES destinations (scope, fingerprint)
);

-- Where each seller's money was sent by what the gateway released.
CREATE TABLE payout_accounts (
  marketplace  text        NOT NULL,
  seller       text        NOT NULL,
  fingerprint  text        NOT NULL,
  since        timestamptz NOT NULL, -- first
  placed_at    timestamptz, -- became where the seller is paid, the last time
  used_at      timestamptz, -- ceased to be
  current      boolean     NOT NULL,
  CONSTRAINT payout_accounts_pkey PRIMARY KEY (marketplace, seller, fingerprint),
  CONSTRAINT payout_accounts_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT payout_accounts_placed CHECK (NOT current OR placed_at IS NOT NULL)
);
CREATE UNIQUE INDEX payout_accounts_current ON payout_accounts (marketplace, seller) WHERE current;

-- What a request has in common with others: keyed hashes that tell nothing else. Those of a few days are kept.
CREATE TABLE traits (
  trait        bigint      NOT NULL,
  seen_at      timestamptz NOT NULL, -- last
  seller       bigint      NOT NULL, -- a keyed hash too
  CONSTRAINT traits_pkey PRIMARY KEY (trait, seller)
);
CREATE INDEX traits_seen ON traits (trait, seen_at, seller);

-- Few, and looked for every ten seconds.
CREATE INDEX actions_unresolved ON actions (marketplace, moved_at) WHERE state = 'unresolved';
CREATE INDEX actions_named ON actions (fingerprint, marketplace, seller)
  WHERE state NOT IN ('executed', 'execution_failed', 'cancelled', 'denied', 'expired', 'failed');
CREATE INDEX actions_by_kind ON actions (marketplace, kind, id);
CREATE INDEX actions_asked ON actions (marketplace, seller, created_at);

CREATE TRIGGER destinations_frozen BEFORE UPDATE OF scope, fingerprint, created_at ON destinations FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER destinations_kept_delete BEFORE DELETE ON destinations FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER destinations_kept_truncate BEFORE TRUNCATE ON destinations FOR EACH STATEMENT EXECUTE FUNCTION refuse();
-- Off the denied list by two, and by nothing else.
CREATE TRIGGER destinations_allowed_by_two BEFORE UPDATE ON destinations FOR EACH ROW
WHEN (OLD.denied_at IS NOT NULL AND NEW.denied_at IS NULL AND NEW.allowed_at IS NULL)
EXECUTE FUNCTION refuse();
CREATE TRIGGER destination_sellers_frozen BEFORE UPDATE OF scope, fingerprint, marketplace, seller, first_at ON destination_sellers FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER destination_sellers_kept_delete BEFORE DELETE ON destination_sellers FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER destination_sellers_kept_truncate BEFORE TRUNCATE ON destination_sellers FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER payout_accounts_frozen BEFORE UPDATE OF marketplace, seller, fingerprint, since ON payout_accounts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER payout_accounts_kept_delete BEFORE DELETE ON payout_accounts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER payout_accounts_kept_truncate BEFORE TRUNCATE ON payout_accounts FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- What was seen before there was this table.
INSERT INTO destinations (scope, fingerprint, created_at, ring, turn)
  SELECT marketplace, fingerprint, min(seen_at), 0, 0 FROM sightings GROUP BY marketplace, fingerprint;
INSERT INTO destination_sellers (scope, fingerprint, marketplace, seller, first_at, last_at, declared, ring)
  SELECT marketplace, fingerprint, marketplace, seller, min(seen_at), max(seen_at), false, 0 FROM sightings GROUP BY marketplace, fingerprint, seller;

-- +goose Down
DROP INDEX actions_asked;
DROP INDEX actions_by_kind;
DROP INDEX actions_named;
DROP INDEX actions_unresolved;
DROP TABLE traits, payout_accounts, rings_announced, destination_sellers, destinations;
