-- The rates of each year in which a launch flew, and those from the first launch to the end of that year.
-- PostgreSQL picks the flown launches without a tombstone and sends two columns, once; Trino groups: a year is no column
-- there.
WITH counted AS (
    SELECT year(date_utc AT TIME ZONE 'UTC') AS year, count(*) AS flown,
        count_if(success) AS successes, count_if(NOT success) AS failures, count_if(success IS NULL) AS unknown
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL AND NOT upcoming GROUP BY 1
), running AS (
    SELECT year, flown, successes, failures, unknown,
        sum(flown) OVER (ORDER BY year) AS running_flown,
        sum(successes) OVER (ORDER BY year) AS running_successes,
        sum(failures) OVER (ORDER BY year) AS running_failures
    FROM counted
)
SELECT year, flown, successes, failures, unknown,
    CAST((20000 * successes + flown) / NULLIF(2 * flown, 0) * DECIMAL '0.01' AS decimal(5,2)) AS success_rate,
    CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS completed_success_rate,
    CAST((20000 * running_successes + running_flown) / NULLIF(2 * running_flown, 0) * DECIMAL '0.01' AS decimal(5,2)) AS running_success_rate,
    CAST((20000 * running_successes + running_successes + running_failures) / NULLIF(2 * (running_successes + running_failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS running_completed_success_rate,
    date_add('year', year - 1970, TIMESTAMP '1970-01-01 00:00:00.000000 UTC') AS period_start
FROM running ORDER BY year;
