-- promotions/ ---------------------------------------------------------------------------------------------------------
-- Which personal offer was chosen for whom, and what came of it.
CREATE TABLE offer_decisions (
    id          TEXT PRIMARY KEY,
    -- NULL: nobody knows who it was. Such a decision is never settled: no order can be found for it.
    shopper     TEXT,
    at          BIGINT NOT NULL,
    -- Only what was 'chosen' is learnt from.
    choice      TEXT NOT NULL CHECK (choice IN ('held_out', 'capped', 'empty', 'chosen')),
    currency    TEXT NOT NULL,
    -- JSON: what the choice knew; no protected attribute.
    context     TEXT NOT NULL,
    -- JSON: each campaign that could be chosen, with what was charged for its cost and its probability.
    eligible    TEXT NOT NULL,
    -- The campaign; NULL: none was shown.
    chosen      TEXT,
    -- The probability with which it was.
    propensity  DOUBLE PRECISION NOT NULL,
    explored    BIGINT NOT NULL,
    fell_back   BIGINT NOT NULL,
    -- Both NULL until it is settled, in units of the currency: what was paid for items afterwards, and what the chosen
    -- campaign took off them.
    reward      DOUBLE PRECISION,
    cost        DOUBLE PRECISION
);
CREATE INDEX offer_decisions_by_shopper ON offer_decisions (shopper, at);
CREATE INDEX offer_decisions_open ON offer_decisions (currency, at) WHERE reward IS NULL AND shopper IS NOT NULL;

-- What was learnt of personal offers, for each currency: rewards of two can't be compared.
CREATE TABLE offer_policies (
    currency   TEXT PRIMARY KEY,
    -- Counts changes: who has learnt from an older one learns again.
    revision   BIGINT NOT NULL,
    -- JSON: scales of features, models, pacing of budgets.
    state      TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
