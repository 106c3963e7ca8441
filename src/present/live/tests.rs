//! Live predictions as a reader sees them.
