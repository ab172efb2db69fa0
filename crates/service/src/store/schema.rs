//! The statements, in words that SQLite and PostgreSQL both have. The tables are in `migrations/`.

pub(super) const KEEP: &str = "INSERT INTO contributions
    (id, api_version, payload, assumed, assumed_pointers, fingerprint, answer, created_unix_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";

pub(super) const FIND: &str =
    "SELECT id, api_version, payload, assumed, assumed_pointers, fingerprint, answer, created_unix_ms
    FROM contributions WHERE id = $1";

/// The columns of the log of submissions, in the order in which [`super::log`] binds them.
pub(super) const LOG: &str =
    "INSERT INTO submissions (seq, suggestion_id, action, api_version, at_unix_ms, duration_us,
    at, status, error_codes, principal, share_ppm, revision, reason) VALUES ";

/// How many columns that are.
pub(super) const LOG_COLUMNS: usize = 13;

/// A commit whose answer was lost is tried again.
pub(super) const LOG_ONCE: &str = " ON CONFLICT (seq) DO NOTHING";

/// Deletes so many of the oldest entries that are older than a time, so that no lock is held for long.
pub(super) const PRUNE: &str = "DELETE FROM submissions WHERE seq IN
    (SELECT seq FROM submissions WHERE at_unix_ms < $1 ORDER BY at_unix_ms LIMIT $2)";

pub(super) const CHANGE: &str = "INSERT INTO changes
    (seq, at_unix_ms, who, why, what, detail) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const CHANGES: &str =
    // A rollout with many pins has megabytes: a list of changes says only how long such a detail is.
    "SELECT at_unix_ms, who, why, what,
        CASE WHEN length(detail) > 16384 THEN '{\"characters\":' || CAST(length(detail) AS TEXT) || '}' ELSE detail END AS detail
    FROM changes ORDER BY seq DESC LIMIT $1";

pub(super) const PROBE: &str = "INSERT INTO probe (one, at_unix_ms, filler) VALUES (1, $1, $2)
    ON CONFLICT (one) DO UPDATE SET at_unix_ms = excluded.at_unix_ms, filler = excluded.filler";
