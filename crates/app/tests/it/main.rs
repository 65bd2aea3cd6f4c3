//! The write side on real databases, with a scripted device in place of sockets.

mod cards;
mod charge;
mod devices;
mod faults;
mod fees;
mod guard;
mod hard;
mod implausible;
mod invoices;
mod money;
mod outage;
mod own_cards;
mod parking;
mod paying;
mod plans;
mod prepaid;
mod presence;
mod promotions;
mod queue;
mod reports;
mod reserving;
mod scene;
mod staff;
mod tariffs;
mod town;
mod toy;
