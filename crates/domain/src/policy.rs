//! Every number of the order's life that an operator may change, with its default.

use crate::order::ServiceFeeMode;
use device::{LimitsKept, OfflinePolicy};
use kernel::Timestamp;
use std::time::Duration;

/// Seconds in a minute, to keep the table below readable.
const MINUTE: u64 = 60;
/// Seconds in an hour.
const HOUR: u64 = 3600;

/// A start command lives so long; a socket must not switch on hours after it was paid for.
pub const START_TTL: Duration = Duration::from_secs(10 * MINUTE);
/// After the device accepted a start, the user has so long to plug in.
pub const PLUG_TIMEOUT: Duration = Duration::from_secs(10 * MINUTE);
/// A pending order older than this is worth a warning and a look at the port.
pub const PENDING_WARNING: Duration = Duration::from_secs(5 * MINUTE);
/// A charging order without any sign of life for so long is closed (R-STUCK).
pub const STUCK_TIMEOUT: Duration = Duration::from_secs(30 * MINUTE);
/// An order whose device has been offline for so long is closed provisionally (R-OFFLINE).
pub const OFFLINE_COMPLETE: Duration = Duration::from_secs(5 * MINUTE);
/// A device offline for so long raises an alarm.
pub const OFFLINE_ALARM: Duration = Duration::from_secs(5 * MINUTE);
/// Unused money of a provisional completion stays frozen for so long. AP3000 repeats a missed
/// record after 30 minutes, hence a little more.
pub const HOLD: Duration = Duration::from_secs(40 * MINUTE);
/// A late end report corrects a provisional bill for so long.
pub const CORRECTION_WINDOW: Duration = Duration::from_secs(24 * HOUR);
/// Grace after the paid time before R-OVERDUE.
pub const OVERDUE_GRACE: Duration = Duration::from_secs(5 * MINUTE);
/// Longest charge (R-MAX).
pub const MAX_DURATION: Duration = Duration::from_secs(24 * HOUR);
/// How often a charging device reports when its profile does not say.
pub const REPORT_INTERVAL: Duration = Duration::from_secs(5 * MINUTE);
/// How often the shell runs the rules at most.
pub const SWEEP_PERIOD: Duration = Duration::from_secs(MINUTE);
/// After a port fault the device's own end report is awaited for so long.
pub const FAULT_WAIT: Duration = Duration::from_secs(10);
/// After a stop command the end report is awaited for so long, each time.
pub const STOP_WAIT: Duration = Duration::from_secs(MINUTE);
/// A stop without effect is repeated so often, then the port is asked, then the order closed.
pub const STOP_RETRIES: i16 = 3;
/// So many idle reports in a row say that a charge is over.
pub const IDLE_REPORTS: i16 = 2;
/// Idle reports after a restart of the device must span this much, so that a pending end report
/// can arrive first (BKV delivers it about 2.5 s after connecting).
pub const LOST_CONFIRM: Duration = Duration::from_secs(5);
/// Idle reports without a restart must span this much.
pub const IDLE_CONFIRM: Duration = Duration::from_secs(MINUTE);
/// An order is re-opened at most so often.
pub const MAX_REOPENS: i16 = 20;
/// A device's answer to a command is awaited for so long.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(10);
/// A command is repeated at most so often.
pub const COMMAND_RETRIES: i16 = 3;
/// A stop command that outlives its order dies after this.
pub const STOP_TTL: Duration = Duration::from_secs(24 * HOUR);
/// Parameters, socket lists and voice settings wait for an offline device so long.
pub const PARAMS_TTL: Duration = Duration::from_secs(24 * HOUR);
/// Firmware commands wait for an offline device so long.
pub const FIRMWARE_TTL: Duration = Duration::from_secs(24 * HOUR);
/// A question about the present state is worthless after this.
pub const QUERY_TTL: Duration = Duration::from_secs(2 * MINUTE);
/// Every n-th heartbeat of a device is announced.
pub const HEARTBEAT_SAMPLE: u64 = 10;
/// Progress is announced whenever so many more seconds have been charged.
pub const PROGRESS_INTERVAL_S: i64 = 60;
/// `device.registered` is announced at most once in this time per device.
pub const REGISTERED_INTERVAL: Duration = Duration::from_secs(MINUTE);
/// A port fault clears after so many clean reports in a row …
pub const FAULT_CLEAR_REPORTS: u8 = 2;
/// … or after so long without a faulty one.
pub const FAULT_CLEAR_AFTER: Duration = Duration::from_secs(30);
/// A device clock that is off by more raises `device_clock_drift`.
pub const CLOCK_DRIFT: Duration = Duration::from_secs(2 * MINUTE);
/// A charging port without a status for so long raises `status_report_gap`.
pub const STATUS_GAP: Duration = Duration::from_secs(10 * MINUTE);
/// A socket at this temperature raises `temp_high`, in °C.
pub const TEMP_HIGH_C: i16 = 85;

/// What a start on a busy port does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PortConflictPolicy {
    /// It is refused with 409.
    #[default]
    Reject,
    /// The older order is ended and the new one takes the port.
    Replace,
}

impl PortConflictPolicy {
    /// From the configuration's text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "reject" => Some(Self::Reject),
            "replace" => Some(Self::Replace),
            _ => None,
        }
    }
}

/// The numbers in force. One value per protocol family: `offline_policy` and
/// `report_interval` come from the device's profile, see [`Policy::for_device`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// See [`START_TTL`].
    pub start_ttl: Duration,
    /// See [`PLUG_TIMEOUT`].
    pub plug_timeout: Duration,
    /// See [`PENDING_WARNING`].
    pub pending_warning: Duration,
    /// See [`STUCK_TIMEOUT`].
    pub stuck_timeout: Duration,
    /// See [`OFFLINE_COMPLETE`].
    pub offline_complete: Duration,
    /// See [`OFFLINE_ALARM`].
    pub offline_alarm: Duration,
    /// What R-OFFLINE does.
    pub offline_policy: OfflinePolicy,
    /// See [`HOLD`].
    pub hold: Duration,
    /// See [`CORRECTION_WINDOW`].
    pub correction_window: Duration,
    /// See [`OVERDUE_GRACE`].
    pub overdue_grace: Duration,
    /// See [`MAX_DURATION`].
    pub max_duration: Duration,
    /// See [`REPORT_INTERVAL`].
    pub report_interval: Duration,
    /// Which limits the device keeps by itself; the platform watches the others.
    pub keeps: LimitsKept,
    /// A stop may wait for a device that is away; see [`DeviceRules::stops_wait`].
    pub stops_wait: bool,
    /// See [`SWEEP_PERIOD`].
    pub sweep_period: Duration,
    /// See [`FAULT_WAIT`].
    pub fault_wait: Duration,
    /// See [`STOP_WAIT`].
    pub stop_wait: Duration,
    /// See [`STOP_RETRIES`].
    pub stop_retries: i16,
    /// See [`IDLE_REPORTS`].
    pub idle_reports: i16,
    /// See [`LOST_CONFIRM`].
    pub lost_confirm: Duration,
    /// See [`IDLE_CONFIRM`].
    pub idle_confirm: Duration,
    /// See [`MAX_REOPENS`].
    pub max_reopens: i16,
    /// See [`ACK_TIMEOUT`].
    pub ack_timeout: Duration,
    /// See [`COMMAND_RETRIES`].
    pub command_retries: i16,
    /// See [`HEARTBEAT_SAMPLE`].
    pub heartbeat_sample: u64,
    /// See [`PROGRESS_INTERVAL_S`].
    pub progress_interval_s: i64,
    /// See [`REGISTERED_INTERVAL`].
    pub registered_interval: Duration,
    /// See [`FAULT_CLEAR_REPORTS`].
    pub fault_clear_reports: u8,
    /// See [`FAULT_CLEAR_AFTER`].
    pub fault_clear_after: Duration,
    /// See [`CLOCK_DRIFT`].
    pub clock_drift: Duration,
    /// See [`STATUS_GAP`].
    pub status_gap: Duration,
    /// See [`TEMP_HIGH_C`].
    pub temp_high_c: i16,
    /// Since when this program listens. Silence before then was its own, not the devices'.
    pub listening_since: Timestamp,
    /// What a start on a busy port does.
    pub port_conflict: PortConflictPolicy,
    /// What the third-party service fee does to the bill.
    pub service_fee_mode: ServiceFeeMode,
}

impl Policy {
    /// The same numbers for a device that is peculiar in this way.
    #[must_use]
    pub const fn for_device(&self, own: DeviceRules) -> Self {
        Self {
            offline_policy: own.offline_policy,
            report_interval: own.report_interval,
            keeps: own.keeps,
            stops_wait: own.stops_wait,
            ..*self
        }
    }
}

/// What a device's protocol adds to the numbers in force.
#[derive(Clone, Copy, Debug)]
pub struct DeviceRules {
    /// What becomes of its orders when it stays away.
    pub offline_policy: OfflinePolicy,
    /// How often it reports while it charges.
    pub report_interval: Duration,
    /// Which limits it keeps by itself.
    pub keeps: LimitsKept,
    /// A stop may wait for it while it is away. Otherwise it would hit whoever charges next.
    pub stops_wait: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            start_ttl: START_TTL,
            plug_timeout: PLUG_TIMEOUT,
            pending_warning: PENDING_WARNING,
            stuck_timeout: STUCK_TIMEOUT,
            offline_complete: OFFLINE_COMPLETE,
            offline_alarm: OFFLINE_ALARM,
            offline_policy: OfflinePolicy::Complete,
            hold: HOLD,
            correction_window: CORRECTION_WINDOW,
            overdue_grace: OVERDUE_GRACE,
            max_duration: MAX_DURATION,
            report_interval: REPORT_INTERVAL,
            keeps: LimitsKept {
                time: true,
                energy: true,
                amount: false,
            },
            stops_wait: true,
            sweep_period: SWEEP_PERIOD,
            fault_wait: FAULT_WAIT,
            stop_wait: STOP_WAIT,
            stop_retries: STOP_RETRIES,
            idle_reports: IDLE_REPORTS,
            lost_confirm: LOST_CONFIRM,
            idle_confirm: IDLE_CONFIRM,
            max_reopens: MAX_REOPENS,
            ack_timeout: ACK_TIMEOUT,
            command_retries: COMMAND_RETRIES,
            heartbeat_sample: HEARTBEAT_SAMPLE,
            progress_interval_s: PROGRESS_INTERVAL_S,
            registered_interval: REGISTERED_INTERVAL,
            fault_clear_reports: FAULT_CLEAR_REPORTS,
            fault_clear_after: FAULT_CLEAR_AFTER,
            clock_drift: CLOCK_DRIFT,
            status_gap: STATUS_GAP,
            temp_high_c: TEMP_HIGH_C,
            listening_since: Timestamp(i64::MIN),
            port_conflict: PortConflictPolicy::Reject,
            service_fee_mode: ServiceFeeMode::Informational,
        }
    }
}
