DROP INDEX raw_launches_kept_up_by_run_id;
ALTER TABLE raw_launches DROP COLUMN kept_up_by_run_id;
