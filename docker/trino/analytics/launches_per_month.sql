-- Flown launches a month on average. The first year has the months from its first flown launch on, the last year those
-- up to its last one.
-- PostgreSQL picks the flown launches without a tombstone and sends their dates, once; Trino groups: a year is no
-- column there.
WITH counted AS (
    SELECT year(date_utc AT TIME ZONE 'UTC') AS first, count(*) AS flown,
        min(month(date_utc AT TIME ZONE 'UTC')) AS first_month, max(month(date_utc AT TIME ZONE 'UTC')) AS last_month
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL AND NOT upcoming GROUP BY 1
), spans AS (
    SELECT first, flown, lead(first, 1, first + 1) OVER (ORDER BY first) - 1 AS last,
        IF(lead(first) OVER (ORDER BY first) IS NULL, last_month, 12)
            - IF(lag(first) OVER (ORDER BY first) IS NULL, first_month, 1) + 1 AS months
    FROM counted
), filled AS (
    SELECT year, IF(year = first, flown, 0) AS flown, IF(year = first, months, 12) AS months
    FROM spans CROSS JOIN UNNEST(sequence(first, last)) AS t (year)
)
SELECT IF(grouping(year) = 0, 'year', 'overall') AS scope, year, sum(flown) AS flown, sum(months) AS months,
    CAST((200 * sum(flown) + sum(months)) / (2 * sum(months)) * DECIMAL '0.01' AS decimal(12,2)) AS average_per_month
FROM filled GROUP BY GROUPING SETS ((year), ()) HAVING count(*) > 0
ORDER BY scope DESC, year;
