DROP VIEW version_figure_inputs;
DROP INDEX raw_launches_living_launchpad_id;
DROP INDEX raw_launch_revisions_valid_to;
ALTER TABLE launch_aggregations DROP COLUMN total_delay_rest_micros;
ALTER TABLE launch_aggregations DROP COLUMN total_delay_whole_seconds;
ALTER TABLE launch_aggregations DROP COLUMN launches_with_delay;
ALTER TABLE launch_aggregations DROP COLUMN total_mass_hundredths;
ALTER TABLE launch_aggregations DROP COLUMN launches_with_mass;
