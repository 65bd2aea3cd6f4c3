//! The API over a real database, from the envelope down to the socket.

mod access;
mod administration;
mod back_office;
mod bad_input;
mod console;
mod contract;
mod documented;
mod engagement;
mod every_operation;
mod fleet;
mod invoices;
mod lab;
mod left_out;
mod limits;
mod members;
mod operations;
mod own_refunds;
mod own_things;
mod packed;
mod plain_words;
mod repeats;
mod schema;
mod schema_names;
mod socket;
mod tls;
mod unknown_words;
