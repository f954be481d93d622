-- catalog/ -----------------------------------------------------------------------------------------------------------
INSERT INTO counters (name, value) VALUES ('catalogue', 0), ('events', 0);

CREATE TABLE items (
    -- The shop's own id: what its feed, its pages and its orders call the product.
    id           TEXT PRIMARY KEY,
    -- 'shop', 'travel', 'video' or 'finance': what kind of things is sold; attributes differ, the code does not.
    vertical     TEXT NOT NULL,
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    -- JSON: the path of the category, widest first.
    category     TEXT NOT NULL,
    brand        TEXT NOT NULL,
    -- Minor units of `currency`; NULL: no price is known.
    price        BIGINT,
    sale_price   BIGINT,
    currency     TEXT,
    availability TEXT NOT NULL CHECK (availability IN ('in_stock', 'out_of_stock', 'preorder', 'backorder')),
    -- Pieces; NULL: not counted.
    stock        BIGINT,
    -- Variants of one product share it.
    group_id     TEXT,
    -- JSON: attribute to value.
    attributes   TEXT NOT NULL,
    link         TEXT NOT NULL,
    image        TEXT NOT NULL,
    -- The value of counters.catalogue at the item's last change: an index reads all rows above its own.
    revision     BIGINT NOT NULL,
    -- When it was missing from a feed that names all items; NULL while it is sold.
    vanished_at  BIGINT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX items_by_revision ON items (revision);

-- recommend/ ---------------------------------------------------------------------------------------------------------
-- What shoppers did, once each.
CREATE TABLE events (
    -- The sender's own id where it gives one: sent again, it counts once.
    id          TEXT PRIMARY KEY,
    -- The value of counters.events when it was stored: followers read what lies above their own.
    revision    BIGINT NOT NULL,
    shopper     TEXT NOT NULL,
    item        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    -- Stars of a rating, pieces of a purchase; NULL where the kind says all.
    value       DOUBLE PRECISION,
    session     TEXT,
    at          BIGINT NOT NULL
);
CREATE INDEX events_by_revision ON events (revision);
CREATE INDEX events_by_shopper ON events (shopper, at);

-- Trained recommenders: the newest of them serves.
CREATE TABLE recommender_models (
    id         TEXT PRIMARY KEY,
    -- counters.events when its events were read.
    revision   BIGINT NOT NULL,
    settings   TEXT NOT NULL,
    metrics    TEXT NOT NULL,
    -- Name of its file in the data folder.
    file       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Shoppers who were erased: whatever is trained or loaded later leaves them out.
CREATE TABLE erased_shoppers (
    -- SHA-256 of the shopper's id.
    shopper_hash TEXT PRIMARY KEY,
    erased_at    BIGINT NOT NULL
);
