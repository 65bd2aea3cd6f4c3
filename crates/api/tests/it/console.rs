//! The console: who gets in, what they may do, whose rows and which fields they see.

mod abuse;
mod edition;
mod export;
mod fields;
mod kept;
mod live_pages;
mod login;
mod look_as;
mod money_fields;
mod once;
mod orders;
mod payers;
mod places;
mod roles;
mod screen;
mod second_person;
mod service_rows;
mod story;
mod system;
mod traces;
mod walk;
mod withdrawals;
mod world;
