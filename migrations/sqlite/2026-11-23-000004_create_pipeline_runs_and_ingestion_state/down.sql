DROP TABLE ingestion_state;
DROP TABLE pipeline_runs;
