-- The rates after each flown launch, over it and all that flew before.
-- PostgreSQL picks the flown launches without a tombstone and sends four columns, once; Trino numbers them, which is not
-- handed down.
WITH numbered AS (
    SELECT launch_id, mission_name, date_utc, success,
        row_number() OVER (ORDER BY date_utc, launch_id) AS flown,
        count_if(success) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS successes,
        count_if(NOT success) OVER (ORDER BY date_utc, launch_id ROWS UNBOUNDED PRECEDING) AS failures
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL AND NOT upcoming
)
SELECT date_utc, launch_id, mission_name, success, flown, successes, failures,
    CAST((20000 * successes + flown) / NULLIF(2 * flown, 0) * DECIMAL '0.01' AS decimal(5,2)) AS success_rate,
    CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS completed_success_rate
FROM numbered ORDER BY date_utc, launch_id;
