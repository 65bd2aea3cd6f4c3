//! The write side on real databases, with a scripted device in place of sockets.

mod cards;
mod charge;
mod devices;
mod faults;
mod hard;
mod implausible;
mod invoices;
mod marketing;
mod money;
mod outage;
mod paying;
mod plans;
mod presence;
mod promotions;
mod queue;
mod reports;
mod scene;
mod staff;
mod tariffs;
mod toy;
