DROP VIEW pipeline_growth;
DROP VIEW total_launches_milestones;
