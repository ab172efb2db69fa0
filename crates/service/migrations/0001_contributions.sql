-- Contributions, the log of submissions, and who changed what, in words that SQLite and PostgreSQL both have: texts and
-- 64-bit numbers. Databases older than migrations have these tables already.
--
-- Payload and answer are kept as text, byte for byte: a JSON column would lose the digits of numbers. `seq` is a UUIDv7,
-- which sorts by time without a sequence that the two databases spell differently.

CREATE TABLE IF NOT EXISTS contributions (
    id TEXT PRIMARY KEY,
    api_version TEXT NOT NULL,
    payload TEXT NOT NULL,
    assumed BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_unix_ms BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS submissions (
    seq TEXT PRIMARY KEY,
    suggestion_id TEXT NOT NULL,
    action TEXT NOT NULL,
    api_version TEXT NOT NULL,
    at_unix_ms BIGINT NOT NULL,
    duration_us BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS submissions_by_time ON submissions (at_unix_ms);

CREATE TABLE IF NOT EXISTS changes (
    seq TEXT PRIMARY KEY,
    at_unix_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS probe (
    one BIGINT PRIMARY KEY,
    at_unix_ms BIGINT NOT NULL,
    filler TEXT NOT NULL
);
