-- +goose Up

-- The networks and countries that a seller has proved actions from, by keyed hashes: 20 of each, confirmed ones first, then the newest.
CREATE TABLE seller_places (
  marketplace  TEXT    NOT NULL,
  seller       TEXT    NOT NULL,
  what         TEXT    NOT NULL,
  trait        INTEGER NOT NULL,
  first_at     INTEGER NOT NULL, -- the first proof from there
  last_at      INTEGER NOT NULL,
  confirmed_at INTEGER, -- the first second proof from there: it is known from then on
  CONSTRAINT seller_places_pkey PRIMARY KEY (marketplace, seller, what, trait),
  CONSTRAINT seller_places_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT seller_places_what CHECK (what IN ('country', 'network')),
  CONSTRAINT seller_places_times CHECK (last_at >= first_at AND confirmed_at >= first_at)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE seller_places;
