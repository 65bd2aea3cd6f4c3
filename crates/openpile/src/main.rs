//! The `openpile` program.
fn main() {}
