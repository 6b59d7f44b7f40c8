-- Which run first showed a total of 1, 10, 25, 50, 100 and then every hundredth launch.
-- PostgreSQL sends four columns of every snapshot, once; Trino does the rest, which begins with a running maximum.
WITH snapshots AS (
    SELECT id, total_launches, updated_at, pipeline_run_id,
        COALESCE(max(total_launches) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS shown_before
    FROM postgresql.public.launch_aggregations
)
-- By the hundred thousand first: no list may have more than 10000 elements.
SELECT milestone, total_launches, updated_at AS reached_at, pipeline_run_id, CAST(id AS bigint) AS aggregation_id
FROM snapshots
CROSS JOIN UNNEST(sequence(shown_before / 100000, total_launches / 100000)) AS t (part)
CROSS JOIN UNNEST(IF(part = 0, ARRAY[BIGINT '1', 10, 25, 50], ARRAY[])
    || transform(sequence(0, 999), hundreds -> part * 100000 + hundreds * 100)) AS u (milestone)
WHERE milestone > shown_before AND milestone <= total_launches
ORDER BY milestone;
