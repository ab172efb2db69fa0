-- A database as the service made it before it had migrations: its statements, and rows that it wrote.

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

INSERT INTO contributions VALUES('old-1','v2','{"@id":"node/temp_old-1","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"sunrise-sunset","fee":true,"charge":"0.50 GBP"}',50,'66914e69cc2fe7eb00f267926f0a7537a1ba29f5a93859e4e5cc8f0c1c1c663f','{"success":true,"suggestionId":"old-1","apiVersion":"v2","validation":{"errors":[],"warnings":[],"tierSummary":{"core":{"provided":4,"valid":4,"required":2},"high_frequency":{"provided":0,"valid":0,"required":0},"optional":{"provided":0,"valid":0,"required":0},"specialized":{"provided":0,"valid":0,"required":0}},"assumed":["amenity","wheelchair","access"]}}',4795554313233);
INSERT INTO contributions VALUES('old-2','v1','{"lat":51.5,"lng":-0.1,"fee":0.5,"hours":"dawn to dusk"}',0,'66914e69cc2fe7eb00f267926f0a7537a1ba29f5a93859e4e5cc8f0c1c1c663f','{"success":true,"suggestionId":"old-2","apiVersion":"v1","validation":{"errors":[],"warnings":[],"tierSummary":{"core":{"provided":4,"valid":4,"required":2},"high_frequency":{"provided":0,"valid":0,"required":0},"optional":{"provided":0,"valid":0,"required":0},"specialized":{"provided":0,"valid":0,"required":0}}}}',4795554313255);
INSERT INTO contributions VALUES('old-3','v2','{"@id":"node/temp_old-3","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"sunrise-sunset","fee":true,"charge":"0.50 GBP"}',50,'66914e69cc2fe7eb00f267926f0a7537a1ba29f5a93859e4e5cc8f0c1c1c663f','{"success":true,"suggestionId":"old-3","apiVersion":"v2","validation":{"errors":[],"warnings":[],"tierSummary":{"core":{"provided":4,"valid":4,"required":2},"high_frequency":{"provided":0,"valid":0,"required":0},"optional":{"provided":0,"valid":0,"required":0},"specialized":{"provided":0,"valid":0,"required":0}},"assumed":["amenity","wheelchair","access"]}}',4795554313286);
INSERT INTO contributions VALUES('old-4','v2','{"@id":"node/temp_old-4","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"sunrise-sunset","fee":true,"charge":"0.50 GBP"}',50,'66914e69cc2fe7eb00f267926f0a7537a1ba29f5a93859e4e5cc8f0c1c1c663f','{"success":true,"suggestionId":"old-4","apiVersion":"v2","validation":{"errors":[],"warnings":[],"tierSummary":{"core":{"provided":4,"valid":4,"required":2},"high_frequency":{"provided":0,"valid":0,"required":0},"optional":{"provided":0,"valid":0,"required":0},"specialized":{"provided":0,"valid":0,"required":0}},"assumed":["amenity","wheelchair","access"]}}',4795554313300);
INSERT INTO submissions VALUES('01a20f60-8412-7512-8187-bba4e72f526c','old-1','submitted','v2',4795554313234,5151);
INSERT INTO submissions VALUES('01a20f60-8427-759b-88cf-fd21c869ebb9','old-2','submitted','v1',4795554313255,988);
INSERT INTO submissions VALUES('01a20f60-8446-7551-8d6b-a68f1a617689','old-3','submitted','v2',4795554313286,854);
INSERT INTO submissions VALUES('01a20f60-8454-7221-ada7-613ed2533c89','old-4','submitted','v2',4795554313300,1109);
INSERT INTO changes VALUES('01a20f60-847d-757b-bd0b-b9694a5096ca',4795554313341,'ana','drill','brake','{"number":0}');
