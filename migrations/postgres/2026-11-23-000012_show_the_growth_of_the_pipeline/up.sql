-- Which run first showed a total of 1, 10, 25, 50, 100 and then every hundredth launch.
CREATE VIEW total_launches_milestones AS
WITH RECURSIVE snapshots AS (
    SELECT id, total_launches, updated_at, pipeline_run_id,
        COALESCE(max(total_launches) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS shown_before
    FROM launch_aggregations
), reached (milestone, total_launches, updated_at, pipeline_run_id, id) AS (
    SELECT CASE WHEN shown_before < 1 THEN 1 WHEN shown_before < 10 THEN 10 WHEN shown_before < 25 THEN 25 WHEN shown_before < 50 THEN 50 ELSE (shown_before / 100 + 1) * 100 END,
        total_launches, updated_at, pipeline_run_id, id
    FROM snapshots
    WHERE total_launches >= CASE WHEN shown_before < 1 THEN 1 WHEN shown_before < 10 THEN 10 WHEN shown_before < 25 THEN 25 WHEN shown_before < 50 THEN 50 ELSE (shown_before / 100 + 1) * 100 END
    UNION ALL
    SELECT CASE WHEN milestone < 1 THEN 1 WHEN milestone < 10 THEN 10 WHEN milestone < 25 THEN 25 WHEN milestone < 50 THEN 50 ELSE (milestone / 100 + 1) * 100 END,
        total_launches, updated_at, pipeline_run_id, id
    FROM reached
    WHERE total_launches >= CASE WHEN milestone < 1 THEN 1 WHEN milestone < 10 THEN 10 WHEN milestone < 25 THEN 25 WHEN milestone < 50 THEN 50 ELSE (milestone / 100 + 1) * 100 END
)
SELECT CAST(milestone AS bigint) AS milestone, total_launches, updated_at AS reached_at, pipeline_run_id, CAST(id AS bigint) AS aggregation_id
FROM reached ORDER BY milestone;

-- What every run added and removed; a launch that came back was added, one that vanished removed.
CREATE VIEW pipeline_growth AS
SELECT r.id AS run, r.pipeline_run_id, r.kind, r.status, r.started_at, r.finished_at,
    r.launches_inserted + r.launches_restored AS added,
    r.launches_deleted AS removed,
    r.launches_inserted + r.launches_restored - r.launches_deleted AS net,
    a.total_launches
FROM pipeline_runs r
LEFT JOIN (
    SELECT pipeline_run_id, max(id) AS id FROM launch_aggregations
    WHERE pipeline_run_id IS NOT NULL GROUP BY pipeline_run_id) AS latest ON latest.pipeline_run_id = r.pipeline_run_id
LEFT JOIN launch_aggregations a ON a.id = latest.id
ORDER BY r.id;
