-- +goose Up

-- The networks and countries that a seller has proved actions from, by keyed hashes: 20 of each, confirmed ones first, then the newest.
CREATE TABLE seller_places (
  marketplace  text        NOT NULL,
  seller       text        NOT NULL,
  what         text        NOT NULL,
  trait        bigint      NOT NULL,
  first_at     timestamptz NOT NULL, -- the first proof from there
  last_at      timestamptz NOT NULL,
  confirmed_at timestamptz, -- the first second proof from there: it is known from then on
  CONSTRAINT seller_places_pkey PRIMARY KEY (marketplace, seller, what, trait),
  CONSTRAINT seller_places_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT seller_places_what CHECK (what IN ('country', 'network')),
  CONSTRAINT seller_places_times CHECK (last_at >= first_at AND confirmed_at >= first_at)
);

-- +goose Down
DROP TABLE seller_places;
