-- One row for each pad that a living launch names.
CREATE VIEW launch_sites AS
WITH counted AS (
    SELECT launchpad_id, count(*) AS launches,
        CAST(sum(flown) AS bigint) AS flown, CAST(sum(upcoming) AS bigint) AS upcoming,
        CAST(sum(succeeded) AS bigint) AS successes, CAST(sum(failed) AS bigint) AS failures,
        count(mass_hundredths) AS with_mass, CAST(sum(mass_hundredths) AS bigint) AS mass_hundredths,
        min(date_utc) AS first_launch, max(date_utc) AS last_launch
    FROM living_launches WHERE launchpad_id IS NOT NULL GROUP BY launchpad_id
)
SELECT c.launchpad_id, p.name, launches, flown, upcoming, successes, failures,
    CAST(CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) AS numeric) / 100 AS numeric(5,2)) AS success_rate,
    CAST(CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) AS numeric) / 100 AS numeric(5,2)) AS completed_success_rate,
    CAST(CAST((2 * mass_hundredths + with_mass) / NULLIF(2 * with_mass, 0) AS numeric) / 100 AS numeric(10,2)) AS mean_known_mass_kg,
    first_launch, last_launch
FROM counted c LEFT JOIN launchpads p ON p.launchpad_id = c.launchpad_id
ORDER BY launches DESC, c.launchpad_id;

-- Hours between static fire and launch, by year of the launch; years without one are left out. The hundredths of an
-- hour are whole seconds by 36: what is below a second cannot move them.
CREATE VIEW static_fire_delays AS
WITH delays AS MATERIALIZED (
    SELECT CAST(extract(year FROM date_utc AT TIME ZONE 'UTC') AS bigint) AS year,
        delay_whole_seconds AS seconds, delay_rest_micros AS micros
    FROM launch_figure_inputs WHERE delay_whole_seconds IS NOT NULL
), counted AS (
    SELECT year, count(*) AS launches,
        CAST(sum(seconds) AS bigint) + CAST(sum(micros) AS bigint) / 1000000 AS seconds,
        CAST(sum(seconds / 3600) AS bigint) AS whole_hours,
        max(seconds) AS longest
    FROM delays GROUP BY year
)
SELECT year, launches,
    CAST(CAST((200 * whole_hours + launches) / (2 * launches) AS numeric) / 100 AS numeric(12,2)) AS mean_delay_whole_hours,
    longest / 3600 AS max_delay_whole_hours,
    CAST(CAST((seconds + 18 * launches) / (36 * launches) AS numeric) / 100 AS numeric(12,2)) AS mean_delay_hours,
    CAST(CAST((longest + 18) / 36 AS numeric) / 100 AS numeric(12,2)) AS max_delay_hours,
    make_timestamptz(CAST(year AS integer), 1, 1, 0, 0, 0, 'UTC') AS period_start
FROM counted ORDER BY year;

-- All living launches by their known mass; those without one come last.
CREATE VIEW heaviest_launches AS
SELECT row_number() OVER (ORDER BY l.mass_hundredths DESC NULLS LAST, l.date_utc, l.launch_id) AS position,
    l.launch_id, l.mission_name, l.date_utc, r.name AS rocket_name, p.name AS launchpad_name,
    CAST(CAST(l.mass_hundredths AS numeric) / 100 AS numeric(10,2)) AS total_payload_mass_kg, l.payloads_without_mass,
    l.upcoming = 1 AS upcoming
FROM living_launches l
LEFT JOIN rockets r ON r.rocket_id = l.rocket_id
LEFT JOIN launchpads p ON p.launchpad_id = l.launchpad_id
ORDER BY position;
