-- The log of submissions has every request, not only those that were stored: what came of it, for whom, and at which share.
-- Entries that are older than this lack the new columns; the service deletes them in --log-days, as all others.

-- When, as `2026-11-24T02:15:07.123Z`: it can be read, compared, and cut to the minute or the hour in either database.
ALTER TABLE submissions ADD COLUMN at TEXT;

-- The status that was answered; none where the request was given up.
ALTER TABLE submissions ADD COLUMN status BIGINT;

-- Why it was refused, as a JSON array of texts: `["out_of_range lat"]`.
ALTER TABLE submissions ADD COLUMN error_codes TEXT NOT NULL DEFAULT '[]';

-- Who sent it, as a hash: the guard counts each principal once.
ALTER TABLE submissions ADD COLUMN principal TEXT;

-- The share of v2 and the revision that decided, and why it was this version: `share`, `pinned`, `brake` …
ALTER TABLE submissions ADD COLUMN share_ppm BIGINT;
ALTER TABLE submissions ADD COLUMN revision BIGINT;
ALTER TABLE submissions ADD COLUMN reason TEXT;
