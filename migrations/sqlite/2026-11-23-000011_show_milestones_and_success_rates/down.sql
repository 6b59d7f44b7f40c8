DROP VIEW success_rate_by_year;
DROP VIEW success_rate_over_time;
DROP VIEW launch_milestones;
