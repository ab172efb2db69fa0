//! The tables, in words that SQLite and PostgreSQL both have: texts and 64-bit numbers.

/// Payload and answer are kept as text, byte for byte: a JSON column would lose the digits of numbers.
/// The log's `seq` is a UUIDv7, which sorts by time without a sequence that the two databases spell differently.
pub(super) const TABLES: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS contributions (
        id TEXT PRIMARY KEY,
        api_version TEXT NOT NULL,
        payload TEXT NOT NULL,
        assumed BIGINT NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT NOT NULL,
        created_unix_ms BIGINT NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS submissions (
        seq TEXT PRIMARY KEY,
        suggestion_id TEXT NOT NULL,
        action TEXT NOT NULL,
        api_version TEXT NOT NULL,
        at_unix_ms BIGINT NOT NULL,
        duration_us BIGINT NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS submissions_by_time ON submissions (at_unix_ms)",
    "CREATE TABLE IF NOT EXISTS changes (
        seq TEXT PRIMARY KEY,
        at_unix_ms BIGINT NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        what TEXT NOT NULL,
        detail TEXT NOT NULL
    )",
    "CREATE TABLE IF NOT EXISTS probe (
        one BIGINT PRIMARY KEY,
        at_unix_ms BIGINT NOT NULL,
        filler TEXT NOT NULL
    )",
];

pub(super) const KEEP: &str = "INSERT INTO contributions
    (id, api_version, payload, assumed, fingerprint, answer, created_unix_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";

pub(super) const FIND: &str =
    "SELECT id, api_version, payload, assumed, fingerprint, answer, created_unix_ms
    FROM contributions WHERE id = $1";

pub(super) const LOG: &str = "INSERT INTO submissions
    (seq, suggestion_id, action, api_version, at_unix_ms, duration_us) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const CHANGE: &str = "INSERT INTO changes
    (seq, at_unix_ms, who, why, what, detail) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const CHANGES: &str =
    // A rollout with many pins has megabytes: a list of changes says only how long such a detail is.
    "SELECT at_unix_ms, who, why, what,
        CASE WHEN length(detail) > 16384 THEN '{\"characters\":' || CAST(length(detail) AS TEXT) || '}' ELSE detail END AS detail
    FROM changes ORDER BY seq DESC LIMIT $1";

pub(super) const PROBE: &str = "INSERT INTO probe (one, at_unix_ms, filler) VALUES (1, $1, $2)
    ON CONFLICT (one) DO UPDATE SET at_unix_ms = excluded.at_unix_ms, filler = excluded.filler";
