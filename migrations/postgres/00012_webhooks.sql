-- +goose Up

-- What marketplaces are told: the thin events of webhooks and of GET /v1/events.
CREATE TABLE announcements (
  id           uuid        NOT NULL, -- the webhook-id
  marketplace  text        NOT NULL,
  type         text        NOT NULL,
  seller       text        NOT NULL, -- empty for what is about an endpoint
  action       uuid, -- null for what is about the seller alone
  endpoint     uuid, -- that it is about
  action_state text        NOT NULL,
  digest       text        NOT NULL,
  sequence     bigint      NOT NULL,
  occurred_at  timestamptz NOT NULL,
  tx           bigint      NOT NULL DEFAULT (pg_current_xact_id()::text::bigint), -- orders what commits in any order
  CONSTRAINT announcements_pkey PRIMARY KEY (id),
  CONSTRAINT announcements_action FOREIGN KEY (action) REFERENCES actions (id)
);
CREATE INDEX announcements_feed ON announcements (marketplace, tx);
CREATE TRIGGER announcements_kept_update BEFORE UPDATE ON announcements FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER announcements_kept_delete BEFORE DELETE ON announcements FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER announcements_kept_truncate BEFORE TRUNCATE ON announcements FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- Health of an endpoint, and why it gets no webhooks.
ALTER TABLE endpoints ADD COLUMN disabled_why text;
ALTER TABLE endpoints ADD COLUMN failures bigint NOT NULL DEFAULT 0; -- in a row
ALTER TABLE endpoints ADD COLUMN opens_at timestamptz; -- it asked to be left alone until then
ALTER TABLE endpoints ADD COLUMN turn_at timestamptz; -- the next turn of those that wait for it
UPDATE endpoints SET disabled_why = 'gone' WHERE disabled_at IS NOT NULL;
CREATE INDEX endpoints_of_marketplace ON endpoints (marketplace, id);
-- An endpoint that moves is another endpoint.
CREATE TRIGGER endpoints_frozen BEFORE UPDATE OF id, marketplace, url, events, created_at
ON endpoints FOR EACH ROW EXECUTE FUNCTION refuse();

-- A delivery is one event on its way to one endpoint, in rounds of ten attempts.
ALTER TABLE deliveries ADD COLUMN event uuid; -- the webhook-id
ALTER TABLE deliveries ADD COLUMN about uuid; -- the endpoint that the event is about
ALTER TABLE deliveries ADD COLUMN base bigint NOT NULL DEFAULT 0; -- attempts of earlier rounds
ALTER TABLE deliveries ADD COLUMN begun_at timestamptz; -- of this round
ALTER TABLE deliveries ADD COLUMN paced boolean NOT NULL DEFAULT false; -- it has a turn
UPDATE deliveries SET event = id, begun_at = created_at;
ALTER TABLE deliveries ALTER COLUMN event SET NOT NULL;
ALTER TABLE deliveries ALTER COLUMN begun_at SET NOT NULL;
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint, id);
CREATE INDEX deliveries_undelivered ON deliveries (endpoint, id) WHERE state <> 'delivered';
CREATE INDEX deliveries_paced ON deliveries (endpoint, next_at) WHERE paced;
DROP TRIGGER deliveries_frozen ON deliveries;
CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF id, endpoint, event, about, type, seller, action, action_state, digest, sequence, created_at
ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse();

CREATE TABLE delivery_attempts (
  delivery     uuid        NOT NULL,
  number       bigint      NOT NULL,
  attempted_at timestamptz NOT NULL,
  status       bigint      NOT NULL, -- 0 when there was no answer
  latency      bigint      NOT NULL, -- microseconds
  answer       text        NOT NULL, -- its first kilobyte
  CONSTRAINT delivery_attempts_pkey PRIMARY KEY (delivery, number),
  CONSTRAINT delivery_attempts_delivery FOREIGN KEY (delivery) REFERENCES deliveries (id),
  CONSTRAINT delivery_attempts_number CHECK (number > 0)
);
CREATE TRIGGER delivery_attempts_kept_update BEFORE UPDATE ON delivery_attempts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER delivery_attempts_kept_delete BEFORE DELETE ON delivery_attempts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER delivery_attempts_kept_truncate BEFORE TRUNCATE ON delivery_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- +goose Down
DROP TABLE delivery_attempts;
DROP TRIGGER deliveries_frozen ON deliveries;
CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF id, endpoint, type, seller, action, action_state, digest, sequence, created_at
ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse();
DROP INDEX deliveries_paced;
DROP INDEX deliveries_undelivered;
DROP INDEX deliveries_of_endpoint;
ALTER TABLE deliveries DROP COLUMN event, DROP COLUMN about, DROP COLUMN base, DROP COLUMN begun_at, DROP COLUMN paced;
DROP TRIGGER endpoints_frozen ON endpoints;
DROP INDEX endpoints_of_marketplace;
ALTER TABLE endpoints DROP COLUMN disabled_why, DROP COLUMN failures, DROP COLUMN opens_at, DROP COLUMN turn_at;
DROP TABLE announcements;
