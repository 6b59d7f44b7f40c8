-- Nullable, but for the revision: a database that was made by the first migration alone is adopted with its rows.
ALTER TABLE raw_launches ADD COLUMN total_payload_mass_kg numeric(10,2) CHECK (total_payload_mass_kg IS NULL OR (typeof(total_payload_mass_kg) IN ('integer', 'real') AND total_payload_mass_kg = round(total_payload_mass_kg, 2) AND abs(total_payload_mass_kg) < 1e8));
ALTER TABLE raw_launches ADD COLUMN payloads_without_mass integer CHECK (typeof(payloads_without_mass) IN ('integer', 'null'));
ALTER TABLE raw_launches ADD COLUMN upcoming boolean CHECK (upcoming IN (0, 1));
ALTER TABLE raw_launches ADD COLUMN flight_number integer CHECK (typeof(flight_number) IN ('integer', 'null'));
ALTER TABLE raw_launches ADD COLUMN rocket_id varchar;
ALTER TABLE raw_launches ADD COLUMN date_precision varchar;
ALTER TABLE raw_launches ADD COLUMN fingerprint varchar;
ALTER TABLE raw_launches ADD COLUMN revision integer NOT NULL DEFAULT 1 CHECK (typeof(revision) IN ('integer', 'null'));
ALTER TABLE raw_launches ADD COLUMN pipeline_run_id varchar;
ALTER TABLE raw_launches ADD COLUMN updated_at text CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(updated_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', updated_at));
ALTER TABLE raw_launches ADD COLUMN deleted_at text CHECK (deleted_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z' AND substr(deleted_at, 1, 19) IS strftime('%Y-%m-%dT%H:%M:%S', deleted_at));

ALTER TABLE launch_aggregations ADD COLUMN average_payload_mass_kg numeric(10,2) CHECK (average_payload_mass_kg IS NULL OR (typeof(average_payload_mass_kg) IN ('integer', 'real') AND average_payload_mass_kg = round(average_payload_mass_kg, 2) AND abs(average_payload_mass_kg) < 1e8));
ALTER TABLE launch_aggregations ADD COLUMN average_delay_hours numeric(12,2) CHECK (average_delay_hours IS NULL OR (typeof(average_delay_hours) IN ('integer', 'real') AND average_delay_hours = round(average_delay_hours, 2) AND abs(average_delay_hours) < 1e10));
ALTER TABLE launch_aggregations ADD COLUMN snapshot_type varchar;
ALTER TABLE launch_aggregations ADD COLUMN launches_added_in_batch bigint CHECK (typeof(launches_added_in_batch) IN ('integer', 'null'));
ALTER TABLE launch_aggregations ADD COLUMN pipeline_run_id varchar;
ALTER TABLE launch_aggregations ADD COLUMN total_upcoming_launches bigint CHECK (typeof(total_upcoming_launches) IN ('integer', 'null'));
ALTER TABLE launch_aggregations ADD COLUMN completed_success_rate numeric(5,2) CHECK (completed_success_rate IS NULL OR (typeof(completed_success_rate) IN ('integer', 'real') AND completed_success_rate = round(completed_success_rate, 2) AND abs(completed_success_rate) < 1e3));
