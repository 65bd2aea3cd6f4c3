//! The world outside that we call.
//!
//! [`webhook`] tells third parties what happened. [`payment`] moves money through WeChat Pay,
//! Alipay or the mock channel. Nothing here is in the way of a charge: events are rows of the
//! outbox before this crate sees them, and a receiver that is slow, hostile or gone costs nobody
//! else anything. [`chat`] posts in the groups of the staff, [`sms`] and [`mail`] write to people,
//! [`invoice`] has invoices issued, [`parking`] tells car parks who charged, [`camera`] looks at
//! stations.

pub mod camera;
pub mod chat;
mod client;
pub mod invoice;
pub mod mail;
pub mod parking;
pub mod payment;
pub mod sms;
pub mod webhook;
