DROP VIEW launches_per_month;
DROP VIEW launches_by_month;
DROP VIEW launches_by_year;
DROP VIEW living_launches;
