-- Hours between static fire and launch, by year of the launch; years without one are left out.
-- PostgreSQL picks the flown launches that have a static fire and no tombstone and sends two dates; Trino compares the
-- two, which is not handed down, and groups: a year is no column there.
WITH fired AS (
    -- The difference of two instants has milliseconds only: so whole seconds, and the microseconds from the text.
    SELECT year(date_utc AT TIME ZONE 'UTC') AS year,
        (CAST(to_unixtime(date_trunc('second', date_utc)) AS bigint)
            - CAST(to_unixtime(date_trunc('second', static_fire_date_utc)) AS bigint)) * 1000000
        + CAST(regexp_extract(CAST(date_utc AS varchar), '\.(\d{6})', 1) AS bigint)
        - CAST(regexp_extract(CAST(static_fire_date_utc AS varchar), '\.(\d{6})', 1) AS bigint) AS micros
    FROM postgresql.public.raw_launches
    WHERE deleted_at IS NULL AND NOT upcoming AND static_fire_date_utc IS NOT NULL AND static_fire_date_utc <= date_utc
), counted AS (
    SELECT year, count(*) AS launches, sum(micros / 1000000) + sum(micros % 1000000) / 1000000 AS seconds,
        sum(micros / 3600000000) AS whole_hours, max(micros / 1000000) AS longest
    FROM fired GROUP BY 1
)
SELECT year, launches,
    CAST((200 * whole_hours + launches) / (2 * launches) * DECIMAL '0.01' AS decimal(12,2)) AS mean_delay_whole_hours,
    longest / 3600 AS max_delay_whole_hours,
    CAST((seconds + 18 * launches) / (36 * launches) * DECIMAL '0.01' AS decimal(12,2)) AS mean_delay_hours,
    CAST((longest + 18) / 36 * DECIMAL '0.01' AS decimal(12,2)) AS max_delay_hours,
    date_add('year', year - 1970, TIMESTAMP '1970-01-01 00:00:00.000000 UTC') AS period_start
FROM counted ORDER BY year;
