-- What the figures need to be readable: the names as they are today, without history.
CREATE TABLE payloads (
    payload_id VARCHAR PRIMARY KEY,
    name VARCHAR,
    mass_kg NUMERIC(10,2) CHECK (mass_kg <> 'NaN'),
    pipeline_run_id VARCHAR NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL);

CREATE TABLE launchpads (
    launchpad_id VARCHAR PRIMARY KEY,
    name VARCHAR,
    pipeline_run_id VARCHAR NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL);

CREATE TABLE rockets (
    rocket_id VARCHAR PRIMARY KEY,
    name VARCHAR,
    pipeline_run_id VARCHAR NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL);
