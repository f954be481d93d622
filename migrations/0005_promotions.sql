-- promotions/ ---------------------------------------------------------------------------------------------------------
-- Counts the transactions that changed campaigns.
INSERT INTO counters (name, value) VALUES ('campaigns', 0);

CREATE TABLE campaigns (
    id         TEXT PRIMARY KEY,
    -- JSON: the campaign, with its state.
    definition TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Public codes and each campaign's own ones. A code stays known when its campaign has ended: it never means another.
CREATE TABLE coupon_codes (
    -- What is left of the code when case, look-alikes and dashes are forgiven.
    key        TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    campaign   TEXT NOT NULL REFERENCES campaigns (id),
    -- Codes that were made together.
    batch      TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX coupon_codes_by_campaign ON coupon_codes (campaign, batch, key);

CREATE TABLE redemptions (
    id              TEXT PRIMARY KEY,
    -- The sender's own, or the id: the same request again gets the first answer.
    idempotency_key TEXT NOT NULL UNIQUE,
    -- SHA-256 of the request.
    fingerprint     TEXT NOT NULL,
    shopper         TEXT,
    order_id        TEXT,
    -- JSON: the cart, the shopper, the moment and the codes.
    occasion        TEXT NOT NULL,
    -- JSON: what was applied.
    outcome         TEXT NOT NULL,
    -- JSON: the applied campaigns as they were.
    terms           TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX redemptions_by_shopper ON redemptions (shopper, created_at);

CREATE TABLE roll_backs (
    id              TEXT PRIMARY KEY,
    redemption      TEXT NOT NULL REFERENCES redemptions (id),
    -- 1, 2, … of a redemption: two at once can't both be the next.
    number          BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    fingerprint     TEXT NOT NULL,
    -- JSON: what came back, and what is left.
    outcome         TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (redemption, number)
);

-- Only ever added to: what campaigns were used and gave, and what of it came back.
CREATE TABLE promotion_ledger (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('hold', 'release', 'redeem', 'roll_back')),
    -- The redemption, roll-back or session that it is of.
    cause      TEXT NOT NULL,
    campaign   TEXT NOT NULL,
    -- coupon_codes.key; NULL: it came without a code.
    code       TEXT,
    shopper    TEXT,
    -- In the campaign's time zone, as 2026-11-24.
    day        TEXT NOT NULL,
    uses       BIGINT NOT NULL,
    -- Minor units.
    amount     BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX promotion_ledger_by_cause ON promotion_ledger (cause);
CREATE INDEX promotion_ledger_by_campaign ON promotion_ledger (campaign, created_at);

-- Sums of the ledger, by what limits count.
CREATE TABLE promotion_usage (
    -- A campaign, its day, its shopper, or a code.
    subject TEXT PRIMARY KEY,
    uses    BIGINT NOT NULL,
    amount  BIGINT NOT NULL
);

-- What is kept back for a session between checkout and payment.
CREATE TABLE promotion_holds (
    session    TEXT PRIMARY KEY,
    -- JSON: the entries that are given back when it ends.
    entries    TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX promotion_holds_by_expiry ON promotion_holds (expires_at);
