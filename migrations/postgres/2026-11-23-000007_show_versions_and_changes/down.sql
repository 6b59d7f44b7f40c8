DROP VIEW launch_changes;
DROP VIEW launch_versions;
