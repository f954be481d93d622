-- Column types are those that SQLite and PostgreSQL both read through one driver: BIGINT, TEXT, DOUBLE PRECISION, BYTEA.
-- Times are milliseconds since 1970 UTC, flags 0/1, structures JSON, ids UUIDv7.

-- What this database is called, so that files beside it can tell whether they belong to it. One row.
CREATE TABLE identity (
    name  TEXT PRIMARY KEY CHECK (name = 'database'),
    value TEXT NOT NULL
);

-- A number that only grows, taken in the transaction it numbers.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('knowledge', 0);

-- knowledge/ ---------------------------------------------------------------------------------------------------------
CREATE TABLE articles (
    id         TEXT PRIMARY KEY,
    locale     TEXT NOT NULL,
    slug       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    -- The value of counters.knowledge at the article's last change: an index reads all rows above its own.
    revision   BIGINT NOT NULL,
    title      TEXT NOT NULL,
    area       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    tags       TEXT NOT NULL,
    intents    TEXT NOT NULL,
    questions  TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    UNIQUE (locale, slug)
);
CREATE INDEX articles_by_revision ON articles (revision);

-- Every version that ever was, the current one too.
CREATE TABLE article_versions (
    article_id TEXT NOT NULL REFERENCES articles (id),
    version    BIGINT NOT NULL,
    title      TEXT NOT NULL,
    area       TEXT NOT NULL,
    status     TEXT NOT NULL,
    tags       TEXT NOT NULL,
    intents    TEXT NOT NULL,
    questions  TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    author     TEXT NOT NULL,
    PRIMARY KEY (article_id, version)
);

-- Shopper questions that no article answered.
CREATE TABLE unanswered_questions (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    message_id      TEXT NOT NULL UNIQUE,
    locale          TEXT NOT NULL,
    question        TEXT NOT NULL,
    nearest_slug    TEXT,
    nearest_score   DOUBLE PRECISION,
    created_at      BIGINT NOT NULL
);

-- nlu/ ---------------------------------------------------------------------------------------------------------------
-- A sentence's vector, by the encoder that made it: training again and starting again cost no encoding.
CREATE TABLE vectors (
    encoder   TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    vector    BYTEA NOT NULL,
    PRIMARY KEY (encoder, text_hash)
);

CREATE TABLE intent_models (
    id          TEXT PRIMARY KEY,
    locale      TEXT NOT NULL,
    encoder     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    settings    TEXT NOT NULL,
    metrics     TEXT NOT NULL,
    file        TEXT NOT NULL,
    active      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);

-- chat/ --------------------------------------------------------------------------------------------------------------
CREATE TABLE conversations (
    id               TEXT PRIMARY KEY,
    -- SHA-256 of the token that opens it; the token itself is kept nowhere.
    token_hash       TEXT NOT NULL UNIQUE,
    locale           TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')),
    owner_kind       TEXT NOT NULL CHECK (owner_kind IN ('bot', 'agent')),
    owner_id         TEXT,
    -- Grows with each change of owner; a reply computed under a smaller one is refused.
    fence            BIGINT NOT NULL,
    last_seq         BIGINT NOT NULL,
    -- The shopper's newest message.
    shopper_seq      BIGINT NOT NULL,
    -- The shopper's messages up to here have been dealt with; what lies above is taken up again after a crash.
    handled_seq      BIGINT NOT NULL,
    shopper_read_seq BIGINT NOT NULL,
    state            TEXT NOT NULL,
    -- Why a person is wanted; NULL while none is.
    person_wanted    TEXT,
    shopper          TEXT NOT NULL,
    page_url         TEXT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX conversations_unhandled ON conversations (owner_kind, updated_at);

CREATE TABLE messages (
    id                 TEXT PRIMARY KEY,
    conversation_id    TEXT NOT NULL REFERENCES conversations (id),
    seq                BIGINT NOT NULL,
    turn_id            TEXT,
    message_type       TEXT NOT NULL CHECK (message_type IN ('incoming', 'outgoing', 'activity')),
    sender_kind        TEXT NOT NULL CHECK (sender_kind IN ('shopper', 'bot', 'agent', 'system')),
    sender_name        TEXT,
    content            TEXT NOT NULL,
    content_type       TEXT NOT NULL,
    content_attributes TEXT NOT NULL,
    echo_id            TEXT,
    feedback           TEXT CHECK (feedback IN ('up', 'down')),
    created_at         BIGINT NOT NULL,
    UNIQUE (conversation_id, seq),
    UNIQUE (conversation_id, echo_id)
);

-- Why the bot said what it said, a row a turn.
CREATE TABLE traces (
    turn_id         TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    message_id      TEXT NOT NULL,
    trace           TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX traces_by_conversation ON traces (conversation_id);
