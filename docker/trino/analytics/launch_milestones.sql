-- When the 1st, 10th, 25th, 50th, 100th and then every hundredth launch flew, and the same of the successes.
-- PostgreSQL picks the flown launches without a tombstone and sends four columns, once; Trino numbers them, which is not
-- handed down.
WITH numbered AS (
    SELECT launch_id, mission_name, date_utc, success,
        row_number() OVER (ORDER BY date_utc, launch_id) AS launches,
        count_if(success) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS successes
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL AND NOT upcoming
)
SELECT counted, milestone, date_utc, launch_id, mission_name
FROM numbered
CROSS JOIN UNNEST(ARRAY['launches', 'successes'], ARRAY[launches, IF(success, successes)]) AS t (counted, milestone)
WHERE milestone IN (1, 10, 25, 50) OR milestone % 100 = 0
ORDER BY counted, milestone;
