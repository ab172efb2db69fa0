-- What the upgrade of a mapping's document assumed, as a JSON array of JSON pointers into the payload: `["/total/currency"]`.
-- Contributions have it in `assumed`, as bits, and nothing here, as have all rows that are older than this.

ALTER TABLE contributions ADD COLUMN assumed_pointers TEXT NOT NULL DEFAULT '[]';
