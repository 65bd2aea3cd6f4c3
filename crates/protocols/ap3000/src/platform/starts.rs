//! Starts and stops as 0x82 has them, and starts of which nobody knows whether they happened.

use super::words;
use crate::codes::{ChargeCmd, Executed, RateMode, ShortCheck, Switch};
use crate::message::{Charge, OrderKey};
use crate::traits::{self, StartForm};
use device::{ChargeMode, ChargePlan, Profile};
use kernel::{CommandId, OrderNo, PortNo, Timestamp};
use std::time::Duration;

/// The state of a socket says something of a start only so long after its last try.
pub(super) const IDLE_COUNTS_AFTER: Duration = Duration::from_secs(30);
/// After so long without any word the outcome stays unknown.
pub(super) const UNCLEAR_MAX: Duration = Duration::from_mins(6);

/// A start that may have happened: two silent tries, or an answer that says nothing.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The stored command.
    pub(super) id: Option<CommandId>,
    /// Its number, should the answer come late.
    pub(super) msg_id: u16,
    /// The socket as on the wire.
    pub(super) port: u8,
    /// The order.
    pub(super) order: OrderKey,
    /// How often it was written.
    pub(super) attempts: u16,
    /// It probably happened: the socket, free before, was already in that state when we repeated
    /// it.
    pub(super) likely: bool,
    /// Its last try.
    pub(super) since: Timestamp,
    /// The device has been asked once the socket's state says something.
    pub(super) asked: bool,
}

impl Watch {
    /// When it wants attention next.
    pub(super) fn due(&self) -> Timestamp {
        self.since
            + if self.asked {
                UNCLEAR_MAX
            } else {
                IDLE_COUNTS_AFTER
            }
    }
}

/// What a socket's state means for a start that may have happened; `runs` is the order that the
/// socket has named, if any. A charge that may be another's confirms nothing.
pub(super) fn judged(
    watch: &Watch,
    (charging, idle): (bool, bool),
    runs: Option<OrderKey>,
    now: Timestamp,
) -> Executed {
    let other = runs.is_some_and(|order| order != watch.order);
    if charging && watch.likely && !other {
        Executed::Yes
    } else if idle && now >= watch.since + IDLE_COUNTS_AFTER {
        Executed::No
    } else {
        Executed::Unclear
    }
}

/// The start of a plan; none when a value does not fit the wire.
pub(super) fn start(plan: &ChargePlan, profile: &Profile) -> Option<(u8, OrderKey, Charge)> {
    let port = words::wire_port(plan.port)?;
    let order = words::order_key(plan.order, plan.serial.as_deref())?;
    let seconds = |duration: Option<u32>| u16::try_from(duration.unwrap_or(0)).ok();
    let (rate_mode, value, longest) = match plan.mode {
        ChargeMode::Time | ChargeMode::Power => (RateMode::Time, seconds(plan.duration_s)?, 0),
        ChargeMode::Energy => {
            let energy = u16::try_from(plan.energy?.centi_kwh()).ok()?;
            // An energy limit is bounded by the longest time, a time limit is not.
            let longest = seconds(plan.duration_s).unwrap_or(u16::MAX);
            (RateMode::Energy, energy, longest)
        }
        ChargeMode::Full => (
            RateMode::Time,
            0,
            seconds(plan.duration_s).unwrap_or(u16::MAX),
        ),
    };
    let overload = plan
        .power_limit
        .map_or(Some(0), |power| power.0.try_into().ok())?;
    let balance = u32::try_from(plan.amount.0.max(0)).unwrap_or(u32::MAX);
    let limits = Limits {
        value,
        longest,
        overload,
        balance,
    };
    let charge = charge(ChargeCmd::Start, rate_mode, port, order, limits, profile);
    Some((port, order, charge))
}

/// The stop of an order; none when its name does not fit the wire.
pub(super) fn stop(
    port: PortNo,
    order: OrderNo,
    serial: Option<&str>,
    profile: &Profile,
) -> Option<(u8, OrderKey, Charge)> {
    let port = words::wire_port(port)?;
    let order = words::order_key(order, serial)?;
    let charge = charge(
        ChargeCmd::Stop,
        RateMode::Time,
        port,
        order,
        Limits::default(),
        profile,
    );
    Some((port, order, charge))
}

#[derive(Clone, Copy, Default)]
struct Limits {
    value: u16,
    longest: u16,
    overload: u16,
    balance: u32,
}

/// As much of 0x82 as the device takes. The short-circuit test is never skipped.
fn charge(
    charge_cmd: ChargeCmd,
    rate_mode: RateMode,
    port: u8,
    order: OrderKey,
    limits: Limits,
    profile: &Profile,
) -> Charge {
    let form = StartForm::of(profile);
    let short = form != StartForm::Oldest;
    let long = matches!(form, StartForm::Full | StartForm::Published37);
    // A value of zero ends when full anyway; stops carry zeros.
    let limited = charge_cmd == ChargeCmd::Start && limits.value > 0;
    let stop_when_full = limited && traits::ends_when_full(profile);
    Charge {
        rate_mode,
        balance_or_expiry: limits.balance,
        port,
        charge_cmd,
        value: limits.value,
        order,
        max_duration_s: short.then_some(limits.longest),
        overload_power_dw: short.then_some(limits.overload),
        qr_light: long.then_some(Switch::On),
        long_charge: long.then_some(0),
        extra_float_s: long.then_some(0),
        skip_short_check: long.then_some(ShortCheck::Done),
        ignore_pull_out: long.then_some(0),
        force_full_stop: long.then_some(u8::from(stop_when_full)),
        full_power_w: long.then_some(0),
        full_power_max_min: (form == StartForm::Full).then_some(0),
    }
}
