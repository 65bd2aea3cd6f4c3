//! The sender and the dispatcher against a real receiver over loopback, and real databases.

mod dead_letters;
mod dispatcher;
mod promptness;
mod scene;
mod sender;
