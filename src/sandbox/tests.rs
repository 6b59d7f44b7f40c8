//! The sandbox as a client meets it.
