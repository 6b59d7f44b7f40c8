-- The whole numbers that the means of a snapshot were divided from, so that the next one can go on from them; unknown
-- in the snapshots from before.
ALTER TABLE launch_aggregations ADD COLUMN launches_with_mass BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN total_mass_hundredths BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN launches_with_delay BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN total_delay_whole_seconds BIGINT;
ALTER TABLE launch_aggregations ADD COLUMN total_delay_rest_micros BIGINT;

-- Which versions ended last, and which pads there are: a probe each.
CREATE INDEX raw_launch_revisions_valid_to ON raw_launch_revisions (valid_to);
CREATE INDEX raw_launches_living_launchpad_id ON raw_launches (launchpad_id) WHERE deleted_at IS NULL;

-- The inputs of the figures for every version that was living: what a snapshot has to take away and to add.
CREATE VIEW version_figure_inputs AS
SELECT
    launch_id, revision, updated_at, valid_to,
    (success IS TRUE)::integer::bigint AS succeeded,
    (success IS FALSE)::integer::bigint AS failed,
    (upcoming IS TRUE)::integer::bigint AS upcoming,
    (total_payload_mass_kg * 100)::bigint AS mass_hundredths,
    delay_micros / 1000000 AS delay_whole_seconds,
    delay_micros % 1000000 AS delay_rest_micros
FROM (
    SELECT *, CASE WHEN NOT upcoming AND static_fire_date_utc <= date_utc
        THEN (extract(epoch FROM date_utc - static_fire_date_utc) * 1000000)::bigint END AS delay_micros
    FROM (
        SELECT launch_id, revision, updated_at, NULL::timestamptz AS valid_to, deleted_at,
            date_utc, static_fire_date_utc, success, upcoming, total_payload_mass_kg
        FROM raw_launches
        UNION ALL
        SELECT launch_id, revision, valid_from, valid_to, deleted_at,
            date_utc, static_fire_date_utc, success, upcoming, total_payload_mass_kg
        FROM raw_launch_revisions) AS versions
    WHERE deleted_at IS NULL) AS living;
