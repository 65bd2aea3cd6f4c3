//! Everything that can happen to an order, and the one function that makes it happen.

use super::{
    NewLimits, Order, Transition, adjust, connectivity, end, fault, person, progress, review,
    start, stop,
};
use crate::policy::Policy;
use device::{ChargeKey, EndReason, EndReport, Fault, Progress, Refusal};
use kernel::{Energy, Timestamp};

/// What is true around the order while an event is applied.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// The numbers in force for this device.
    pub policy: &'a Policy,
    /// Another order is active on the port.
    pub port_taken: bool,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderEvent {
    /// What was to be paid before it begins has been paid.
    Paid {
        /// Its device is connected.
        connected: bool,
    },
    /// The start command has been handed to the socket.
    StartWritten,
    /// The device accepted the start command; charging begins with its confirmation.
    StartAccepted {
        /// The session number that the device gave.
        session: Option<u16>,
    },
    /// The device, or the link, refused the start command.
    StartRefused(Refusal),
    /// No answer to the start command after all tries.
    StartLapsed,
    /// The start command grew too old in the queue and was never written.
    StartExpired,
    /// The device begins, or refuses to begin, an order that it accepted before.
    Confirmed {
        /// True when charging begins.
        accepted: bool,
    },
    /// A status report showed the order running, without meter values.
    SeenCharging {
        /// How the device named it.
        charge: ChargeKey,
    },
    /// Meter values.
    Progress(Progress),
    /// The device learnt which vehicle it charges.
    VehicleSeen {
        /// Vehicle identification number.
        vin: String,
    },
    /// The device runs a charge that it began by itself at the order's port, by a name of its own.
    OtherCharge,
    /// A status report showed the port without this order.
    SeenIdle,
    /// The port reports a fault.
    PortFault(Fault),
    /// The device's end report, already identified as this order's.
    Ended(EndReport),
    /// The stop command was accepted.
    StopAccepted,
    /// The stop command was refused.
    StopRefused(Refusal),
    /// No answer to the stop command after all tries.
    StopLapsed,
    /// The device took over new limits.
    Adjusted(NewLimits),
    /// The device, or the box behind the gateway that has the port, is offline.
    DeviceOffline {
        /// Since when.
        since: Timestamp,
    },
    /// It is back.
    DeviceOnline,
    /// It registered anew on a new session.
    DeviceRegistered,
    /// Somebody wants it to end. A pending order is cancelled.
    StopRequested {
        /// What the order ends with: [`EndReason::RemoteStop`] from the API.
        reason: EndReason,
        /// Who.
        actor: Actor,
    },
    /// A newer order takes the port (policy replace).
    Replaced,
    /// An operator decides on a held bill.
    Reviewed {
        /// What the energy proved to be; none when it is right as it is.
        energy: Option<Energy>,
        /// The audited reason.
        reason: String,
    },
    /// An administrator ends it with the last known values.
    ForceFinished {
        /// The audited reason.
        reason: String,
    },
    /// An administrator cancels it; nothing is billed.
    ForceCancelled {
        /// The audited reason.
        reason: String,
    },
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The third-party API, with the reason it gave.
    Api(Option<String>),
    /// The member's app.
    Member,
    /// The card that started it was swiped again.
    Card,
    /// An administrator.
    Admin,
    /// A rule of the platform.
    Platform,
}

/// A person's wish that cannot be fulfilled. What devices say is never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// The order has ended already: "active session not found", 404.
    #[error("order is not active")]
    NotActive,
    /// Only a charging order can be finished.
    #[error("order is not charging")]
    NotCharging,
    /// Only a held bill can be decided on.
    #[error("bill is not held")]
    NotHeld,
}

/// Moves an order on by one event.
///
/// # Errors
/// Only for what people ask ([`OrderEvent::StopRequested`], [`OrderEvent::Replaced`], the two
/// forced ends); a device's word always gives a transition, if only an empty one.
pub fn apply(
    order: &Order,
    event: OrderEvent,
    ctx: &Context<'_>,
) -> Result<Transition, NotPossible> {
    Ok(match event {
        OrderEvent::Paid { connected } => start::paid(order, connected, ctx),
        OrderEvent::StartWritten => start::written(order, ctx),
        OrderEvent::StartAccepted { session } => start::accepted(order, session, ctx),
        OrderEvent::StartRefused(refusal) => start::refused(order, &refusal, ctx),
        OrderEvent::StartLapsed => start::lapsed(order, ctx),
        OrderEvent::StartExpired => start::expired(order, ctx),
        OrderEvent::Confirmed { accepted } => start::confirmed(order, accepted, ctx),
        OrderEvent::SeenCharging { charge } => progress::seen_charging(order, &charge, ctx),
        OrderEvent::Progress(report) => progress::progress(order, &report, ctx),
        OrderEvent::VehicleSeen { vin } => progress::vehicle_seen(order, vin, ctx),
        OrderEvent::OtherCharge => progress::other_charge(order, ctx),
        OrderEvent::SeenIdle => fault::seen_idle(order, ctx),
        OrderEvent::PortFault(fault) => fault::port_fault(order, fault, ctx),
        OrderEvent::Ended(report) => end::ended(order, &report, ctx),
        OrderEvent::StopAccepted => stop::accepted(order, ctx),
        OrderEvent::StopRefused(_) => stop::refused(order, ctx),
        OrderEvent::StopLapsed => Transition::unchanged(order),
        OrderEvent::Adjusted(limits) => adjust::adjusted(order, &limits, ctx),
        OrderEvent::DeviceOffline { since } => connectivity::offline(order, since, ctx),
        OrderEvent::DeviceOnline => connectivity::online(order, ctx),
        OrderEvent::DeviceRegistered => connectivity::registered(order, ctx),
        OrderEvent::StopRequested { reason, actor } => stop::requested(order, reason, &actor, ctx)?,
        OrderEvent::Replaced => person::replaced(order, ctx)?,
        OrderEvent::Reviewed { energy, reason } => review::reviewed(order, energy, reason, ctx)?,
        OrderEvent::ForceFinished { reason } => person::force_finished(order, reason, ctx)?,
        OrderEvent::ForceCancelled { reason } => person::force_cancelled(order, reason, ctx)?,
    })
}
