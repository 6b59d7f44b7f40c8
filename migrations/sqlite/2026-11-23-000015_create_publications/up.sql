-- The twin of PostgreSQL's, always empty: Trino does not read SQLite, so that nothing is published from it.
CREATE TABLE publications (
    lake varchar NOT NULL,
    publication bigint NOT NULL CHECK (typeof(publication) IN ('integer', 'null')),
    kind varchar NOT NULL,
    pipeline_run_id varchar NOT NULL,
    published_at text NOT NULL CHECK (published_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(published_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', published_at)),
    launches_written bigint NOT NULL CHECK (typeof(launches_written) IN ('integer', 'null')),
    launches_snapshot_id bigint NOT NULL CHECK (typeof(launches_snapshot_id) IN ('integer', 'null')),
    PRIMARY KEY (lake, publication),
    CHECK (kind IN ('full', 'incremental')));
