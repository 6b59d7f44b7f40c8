-- What the figures need to be readable: the names as they are today, without history.
CREATE TABLE payloads (
    payload_id varchar PRIMARY KEY NOT NULL,
    name varchar,
    mass_kg numeric(10,2) CHECK (mass_kg IS NULL OR (typeof(mass_kg) IN ('integer', 'real') AND mass_kg = round(mass_kg, 2) AND abs(mass_kg) < 1e8)),
    pipeline_run_id varchar NOT NULL,
    updated_at text NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(updated_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', updated_at)));

CREATE TABLE launchpads (
    launchpad_id varchar PRIMARY KEY NOT NULL,
    name varchar,
    pipeline_run_id varchar NOT NULL,
    updated_at text NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(updated_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', updated_at)));

CREATE TABLE rockets (
    rocket_id varchar PRIMARY KEY NOT NULL,
    name varchar,
    pipeline_run_id varchar NOT NULL,
    updated_at text NOT NULL CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(updated_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', updated_at)));
