//! The console: who gets in, what they may do, whose rows and which fields they see.

mod export;
mod fields;
mod login;
mod roles;
mod second_person;
mod service_rows;
mod walk;
mod world;
