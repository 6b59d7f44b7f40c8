-- The living launches as whole numbers, so that sums are exact: hundredths of a kilogram, seconds and microseconds.
CREATE VIEW launch_figure_inputs AS
SELECT
    launch_id, date_utc, launchpad_id,
    (success IS TRUE)::integer::bigint AS succeeded,
    (success IS FALSE)::integer::bigint AS failed,
    (upcoming IS TRUE)::integer::bigint AS upcoming,
    (total_payload_mass_kg * 100)::bigint AS mass_hundredths,
    delay_micros / 1000000 AS delay_whole_seconds,
    delay_micros % 1000000 AS delay_rest_micros
FROM (
    SELECT *, CASE WHEN NOT upcoming AND static_fire_date_utc <= date_utc
        THEN (extract(epoch FROM date_utc - static_fire_date_utc) * 1000000)::bigint END AS delay_micros
    FROM raw_launches WHERE deleted_at IS NULL) AS living;
