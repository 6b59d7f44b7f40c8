-- What was published to which lake, and which run was the last one in it. The published tables remember the same: a
-- row that a crash kept from being written here is added by the next publication.
CREATE TABLE publications (
    lake VARCHAR NOT NULL,
    publication BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    pipeline_run_id VARCHAR NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    launches_written BIGINT NOT NULL,
    launches_snapshot_id BIGINT NOT NULL,
    PRIMARY KEY (lake, publication),
    CHECK (kind IN ('full', 'incremental')));
