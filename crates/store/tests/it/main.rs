//! Contract tests: every repository function on both engines.

mod access;
mod alarms;
mod commands;
mod deliveries;
mod deliveries_lent;
mod devices;
mod events;
mod feedback;
mod fixtures;
mod found;
mod invoices;
mod ledger;
mod literal_sql;
mod logs;
mod many_journals;
mod migrations;
mod orders;
mod outage;
mod ports;
mod promotions;
mod records;
mod schema;
mod sequences;
mod staff;
mod tariffs;
mod verify;
