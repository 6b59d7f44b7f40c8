-- The living launches with what is counted about them: a calendar in UTC, ones and zeros, hundredths of a kilogram.
-- A launch of which nobody said whether it is upcoming counts as neither flown nor upcoming.
CREATE VIEW living_launches AS
SELECT
    launch_id, mission_name, date_utc,
    CAST(substr(date_utc, 1, 4) AS bigint) AS year,
    CAST(substr(date_utc, 6, 2) AS bigint) AS month,
    launchpad_id, rocket_id,
    upcoming IS TRUE AS upcoming,
    upcoming IS FALSE AS flown,
    upcoming IS FALSE AND success IS TRUE AS succeeded,
    upcoming IS FALSE AND success IS FALSE AS failed,
    upcoming IS FALSE AND success IS NULL AS unknown,
    CAST(round(total_payload_mass_kg * 100) AS bigint) AS mass_hundredths,
    payloads_without_mass
FROM raw_launches WHERE deleted_at IS NULL;

-- Every year from the first launch to the last, those without a launch too.
CREATE VIEW launches_by_year AS
WITH RECURSIVE counted AS (
    SELECT year,
        count(*) AS launches,
        sum(flown) AS flown, sum(upcoming) AS upcoming,
        sum(succeeded) AS successes, sum(failed) AS failures, sum(unknown) AS unknown,
        sum(mass_hundredths) AS mass_hundredths
    FROM living_launches GROUP BY 1
), periods (year, last) AS (
    SELECT min(year), max(year) FROM counted
    UNION ALL
    SELECT year + 1, last FROM periods WHERE year < last
), filled AS (
    SELECT p.year,
        COALESCE(c.launches, 0) AS launches,
        COALESCE(c.flown, 0) AS flown, COALESCE(c.upcoming, 0) AS upcoming,
        COALESCE(c.successes, 0) AS successes, COALESCE(c.failures, 0) AS failures, COALESCE(c.unknown, 0) AS unknown,
        COALESCE(c.mass_hundredths, 0) AS mass_hundredths
    FROM periods p LEFT JOIN counted c ON c.year = p.year
    WHERE p.year IS NOT NULL
)
SELECT year,
    launches, flown, upcoming, successes, failures, unknown,
    ((20000 * successes + launches) / NULLIF(2 * launches, 0)) / 100.0 AS success_rate,
    ((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0)) / 100.0 AS completed_success_rate,
    (mass_hundredths) / 100.0 AS known_mass_kg,
    sum(launches) OVER (ORDER BY year) AS cumulative_launches,
    printf('%04d-01-01T00:00:00.000000Z', year) AS period_start
FROM filled ORDER BY year;

-- Every month from the first launch to the last, those without a launch too.
CREATE VIEW launches_by_month AS
WITH RECURSIVE counted AS (
    SELECT year * 12 + month - 1 AS period,
        count(*) AS launches,
        sum(flown) AS flown, sum(upcoming) AS upcoming,
        sum(succeeded) AS successes, sum(failed) AS failures, sum(unknown) AS unknown,
        sum(mass_hundredths) AS mass_hundredths
    FROM living_launches GROUP BY 1
), periods (period, last) AS (
    SELECT min(period), max(period) FROM counted
    UNION ALL
    SELECT period + 1, last FROM periods WHERE period < last
), filled AS (
    SELECT p.period,
        COALESCE(c.launches, 0) AS launches,
        COALESCE(c.flown, 0) AS flown, COALESCE(c.upcoming, 0) AS upcoming,
        COALESCE(c.successes, 0) AS successes, COALESCE(c.failures, 0) AS failures, COALESCE(c.unknown, 0) AS unknown,
        COALESCE(c.mass_hundredths, 0) AS mass_hundredths
    FROM periods p LEFT JOIN counted c ON c.period = p.period
    WHERE p.period IS NOT NULL
)
SELECT period / 12 AS year, period % 12 + 1 AS month,
    launches, flown, upcoming, successes, failures, unknown,
    ((20000 * successes + launches) / NULLIF(2 * launches, 0)) / 100.0 AS success_rate,
    ((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0)) / 100.0 AS completed_success_rate,
    (mass_hundredths) / 100.0 AS known_mass_kg,
    sum(launches) OVER (ORDER BY period) AS cumulative_launches,
    printf('%04d-%02d-01T00:00:00.000000Z', period / 12, period % 12 + 1) AS period_start
FROM filled ORDER BY period;

-- Flown launches a month on average. The first year has the months from its first flown launch on, the last year
-- those up to its last one.
CREATE VIEW launches_per_month AS
WITH RECURSIVE counted AS (
    SELECT year, count(*) AS flown, min(month) AS first_month, max(month) AS last_month
    FROM living_launches WHERE flown = 1 GROUP BY year
), years (year, first, last) AS (
    SELECT min(year), min(year), max(year) FROM counted
    UNION ALL
    SELECT year + 1, first, last FROM years WHERE year < last
), filled AS (
    SELECT y.year, COALESCE(c.flown, 0) AS flown,
        CASE WHEN y.year = y.last THEN c.last_month ELSE 12 END
            - CASE WHEN y.year = y.first THEN c.first_month ELSE 1 END + 1 AS months
    FROM years y LEFT JOIN counted c ON c.year = y.year
    WHERE y.year IS NOT NULL
), scoped AS (
    SELECT 'year' AS scope, year, flown, months FROM filled
    UNION ALL
    SELECT 'overall', NULL, sum(flown), sum(months) FROM filled HAVING count(*) > 0
)
SELECT scope, year, flown, months,
    ((200 * flown + months) / (2 * months)) / 100.0 AS average_per_month
FROM scoped ORDER BY scope DESC, year;
