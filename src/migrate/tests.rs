//! The migrator with another set of steps.
