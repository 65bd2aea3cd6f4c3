//! The sender and the dispatcher against a real receiver over loopback, and real databases; mail
//! and issuers of invoices against servers of their own.

mod dead_letters;
mod dispatcher;
mod issuers;
mod letters;
mod promptness;
mod scene;
mod sender;
