//! Webhooks against a real receiver over loopback and real databases; payment channels against
//! servers that behave like the platforms.

mod dead_letters;
mod dispatcher;
mod payment;
mod promptness;
mod scene;
mod sender;
