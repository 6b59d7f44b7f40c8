-- SQLite has no types to refuse a wrong value with: the CHECKs take their place.
CREATE TABLE raw_launches (
    launch_id varchar PRIMARY KEY NOT NULL,
    mission_name varchar,
    date_utc text NOT NULL CHECK (date_utc GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(date_utc, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', date_utc)),
    success boolean CHECK (success IN (0, 1)),
    payload_ids text CHECK (payload_ids IS NULL OR json_valid(payload_ids)),
    launchpad_id varchar,
    static_fire_date_utc text CHECK (static_fire_date_utc GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(static_fire_date_utc, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', static_fire_date_utc)),
    ingested_at text DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')) CHECK (ingested_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(ingested_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', ingested_at)));

CREATE TABLE launch_aggregations (
    id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    total_launches bigint NOT NULL DEFAULT 0 CHECK (typeof(total_launches) IN ('integer', 'null')),
    total_successful_launches bigint NOT NULL DEFAULT 0 CHECK (typeof(total_successful_launches) IN ('integer', 'null')),
    total_failed_launches bigint NOT NULL DEFAULT 0 CHECK (typeof(total_failed_launches) IN ('integer', 'null')),
    success_rate numeric(5,2) CHECK (success_rate IS NULL OR (typeof(success_rate) IN ('integer', 'real') AND success_rate = round(success_rate, 2) AND abs(success_rate) < 1e3)),
    earliest_launch_date text CHECK (earliest_launch_date GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(earliest_launch_date, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', earliest_launch_date)),
    latest_launch_date text CHECK (latest_launch_date GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(latest_launch_date, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', latest_launch_date)),
    total_launch_sites bigint DEFAULT 0 CHECK (typeof(total_launch_sites) IN ('integer', 'null')),
    updated_at text DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')) CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(updated_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', updated_at)),
    last_processed_launch_date text CHECK (last_processed_launch_date GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(last_processed_launch_date, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', last_processed_launch_date)));
