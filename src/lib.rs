//! `etl` carries the SpaceX launch history into a database that analysts can trust, and keeps it true.

mod clock;
mod db;
mod model;
mod schema;
mod secret;
mod sql_types;
mod views;
