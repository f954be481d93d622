-- orders/ -------------------------------------------------------------------------------------------------------------
-- Only ever added to: what became of the orders of this house. Where an order stands is folded from it.
CREATE TABLE order_events (
    id              TEXT PRIMARY KEY,
    order_id        TEXT NOT NULL REFERENCES orders (id),
    -- 1, 2, … of an order: two at once can't both be the next.
    number          BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    -- JSON: the whole event.
    event           TEXT NOT NULL,
    -- The event that this one is the end of: what is begun and has no end was left by a crash.
    cause           TEXT,
    -- The sender's own, with the order before it; NULL: of the house itself.
    idempotency_key TEXT UNIQUE,
    -- SHA-256 of the request.
    fingerprint     TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (order_id, number)
);
CREATE INDEX order_events_by_kind ON order_events (kind, created_at);
CREATE INDEX order_events_by_cause ON order_events (cause);

INSERT INTO order_events (id, order_id, number, kind, event, fingerprint, created_at)
SELECT id, id, 1, 'placed', '{"kind":"placed"}', '', placed_at FROM orders WHERE status = 'placed';

-- Who asked for which order: wrong tries are counted, right ones hold for a while.
CREATE TABLE order_lookups (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    -- As asked for; there may be no such order.
    number       TEXT NOT NULL,
    proven       BIGINT NOT NULL CHECK (proven IN (0, 1)),
    created_at   BIGINT NOT NULL
);
CREATE INDEX order_lookups_by_conversation ON order_lookups (conversation, created_at);
CREATE INDEX order_lookups_by_number ON order_lookups (number, created_at);
