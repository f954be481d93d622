-- access/ ------------------------------------------------------------------------------------------------------------
-- Keys of programs that use the API. The secret is kept nowhere, only its SHA-256.
CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    secret_hash  TEXT NOT NULL UNIQUE,
    -- JSON: a list of scopes' names.
    scopes       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);
