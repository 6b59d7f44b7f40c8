//! What can be typed.

pub(crate) mod sandbox;
