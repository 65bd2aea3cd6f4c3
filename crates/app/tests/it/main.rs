//! The write side on real databases, with a scripted device in place of sockets.

mod cards;
mod charge;
mod closing;
mod devices;
mod faults;
mod gifts;
mod hard;
mod implausible;
mod invoices;
mod money;
mod outage;
mod paying;
mod plans;
mod presence;
mod promotions;
mod queue;
mod reports;
mod scene;
mod settling_speed;
mod staff;
mod tariffs;
mod toy;
mod unmatched;
mod write_off;
