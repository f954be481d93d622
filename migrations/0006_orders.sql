-- orders/ -------------------------------------------------------------------------------------------------------------
-- The number of the last order: five digits, as the help centre says.
INSERT INTO counters (name, value) VALUES ('orders', 10000);

CREATE TABLE carts (
    -- SHA-256 of the secret that the browser holds: whoever reads the table can't open a cart.
    id         TEXT PRIMARY KEY,
    -- The id of the order that this cart becomes. Two presses of one button name the same order.
    checkout   TEXT NOT NULL UNIQUE,
    -- Counts changes, so that two at once don't undo each other.
    version    BIGINT NOT NULL,
    -- JSON: items, pieces and the prices that were seen; codes as entered.
    basket     TEXT NOT NULL,
    -- JSON: to whom it goes; NULL until the checkout, and again after the order.
    contact    TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX carts_by_change ON carts (updated_at);

CREATE TABLE orders (
    -- carts.checkout of the cart that it was.
    id         TEXT PRIMARY KEY,
    -- For people.
    number     BIGINT NOT NULL UNIQUE,
    -- carts.id; the cart may be gone.
    cart       TEXT NOT NULL,
    -- SHA-256 of the e-mail address, as the ledger of promotions has it.
    shopper    TEXT NOT NULL,
    -- 'placing' from the press of the button until its offers are redeemed.
    status     TEXT NOT NULL CHECK (status IN ('placing', 'placed')),
    -- JSON: to whom it goes.
    contact    TEXT NOT NULL,
    -- JSON: the cart as it was, which gets it back when the order can't be placed.
    basket     TEXT NOT NULL,
    -- JSON: what was bought, as it was called.
    lines      TEXT NOT NULL,
    -- JSON: what is redeemed.
    occasion   TEXT NOT NULL,
    -- Minor units: the total that the shopper agreed to.
    shown      BIGINT NOT NULL,
    -- Both NULL until it is placed. JSON: prices as paid.
    redemption TEXT REFERENCES redemptions (id),
    outcome    TEXT,
    placed_at  BIGINT NOT NULL
);
CREATE INDEX orders_by_cart ON orders (cart, number);
CREATE INDEX orders_by_shopper ON orders (shopper, status);
