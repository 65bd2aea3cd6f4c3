//! Webhooks: events of the outbox, signed and posted to the addresses of third parties.
//!
//! The rows of the outbox are the truth. An event is sent until its receiver has answered 2xx,
//! has refused it, or all retries are used up; a crash at any point means that some event may be
//! sent twice, never that one is lost. Receivers recognise repeats by `event_id`.
//!
//! * [`signature`]: the canonical form, also for calls that we receive;
//! * [`target`]: which addresses may be called;
//! * [`envelope`]: the body; [`sender`]: one attempt; [`answer`]: what its outcome means;
//! * [`schedule`]: when it is tried again; [`Dispatcher`]: all of it, running.

pub mod answer;
mod dispatcher;
pub mod envelope;
mod figures;
mod lanes;
mod outbox;
mod receivers;
pub(crate) mod resolver;
pub mod schedule;
pub mod sender;
pub mod signature;
pub mod target;

pub use dispatcher::{Dispatcher, Settings};
pub use lanes::Limits;
pub use receivers::OperatorReceiver;
pub(crate) use resolver::GuardedResolver;
