-- Every year from the first launch to the last, those without a launch too.
-- PostgreSQL leaves out what has a tombstone and sends four columns, once; Trino groups: a year is no column there.
WITH counted AS (
    SELECT year(date_utc AT TIME ZONE 'UTC') AS first,
        count(*) AS launches, count_if(NOT upcoming) AS flown, count_if(upcoming) AS upcoming,
        count_if(NOT upcoming AND success) AS successes, count_if(NOT upcoming AND NOT success) AS failures,
        count_if(NOT upcoming AND success IS NULL) AS unknown,
        sum(total_payload_mass_kg) AS known_mass_kg
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL GROUP BY 1
), spans AS (
    SELECT *, lead(first, 1, first + 1) OVER (ORDER BY first) - 1 AS last FROM counted
), filled AS (
    SELECT year,
        IF(year = first, launches, 0) AS launches, IF(year = first, flown, 0) AS flown, IF(year = first, upcoming, 0) AS upcoming,
        IF(year = first, successes, 0) AS successes, IF(year = first, failures, 0) AS failures, IF(year = first, unknown, 0) AS unknown,
        IF(year = first, COALESCE(known_mass_kg, 0), 0) AS known_mass_kg
    FROM spans CROSS JOIN UNNEST(sequence(first, last)) AS t (year)
)
SELECT year, launches, flown, upcoming, successes, failures, unknown,
    CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) * DECIMAL '0.01' AS decimal(5,2)) AS success_rate,
    CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS completed_success_rate,
    CAST(known_mass_kg AS decimal(18,2)) AS known_mass_kg,
    sum(launches) OVER (ORDER BY year) AS cumulative_launches,
    date_add('year', year - 1970, TIMESTAMP '1970-01-01 00:00:00.000000 UTC') AS period_start
FROM filled ORDER BY year;
