-- Every former version of every launch. Written by the trigger alone, so that no version can be lost,
-- not even by an UPDATE by hand. (An INSERT OR REPLACE of a stranger without PRAGMA recursive_triggers passes it.)
CREATE TABLE raw_launch_revisions (
    launch_id varchar NOT NULL,
    revision integer NOT NULL CHECK (typeof(revision) IN ('integer', 'null')),
    mission_name varchar,
    date_utc text NOT NULL CHECK (date_utc GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(date_utc, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', date_utc)),
    success boolean CHECK (success IN (0, 1)),
    payload_ids text CHECK (payload_ids IS NULL OR json_valid(payload_ids)),
    launchpad_id varchar,
    static_fire_date_utc text CHECK (static_fire_date_utc GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(static_fire_date_utc, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', static_fire_date_utc)),
    ingested_at text CHECK (ingested_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(ingested_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', ingested_at)),
    total_payload_mass_kg numeric(10,2) CHECK (total_payload_mass_kg IS NULL OR (typeof(total_payload_mass_kg) IN ('integer', 'real') AND total_payload_mass_kg = round(total_payload_mass_kg, 2) AND abs(total_payload_mass_kg) < 1e8)),
    payloads_without_mass integer CHECK (typeof(payloads_without_mass) IN ('integer', 'null')),
    upcoming boolean CHECK (upcoming IN (0, 1)),
    flight_number integer CHECK (typeof(flight_number) IN ('integer', 'null')),
    rocket_id varchar,
    date_precision varchar,
    fingerprint varchar,
    pipeline_run_id varchar,
    deleted_at text CHECK (deleted_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(deleted_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', deleted_at)),
    valid_from text NOT NULL CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(valid_from, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', valid_from)),
    valid_to text NOT NULL CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(valid_to, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', valid_to)),
    ended_by_run_id varchar NOT NULL,
    PRIMARY KEY (launch_id, revision),
    CHECK (valid_from < valid_to));
CREATE INDEX raw_launch_revisions_ended_by_run_id ON raw_launch_revisions (ended_by_run_id);

-- The one change of a revision that passes is the trigger's own, below: it has just kept the former version.
CREATE TRIGGER raw_launches_refuse_key_change BEFORE UPDATE OF launch_id, revision ON raw_launches
WHEN NEW.launch_id <> OLD.launch_id OR (NEW.revision <> OLD.revision AND NOT (
    NEW.revision = OLD.revision + 1 AND EXISTS (
        SELECT 1 FROM raw_launch_revisions r WHERE r.launch_id = OLD.launch_id AND r.revision = OLD.revision)))
BEGIN
    SELECT RAISE(ABORT, 'raw_launches: launch_id and revision cannot be changed');
END;

-- A change by hand names no run: it is marked 'manual', and its fingerprint is unknown until the source is asked again.
-- The end of the former version is later than its beginning by a microsecond at least, also when the clock went back.
CREATE TRIGGER raw_launches_keep_revision AFTER UPDATE ON raw_launches
WHEN (NEW.mission_name, NEW.date_utc, NEW.success, NEW.payload_ids, NEW.launchpad_id, NEW.static_fire_date_utc,
    NEW.total_payload_mass_kg, NEW.upcoming, NEW.flight_number, NEW.rocket_id, NEW.date_precision,
    NEW.deleted_at)
    IS NOT
   (OLD.mission_name, OLD.date_utc, OLD.success, OLD.payload_ids, OLD.launchpad_id, OLD.static_fire_date_utc,
    OLD.total_payload_mass_kg, OLD.upcoming, OLD.flight_number, OLD.rocket_id, OLD.date_precision,
    OLD.deleted_at)
BEGIN
    INSERT INTO raw_launch_revisions (
        launch_id, revision, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc,
        ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id,
        date_precision, fingerprint, pipeline_run_id, deleted_at, valid_from, valid_to, ended_by_run_id)
    VALUES (
        OLD.launch_id, OLD.revision, OLD.mission_name, OLD.date_utc, OLD.success, OLD.payload_ids,
        OLD.launchpad_id, OLD.static_fire_date_utc, OLD.ingested_at, OLD.total_payload_mass_kg,
        OLD.payloads_without_mass, OLD.upcoming, OLD.flight_number, OLD.rocket_id, OLD.date_precision,
        OLD.fingerprint, OLD.pipeline_run_id, OLD.deleted_at,
        COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z'),
        CASE
            WHEN NEW.updated_at > COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z')
                THEN NEW.updated_at
            WHEN strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') > COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z')
                THEN strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
            WHEN substr(COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z'), 21, 6) < '999999'
                THEN substr(COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z'), 1, 20)
                    || printf('%06dZ', substr(COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z'), 21, 6) + 1)
            ELSE strftime('%Y-%m-%dT%H:%M:%S.000000Z', substr(COALESCE(OLD.updated_at, OLD.ingested_at, '1970-01-01T00:00:00.000000Z'), 1, 19), '+1 second')
        END,
        CASE WHEN NEW.pipeline_run_id IS NOT OLD.pipeline_run_id THEN NEW.pipeline_run_id ELSE 'manual' END);
    UPDATE raw_launches SET
        revision = OLD.revision + 1,
        fingerprint = CASE WHEN NEW.pipeline_run_id IS NOT OLD.pipeline_run_id THEN NEW.fingerprint END,
        (updated_at, pipeline_run_id) = (
            SELECT r.valid_to, r.ended_by_run_id FROM raw_launch_revisions r
            WHERE r.launch_id = OLD.launch_id AND r.revision = OLD.revision)
    WHERE launch_id = OLD.launch_id;
END;

CREATE TRIGGER raw_launches_refuse_delete BEFORE DELETE ON raw_launches
BEGIN
    SELECT RAISE(ABORT, 'raw_launches refuses DELETE: its rows are kept for ever');
END;
CREATE TRIGGER raw_launch_revisions_refuse_update BEFORE UPDATE ON raw_launch_revisions
BEGIN
    SELECT RAISE(ABORT, 'raw_launch_revisions refuses UPDATE: its rows are kept for ever');
END;
CREATE TRIGGER raw_launch_revisions_refuse_delete BEFORE DELETE ON raw_launch_revisions
BEGIN
    SELECT RAISE(ABORT, 'raw_launch_revisions refuses DELETE: its rows are kept for ever');
END;
CREATE TRIGGER launch_aggregations_refuse_update BEFORE UPDATE ON launch_aggregations
BEGIN
    SELECT RAISE(ABORT, 'launch_aggregations refuses UPDATE: its rows are kept for ever');
END;
CREATE TRIGGER launch_aggregations_refuse_delete BEFORE DELETE ON launch_aggregations
BEGIN
    SELECT RAISE(ABORT, 'launch_aggregations refuses DELETE: its rows are kept for ever');
END;
