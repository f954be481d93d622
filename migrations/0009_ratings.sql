-- chat/ --------------------------------------------------------------------------------------------------------------
-- How satisfied shoppers were, once a conversation.
CREATE TABLE ratings (
    conversation_id TEXT PRIMARY KEY REFERENCES conversations (id),
    rating          BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment         TEXT,
    created_at      BIGINT NOT NULL
);
CREATE INDEX ratings_by_time ON ratings (created_at);
