-- Every month from the first launch to the last, those without a launch too.
-- PostgreSQL leaves out what has a tombstone and sends four columns, once; Trino groups: a month is no column there.
WITH counted AS (
    SELECT year(date_utc AT TIME ZONE 'UTC') * 12 + month(date_utc AT TIME ZONE 'UTC') - 1 AS first,
        count(*) AS launches, count_if(NOT upcoming) AS flown, count_if(upcoming) AS upcoming,
        count_if(NOT upcoming AND success) AS successes, count_if(NOT upcoming AND NOT success) AS failures,
        count_if(NOT upcoming AND success IS NULL) AS unknown,
        sum(total_payload_mass_kg) AS known_mass_kg
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL GROUP BY 1
), spans AS (
    SELECT *, lead(first, 1, first + 1) OVER (ORDER BY first) - 1 AS last FROM counted
), filled AS (
    SELECT period,
        IF(period = first, launches, 0) AS launches, IF(period = first, flown, 0) AS flown, IF(period = first, upcoming, 0) AS upcoming,
        IF(period = first, successes, 0) AS successes, IF(period = first, failures, 0) AS failures, IF(period = first, unknown, 0) AS unknown,
        IF(period = first, COALESCE(known_mass_kg, 0), 0) AS known_mass_kg
    FROM spans CROSS JOIN UNNEST(sequence(first, last)) AS t (period)
)
SELECT period / 12 AS year, period % 12 + 1 AS month, launches, flown, upcoming, successes, failures, unknown,
    CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) * DECIMAL '0.01' AS decimal(5,2)) AS success_rate,
    CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS completed_success_rate,
    CAST(known_mass_kg AS decimal(18,2)) AS known_mass_kg,
    sum(launches) OVER (ORDER BY period) AS cumulative_launches,
    date_add('month', period - 1970 * 12, TIMESTAMP '1970-01-01 00:00:00.000000 UTC') AS period_start
FROM filled ORDER BY year, month;
