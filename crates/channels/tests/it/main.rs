//! Webhooks against a real receiver over loopback and real databases; payment channels, mail and
//! issuers of invoices against servers that behave like the real ones.

mod chat;
mod dead_letters;
mod dispatcher;
mod issuers;
mod letters;
mod parking;
mod payment;
mod promptness;
mod scene;
mod sender;
mod texts;
