//! `etl` carries the SpaceX launch history into a database that analysts can trust, and keeps it true.

mod clock;
mod model;
mod source;
mod validate;
