-- What every run added and removed; a launch that came back was added, one that vanished removed.
-- PostgreSQL sends the columns of both tables, each once; Trino joins them: PostgreSQL may compare text otherwise, so
-- grouping by it is never handed down.
WITH latest AS (
    SELECT pipeline_run_id, max_by(total_launches, id) AS total_launches
    FROM postgresql.public.launch_aggregations WHERE pipeline_run_id IS NOT NULL GROUP BY pipeline_run_id
)
SELECT r.id AS run, r.pipeline_run_id, r.kind, r.status, r.started_at, r.finished_at,
    r.launches_inserted + r.launches_restored AS added,
    r.launches_deleted AS removed,
    r.launches_inserted + r.launches_restored - r.launches_deleted AS net,
    latest.total_launches
FROM postgresql.public.pipeline_runs r
LEFT JOIN latest ON latest.pipeline_run_id = r.pipeline_run_id
ORDER BY run;
