-- Nullable, but for the revision: a database that was made by the first migration alone is adopted with its rows.
ALTER TABLE raw_launches ADD COLUMN total_payload_mass_kg NUMERIC(10,2) CHECK (total_payload_mass_kg <> 'NaN');
ALTER TABLE raw_launches ADD COLUMN payloads_without_mass INTEGER;
ALTER TABLE raw_launches ADD COLUMN upcoming BOOLEAN;
ALTER TABLE raw_launches ADD COLUMN flight_number INTEGER;
ALTER TABLE raw_launches ADD COLUMN rocket_id VARCHAR;
ALTER TABLE raw_launches ADD COLUMN date_precision VARCHAR;
ALTER TABLE raw_launches ADD COLUMN fingerprint VARCHAR;
ALTER TABLE raw_launches ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE raw_launches ADD COLUMN pipeline_run_id VARCHAR;
ALTER TABLE raw_launches ADD COLUMN updated_at TIMESTAMPTZ;
ALTER TABLE raw_launches ADD COLUMN deleted_at TIMESTAMPTZ;

ALTER TABLE launch_aggregations ADD COLUMN average_payload_mass_kg NUMERIC(10,2) CHECK (average_payload_mass_kg <> 'NaN');
ALTER TABLE launch_aggregations ADD COLUMN average_delay_hours NUMERIC(12,2) CHECK (average_delay_hours <> 'NaN');
ALTER TABLE launch_aggregations ADD COLUMN snapshot_type VARCHAR;
ALTER TABLE launch_aggregations ADD COLUMN launches_added_in_batch BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN pipeline_run_id VARCHAR;
ALTER TABLE launch_aggregations ADD COLUMN total_upcoming_launches BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN completed_success_rate NUMERIC(5,2) CHECK (completed_success_rate <> 'NaN');
