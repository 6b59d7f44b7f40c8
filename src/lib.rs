//! `etl` carries the SpaceX launch history into a database that analysts can trust, and keeps it true.

mod aggregate;
mod clock;
mod db;
mod load;
mod migrate;
mod model;
mod pipeline;
mod schema;
mod secret;
mod source;
mod sql_types;
mod validate;
mod views;
