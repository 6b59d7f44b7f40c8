-- One row for each pad that a living launch names.
-- PostgreSQL leaves out what has a tombstone and sends five columns; Trino groups and joins: PostgreSQL may compare
-- text otherwise, so grouping by it is never handed down, nor is the test that it is there.
WITH counted AS (
    SELECT launchpad_id,
        count(*) AS launches, count_if(NOT upcoming) AS flown, count_if(upcoming) AS upcoming,
        count_if(NOT upcoming AND success) AS successes, count_if(NOT upcoming AND NOT success) AS failures,
        count(total_payload_mass_kg) AS with_mass,
        CAST(sum(total_payload_mass_kg) * 100 AS bigint) AS mass_hundredths,
        min(date_utc) AS first_launch, max(date_utc) AS last_launch
    FROM postgresql.public.raw_launches WHERE deleted_at IS NULL AND launchpad_id IS NOT NULL GROUP BY 1
)
SELECT c.launchpad_id, p.name, launches, flown, upcoming, successes, failures,
    CAST((20000 * successes + launches) / NULLIF(2 * launches, 0) * DECIMAL '0.01' AS decimal(5,2)) AS success_rate,
    CAST((20000 * successes + successes + failures) / NULLIF(2 * (successes + failures), 0) * DECIMAL '0.01' AS decimal(5,2)) AS completed_success_rate,
    CAST((2 * mass_hundredths + with_mass) / NULLIF(2 * with_mass, 0) * DECIMAL '0.01' AS decimal(10,2)) AS mean_known_mass_kg,
    first_launch, last_launch
FROM counted c LEFT JOIN postgresql.public.launchpads p ON p.launchpad_id = c.launchpad_id
ORDER BY launches DESC, launchpad_id;
