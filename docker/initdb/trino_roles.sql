-- The two roles that Trino logs in as, and the two tables of the lake's catalog. The image of PostgreSQL runs this at
-- the first start of an empty volume; elsewhere the owner of the tables does, as often as wanted:
--
--   TRINO_READER_PASSWORD=... TRINO_LAKE_PASSWORD=... psql -f docker/initdb/trino_roles.sql "$DATABASE_URL"
--
-- It needs psql 15 or later, and whoever runs it may create roles. Tables that another role makes later are not
-- covered: ALTER DEFAULT PRIVILEGES FOR ROLE that_role ... says it for those.
\set ON_ERROR_STOP on
\getenv reader_password TRINO_READER_PASSWORD
\getenv lake_password TRINO_LAKE_PASSWORD
BEGIN;

SELECT format('CREATE ROLE %I LOGIN', wanted) FROM unnest(ARRAY['trino_reader', 'trino_lake']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec
ALTER ROLE trino_reader PASSWORD :'reader_password';
ALTER ROLE trino_lake PASSWORD :'lake_password';
SELECT format('GRANT CONNECT ON DATABASE %I TO trino_reader, trino_lake', current_database()) \gexec

-- It reads every table, those that come later too, and writes none.
GRANT USAGE ON SCHEMA public TO trino_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO trino_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO trino_reader;

-- It keeps the list of Iceberg tables, and sees nothing else.
CREATE SCHEMA IF NOT EXISTS lake;
CREATE TABLE IF NOT EXISTS lake.iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS lake.iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255),
    property_value VARCHAR(1000),
    PRIMARY KEY (catalog_name, namespace, property_key));
GRANT USAGE ON SCHEMA lake TO trino_lake;
GRANT SELECT, INSERT, UPDATE, DELETE ON lake.iceberg_tables, lake.iceberg_namespace_properties TO trino_lake;

COMMIT;
