-- Every version of every launch with the interval in which it was the truth; the current one has no end.
CREATE VIEW launch_versions AS
SELECT
    launch_id, revision, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc,
    ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id,
    date_precision, fingerprint, pipeline_run_id, deleted_at,
    valid_from, valid_to, ended_by_run_id
FROM raw_launch_revisions
UNION ALL
SELECT
    launch_id, revision, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc,
    ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id,
    date_precision, fingerprint, pipeline_run_id, deleted_at,
    COALESCE(updated_at, ingested_at, 'epoch') AS valid_from, NULL::timestamptz AS valid_to, NULL::varchar AS ended_by_run_id
FROM raw_launches;

-- What changed, field by field; a tombstone is a change of deleted_at. Values are text, the same on both databases.
CREATE VIEW launch_changes AS
WITH steps AS (
    SELECT o.launch_id, o.revision + 1 AS revision, o.valid_to AS changed_at, o.ended_by_run_id AS pipeline_run_id,
        o.mission_name AS old_mission_name, CASE WHEN n.launch_id IS NOT NULL THEN n.mission_name ELSE r.mission_name END AS new_mission_name,
        o.date_utc AS old_date_utc, CASE WHEN n.launch_id IS NOT NULL THEN n.date_utc ELSE r.date_utc END AS new_date_utc,
        o.success AS old_success, CASE WHEN n.launch_id IS NOT NULL THEN n.success ELSE r.success END AS new_success,
        o.payload_ids AS old_payload_ids, CASE WHEN n.launch_id IS NOT NULL THEN n.payload_ids ELSE r.payload_ids END AS new_payload_ids,
        o.launchpad_id AS old_launchpad_id, CASE WHEN n.launch_id IS NOT NULL THEN n.launchpad_id ELSE r.launchpad_id END AS new_launchpad_id,
        o.static_fire_date_utc AS old_static_fire_date_utc, CASE WHEN n.launch_id IS NOT NULL THEN n.static_fire_date_utc ELSE r.static_fire_date_utc END AS new_static_fire_date_utc,
        o.total_payload_mass_kg AS old_total_payload_mass_kg, CASE WHEN n.launch_id IS NOT NULL THEN n.total_payload_mass_kg ELSE r.total_payload_mass_kg END AS new_total_payload_mass_kg,
        o.upcoming AS old_upcoming, CASE WHEN n.launch_id IS NOT NULL THEN n.upcoming ELSE r.upcoming END AS new_upcoming,
        o.flight_number AS old_flight_number, CASE WHEN n.launch_id IS NOT NULL THEN n.flight_number ELSE r.flight_number END AS new_flight_number,
        o.rocket_id AS old_rocket_id, CASE WHEN n.launch_id IS NOT NULL THEN n.rocket_id ELSE r.rocket_id END AS new_rocket_id,
        o.date_precision AS old_date_precision, CASE WHEN n.launch_id IS NOT NULL THEN n.date_precision ELSE r.date_precision END AS new_date_precision,
        o.deleted_at AS old_deleted_at, CASE WHEN n.launch_id IS NOT NULL THEN n.deleted_at ELSE r.deleted_at END AS new_deleted_at
    FROM raw_launch_revisions o
    LEFT JOIN raw_launch_revisions n ON n.launch_id = o.launch_id AND n.revision = o.revision + 1
    LEFT JOIN raw_launches r ON r.launch_id = o.launch_id AND r.revision = o.revision + 1
), fields AS (
        SELECT 'mission_name' AS field UNION ALL
        SELECT 'date_utc' UNION ALL
        SELECT 'success' UNION ALL
        SELECT 'payload_ids' UNION ALL
        SELECT 'launchpad_id' UNION ALL
        SELECT 'static_fire_date_utc' UNION ALL
        SELECT 'total_payload_mass_kg' UNION ALL
        SELECT 'upcoming' UNION ALL
        SELECT 'flight_number' UNION ALL
        SELECT 'rocket_id' UNION ALL
        SELECT 'date_precision' UNION ALL
        SELECT 'deleted_at'
), changes AS (
    SELECT launch_id, revision, field,
        CASE field
            WHEN 'mission_name' THEN old_mission_name
            WHEN 'date_utc' THEN to_char(old_date_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            WHEN 'success' THEN old_success::varchar
            WHEN 'payload_ids' THEN replace(old_payload_ids::varchar, ', ', ',')
            WHEN 'launchpad_id' THEN old_launchpad_id
            WHEN 'static_fire_date_utc' THEN to_char(old_static_fire_date_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            WHEN 'total_payload_mass_kg' THEN old_total_payload_mass_kg::varchar
            WHEN 'upcoming' THEN old_upcoming::varchar
            WHEN 'flight_number' THEN old_flight_number::varchar
            WHEN 'rocket_id' THEN old_rocket_id
            WHEN 'date_precision' THEN old_date_precision
            WHEN 'deleted_at' THEN to_char(old_deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        END AS old_value,
        CASE field
            WHEN 'mission_name' THEN new_mission_name
            WHEN 'date_utc' THEN to_char(new_date_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            WHEN 'success' THEN new_success::varchar
            WHEN 'payload_ids' THEN replace(new_payload_ids::varchar, ', ', ',')
            WHEN 'launchpad_id' THEN new_launchpad_id
            WHEN 'static_fire_date_utc' THEN to_char(new_static_fire_date_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            WHEN 'total_payload_mass_kg' THEN new_total_payload_mass_kg::varchar
            WHEN 'upcoming' THEN new_upcoming::varchar
            WHEN 'flight_number' THEN new_flight_number::varchar
            WHEN 'rocket_id' THEN new_rocket_id
            WHEN 'date_precision' THEN new_date_precision
            WHEN 'deleted_at' THEN to_char(new_deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        END AS new_value,
        changed_at, pipeline_run_id
    FROM steps CROSS JOIN fields
)
SELECT launch_id, revision, field, old_value, new_value, changed_at, pipeline_run_id
FROM changes WHERE old_value IS DISTINCT FROM new_value;
