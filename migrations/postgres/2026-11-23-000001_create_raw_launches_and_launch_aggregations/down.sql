DROP TABLE launch_aggregations;
DROP TABLE raw_launches;
