-- Every former version of every launch. Written by the trigger alone, so that no version can be lost,
-- not even by an UPDATE by hand.
CREATE TABLE raw_launch_revisions (
    launch_id VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    mission_name VARCHAR,
    date_utc TIMESTAMPTZ NOT NULL,
    success BOOLEAN,
    payload_ids JSONB,
    launchpad_id VARCHAR,
    static_fire_date_utc TIMESTAMPTZ,
    ingested_at TIMESTAMPTZ,
    total_payload_mass_kg NUMERIC(10,2) CHECK (total_payload_mass_kg <> 'NaN'),
    payloads_without_mass INTEGER,
    upcoming BOOLEAN,
    flight_number INTEGER,
    rocket_id VARCHAR,
    date_precision VARCHAR,
    fingerprint VARCHAR,
    pipeline_run_id VARCHAR,
    deleted_at TIMESTAMPTZ,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ NOT NULL,
    ended_by_run_id VARCHAR NOT NULL,
    PRIMARY KEY (launch_id, revision),
    CHECK (valid_from < valid_to));
CREATE INDEX raw_launch_revisions_ended_by_run_id ON raw_launch_revisions (ended_by_run_id);

-- A change by hand names no run: it is marked 'manual', and its fingerprint is unknown until the source is asked again.
CREATE FUNCTION raw_launches_keep_revision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    valid_since CONSTANT timestamptz := COALESCE(OLD.updated_at, OLD.ingested_at, 'epoch');
BEGIN
    IF NEW.launch_id <> OLD.launch_id OR NEW.revision <> OLD.revision THEN
        RAISE EXCEPTION 'raw_launches: launch_id and revision cannot be changed (launch %)', OLD.launch_id;
    END IF;
    IF (NEW.mission_name, NEW.date_utc, NEW.success, NEW.payload_ids, NEW.launchpad_id,
        NEW.static_fire_date_utc, NEW.total_payload_mass_kg, NEW.upcoming, NEW.flight_number, NEW.rocket_id,
        NEW.date_precision, NEW.deleted_at)
        IS NOT DISTINCT FROM
       (OLD.mission_name, OLD.date_utc, OLD.success, OLD.payload_ids, OLD.launchpad_id,
        OLD.static_fire_date_utc, OLD.total_payload_mass_kg, OLD.upcoming, OLD.flight_number, OLD.rocket_id,
        OLD.date_precision, OLD.deleted_at)
    THEN
        RETURN NEW;
    END IF;
    IF NEW.pipeline_run_id IS NOT DISTINCT FROM OLD.pipeline_run_id THEN
        NEW.pipeline_run_id := 'manual';
        NEW.fingerprint := NULL;
    END IF;
    IF NEW.updated_at IS NULL OR NEW.updated_at <= valid_since THEN
        NEW.updated_at := GREATEST(clock_timestamp(), valid_since + interval '1 microsecond');
    END IF;
    NEW.revision := OLD.revision + 1;
    INSERT INTO raw_launch_revisions (
        launch_id, revision, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc,
        ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id,
        date_precision, fingerprint, pipeline_run_id, deleted_at, valid_from, valid_to, ended_by_run_id)
    VALUES (
        OLD.launch_id, OLD.revision, OLD.mission_name, OLD.date_utc, OLD.success, OLD.payload_ids,
        OLD.launchpad_id, OLD.static_fire_date_utc, OLD.ingested_at, OLD.total_payload_mass_kg,
        OLD.payloads_without_mass, OLD.upcoming, OLD.flight_number, OLD.rocket_id, OLD.date_precision,
        OLD.fingerprint, OLD.pipeline_run_id, OLD.deleted_at,
        valid_since, NEW.updated_at, NEW.pipeline_run_id);
    RETURN NEW;
END $$;

CREATE TRIGGER raw_launches_keep_revision BEFORE UPDATE ON raw_launches
    FOR EACH ROW EXECUTE FUNCTION raw_launches_keep_revision();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refuses %: its rows are kept for ever', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER raw_launches_refuse_delete BEFORE DELETE OR TRUNCATE ON raw_launches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER raw_launch_revisions_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON raw_launch_revisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER launch_aggregations_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON launch_aggregations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
