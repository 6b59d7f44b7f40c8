DROP TRIGGER launch_aggregations_refuse_change ON launch_aggregations;
DROP TRIGGER raw_launches_refuse_delete ON raw_launches;
DROP TRIGGER raw_launches_keep_revision ON raw_launches;
DROP TABLE raw_launch_revisions;
DROP FUNCTION refuse_change();
DROP FUNCTION raw_launches_keep_revision();
