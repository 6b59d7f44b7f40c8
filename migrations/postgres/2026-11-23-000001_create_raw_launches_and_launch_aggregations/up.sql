CREATE TABLE raw_launches (
    launch_id VARCHAR PRIMARY KEY, mission_name VARCHAR, date_utc TIMESTAMPTZ NOT NULL, success BOOLEAN, payload_ids JSONB,
    launchpad_id VARCHAR, static_fire_date_utc TIMESTAMPTZ, ingested_at TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP);

CREATE TABLE launch_aggregations (
    id SERIAL PRIMARY KEY, total_launches BIGINT NOT NULL DEFAULT 0, total_successful_launches BIGINT NOT NULL DEFAULT 0,
    total_failed_launches BIGINT NOT NULL DEFAULT 0, success_rate DECIMAL(5,2), earliest_launch_date TIMESTAMPTZ, latest_launch_date TIMESTAMPTZ,
    total_launch_sites BIGINT DEFAULT 0, updated_at TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP, last_processed_launch_date TIMESTAMPTZ);
