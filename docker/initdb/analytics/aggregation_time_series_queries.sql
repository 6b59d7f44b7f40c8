-- Questions to the figures as they grew, for psql:
--
--   docker exec -it postgres psql -U postgres -d mydatabase -f /docker-entrypoint-initdb.d/analytics/aggregation_time_series_queries.sql
--
-- The image runs only the files beside this folder at its first start, not those in it: there are no tables yet then.
-- What the columns mean: docs/FIGURES.md.

\echo 'The figures as they are'
SELECT total_launches, total_successful_launches, total_failed_launches, total_upcoming_launches, success_rate, completed_success_rate,
    average_payload_mass_kg, average_delay_hours, total_launch_sites, earliest_launch_date, latest_launch_date, updated_at
FROM launch_aggregations ORDER BY id DESC LIMIT 1;

\echo 'The last twenty snapshots, and what each changed'
SELECT id, updated_at, snapshot_type, launches_added_in_batch AS added, total_launches,
    total_launches - lag(total_launches) OVER w AS launches_more,
    success_rate, success_rate - lag(success_rate) OVER w AS success_rate_more,
    completed_success_rate, completed_success_rate - lag(completed_success_rate) OVER w AS completed_success_rate_more,
    pipeline_run_id
FROM launch_aggregations WINDOW w AS (ORDER BY id) ORDER BY id DESC LIMIT 20;

\echo 'Snapshots by day'
SELECT date_trunc('day', updated_at AT TIME ZONE 'UTC')::date AS day, count(*) AS snapshots, sum(launches_added_in_batch) AS added,
    max(total_launches) AS most_launches, min(completed_success_rate) AS lowest_rate, max(completed_success_rate) AS highest_rate
FROM launch_aggregations GROUP BY 1 ORDER BY 1 DESC LIMIT 30;

\echo 'Snapshots by kind'
SELECT snapshot_type, count(*) AS snapshots, sum(launches_added_in_batch) AS added, min(updated_at) AS first, max(updated_at) AS last
FROM launch_aggregations GROUP BY 1 ORDER BY 2 DESC, 1;

\echo 'Which run first showed a total of 1, 10, 25, 50, 100 and every further hundredth launch'
SELECT * FROM total_launches_milestones;

\echo 'What the last twenty runs added and removed'
SELECT * FROM pipeline_growth ORDER BY run DESC LIMIT 20;

\echo 'Launches by year'
SELECT * FROM launches_by_year;

\echo 'Launches a month'
SELECT * FROM launches_per_month;

\echo 'Do they get better? The rates by year, and running'
SELECT * FROM success_rate_by_year;

\echo 'Launch sites'
SELECT * FROM launch_sites;

\echo 'From static fire to launch, by year'
SELECT * FROM static_fire_delays;

\echo 'The ten heaviest launches'
SELECT * FROM heaviest_launches ORDER BY position LIMIT 10;
