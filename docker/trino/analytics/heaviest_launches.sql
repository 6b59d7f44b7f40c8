-- All living launches by their known mass; those without one come last.
-- PostgreSQL leaves out what has a tombstone and sends eight columns; Trino joins the names, which are few, and sorts:
-- a numbering is not handed down.
SELECT row_number() OVER (ORDER BY l.total_payload_mass_kg DESC NULLS LAST, l.date_utc, l.launch_id) AS position,
    l.launch_id, l.mission_name, l.date_utc, r.name AS rocket_name, p.name AS launchpad_name, l.total_payload_mass_kg,
    CAST(l.payloads_without_mass AS bigint) AS payloads_without_mass, COALESCE(l.upcoming, false) AS upcoming
FROM postgresql.public.raw_launches l
LEFT JOIN postgresql.public.rockets r ON r.rocket_id = l.rocket_id
LEFT JOIN postgresql.public.launchpads p ON p.launchpad_id = l.launchpad_id
WHERE l.deleted_at IS NULL
ORDER BY position;
