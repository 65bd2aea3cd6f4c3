//! Use cases: where a transaction, a decision and a notice meet.
