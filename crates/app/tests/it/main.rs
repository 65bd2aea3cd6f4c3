//! The write side on real databases, with a scripted device in place of sockets.

mod cards;
mod charge;
mod companies;
mod devices;
mod faults;
mod hard;
mod implausible;
mod invoices;
mod money;
mod outage;
mod party_ledgers;
mod paying;
mod plans;
mod presence;
mod promotions;
mod queue;
mod reports;
mod scene;
mod staff;
mod statements;
mod tariffs;
mod toy;
mod withdrawals;
