//! Invoices from a member's wish to the paper, and back where money went back.

mod asking;
mod desk;
mod issuing;
mod reversing;
