-- When the 1st, 10th, 25th, 50th, 100th and then every hundredth launch flew, and the same of the successes.
CREATE VIEW launch_milestones AS
WITH numbered AS (
    SELECT launch_id, mission_name, date_utc, succeeded,
        row_number() OVER (ORDER BY date_utc, launch_id) AS launches,
        sum(succeeded) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS successes
    FROM living_launches WHERE flown = 1
), marked AS (
    SELECT launch_id, mission_name, date_utc, launches, successes,
        launches IN (1, 10, 25, 50) OR launches % 100 = 0 AS is_launch,
        succeeded = 1 AND (successes IN (1, 10, 25, 50) OR successes % 100 = 0) AS is_success
    FROM numbered
), few AS MATERIALIZED (
    SELECT * FROM marked WHERE is_launch OR is_success
), milestones AS (
    SELECT 'launches' AS counted, launches AS milestone, date_utc, launch_id, mission_name FROM few WHERE is_launch
    UNION ALL
    SELECT 'successes', successes, date_utc, launch_id, mission_name FROM few WHERE is_success
)
SELECT counted, milestone, date_utc, launch_id, mission_name
FROM milestones ORDER BY counted, milestone;

-- The rates after each flown launch, over it and all that flew before.
CREATE VIEW success_rate_over_time AS
WITH numbered AS (
    SELECT launch_id, mission_name, date_utc,
        CASE WHEN succeeded = 1 THEN true WHEN failed = 1 THEN false END AS success,
        row_number() OVER (ORDER BY date_utc, launch_id) AS flown,
        sum(succeeded) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS successes,
        sum(failed) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS failures
    FROM living_launches WHERE flown = 1
)
SELECT date_utc, launch_id, mission_name, success, flown, successes, failures,
    ((20000 * successes + flown) / NULLIF(2 * flown, 0)) / 100.0 AS success_rate,
    ((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0)) / 100.0 AS completed_success_rate
FROM numbered ORDER BY date_utc, launch_id;

-- The rates of each year in which a launch flew, and those from the first launch to the end of that year.
CREATE VIEW success_rate_by_year AS
WITH running AS (
    SELECT year, period_start, flown, successes, failures, unknown,
        sum(flown) OVER (ORDER BY year) AS running_flown,
        sum(successes) OVER (ORDER BY year) AS running_successes,
        sum(failures) OVER (ORDER BY year) AS running_failures
    FROM launches_by_year WHERE flown > 0
)
SELECT year, flown, successes, failures, unknown,
    ((20000 * successes + flown) / NULLIF(2 * flown, 0)) / 100.0 AS success_rate,
    ((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0)) / 100.0 AS completed_success_rate,
    ((20000 * running_successes + running_flown) / NULLIF(2 * running_flown, 0)) / 100.0 AS running_success_rate,
    ((20000 * running_successes + running_successes + running_failures) / NULLIF(2 * (running_successes + running_failures), 0)) / 100.0 AS running_completed_success_rate,
    period_start
FROM running ORDER BY year;
