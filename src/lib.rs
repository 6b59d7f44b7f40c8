//! `etl` carries the SpaceX launch history into a database that analysts can trust, and keeps it true.

mod cli;
mod clock;
mod commands;
mod model;
pub mod sandbox;
