-- The document is text, exactly as served: jsonb cannot hold the worst ones.
CREATE TABLE quarantined_launches (
    id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    launch_id varchar,
    content_sha256 varchar NOT NULL,
    document text NOT NULL,
    breaches text NOT NULL CHECK (breaches IS NULL OR json_valid(breaches)),
    pipeline_run_id varchar NOT NULL,
    attempts integer NOT NULL DEFAULT 1 CHECK (typeof(attempts) IN ('integer', 'null')),
    first_seen_at text NOT NULL CHECK (first_seen_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(first_seen_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', first_seen_at)),
    last_seen_at text NOT NULL CHECK (last_seen_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(last_seen_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', last_seen_at)),
    resolved_at text CHECK (resolved_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(resolved_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', resolved_at)),
    resolution varchar,
    CHECK (resolution IN ('good', 'discarded', 'vanished')),
    CHECK ((resolved_at IS NULL) = (resolution IS NULL)));

CREATE UNIQUE INDEX quarantined_launches_open_launch_id ON quarantined_launches (launch_id) WHERE resolved_at IS NULL AND launch_id IS NOT NULL;
CREATE UNIQUE INDEX quarantined_launches_open_content ON quarantined_launches (content_sha256) WHERE resolved_at IS NULL AND launch_id IS NULL;
