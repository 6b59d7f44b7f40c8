-- The living launches with what is counted about them: a calendar in UTC, ones and zeros, hundredths of a kilogram.
-- A launch of which nobody said whether it is upcoming counts as neither flown nor upcoming.
CREATE VIEW living_launches AS
SELECT
    CAST(launch_id AS varchar) COLLATE "C" AS launch_id, mission_name, date_utc,
    CAST(extract(year FROM date_utc AT TIME ZONE 'UTC') AS bigint) AS year,
    CAST(extract(month FROM date_utc AT TIME ZONE 'UTC') AS bigint) AS month,
    CAST(launchpad_id AS varchar) COLLATE "C" AS launchpad_id, rocket_id,
    CAST(CAST(upcoming IS TRUE AS integer) AS bigint) AS upcoming,
    CAST(CAST(upcoming IS FALSE AS integer) AS bigint) AS flown,
    CAST(CAST(upcoming IS FALSE AND success IS TRUE AS integer) AS bigint) AS succeeded,
    CAST(CAST(upcoming IS FALSE AND success IS FALSE AS integer) AS bigint) AS failed,
    CAST(CAST(upcoming IS FALSE AND success IS NULL AS integer) AS bigint) AS unknown,
    CAST(total_payload_mass_kg * 100 AS bigint) AS mass_hundredths,
    CAST(payloads_without_mass AS bigint) AS payloads_without_mass
FROM raw_launches WHERE deleted_at IS NULL;

-- Every year from the first launch to the last, those without a launch too.
CREATE VIEW launches_by_year AS
WITH RECURSIVE counted AS (
    SELECT year,
        count(*) AS launches,
        CAST(sum(flown) AS bigint) AS flown, CAST(sum(upcoming) AS bigint) AS upcoming,
        CAST(sum(succeeded) AS bigint) AS successes, CAST(sum(failed) AS bigint) AS failures, CAST(sum(unknown) AS bigint) AS unknown,
        CAST(sum(mass_hundredths) AS bigint) AS mass_hundredths
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
    CAST(CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) AS numeric) / 100 AS numeric(5,2)) AS success_rate,
    CAST(CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) AS numeric) / 100 AS numeric(5,2)) AS completed_success_rate,
    CAST(CAST(mass_hundredths AS numeric) / 100 AS numeric(18,2)) AS known_mass_kg,
    CAST(sum(launches) OVER (ORDER BY year) AS bigint) AS cumulative_launches,
    make_timestamptz(CAST(year AS integer), 1, 1, 0, 0, 0, 'UTC') AS period_start
FROM filled ORDER BY year;

-- Every month from the first launch to the last, those without a launch too.
CREATE VIEW launches_by_month AS
WITH RECURSIVE counted AS (
    SELECT year * 12 + month - 1 AS period,
        count(*) AS launches,
        CAST(sum(flown) AS bigint) AS flown, CAST(sum(upcoming) AS bigint) AS upcoming,
        CAST(sum(succeeded) AS bigint) AS successes, CAST(sum(failed) AS bigint) AS failures, CAST(sum(unknown) AS bigint) AS unknown,
        CAST(sum(mass_hundredths) AS bigint) AS mass_hundredths
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
    CAST(CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) AS numeric) / 100 AS numeric(5,2)) AS success_rate,
    CAST(CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) AS numeric) / 100 AS numeric(5,2)) AS completed_success_rate,
    CAST(CAST(mass_hundredths AS numeric) / 100 AS numeric(18,2)) AS known_mass_kg,
    CAST(sum(launches) OVER (ORDER BY period) AS bigint) AS cumulative_launches,
    make_timestamptz(CAST(period / 12 AS integer), CAST(period % 12 + 1 AS integer), 1, 0, 0, 0, 'UTC') AS period_start
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
    SELECT 'overall', NULL, CAST(sum(flown) AS bigint), CAST(sum(months) AS bigint) FROM filled HAVING count(*) > 0
)
SELECT CAST(scope AS varchar) COLLATE "C" AS scope, year, flown, months,
    CAST(CAST((200 * flown + months) / (2 * months) AS numeric) / 100 AS numeric(12,2)) AS average_per_month
FROM scoped ORDER BY CAST(scope AS varchar) COLLATE "C" DESC, year;
