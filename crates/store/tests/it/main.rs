//! Contract tests: every repository function on both engines.

mod schema;
