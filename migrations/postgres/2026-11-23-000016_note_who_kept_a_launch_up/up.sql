-- The run that last wrote a column of a launch for which no version is made: else nobody could tell that it changed.
ALTER TABLE raw_launches ADD COLUMN kept_up_by_run_id VARCHAR;
CREATE INDEX raw_launches_kept_up_by_run_id ON raw_launches (kept_up_by_run_id) WHERE kept_up_by_run_id IS NOT NULL;
