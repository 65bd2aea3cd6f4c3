//! Ports at which nobody can start a charge while an alarm is open: the meter is broken, the relay
//! sticks, three starts in a row have failed. The alarm is the lock: where it ends, by itself or
//! because somebody says that it is mended, the port may be used again.

use crate::transact::Aftermath;
use crate::{App, AppError, LiveDevice};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::{News, Order};
use kernel::{PhyId, PortNo};
use store::Tx;
use store::alarms::AlarmRow;

/// So many failed starts in a row are the port's fault (domain §17).
const FAILED_STARTS_MAX: u8 = 3;

/// An open alarm that keeps ports from being used: its cause, its port, or none for all of the
/// device's, and the fault by which it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortLock {
    code: AlarmCode,
    port: Option<PortNo>,
    fault_code: Option<u32>,
}

impl PortLock {
    /// None for an alarm that locks nothing.
    pub(crate) fn of(alarm: &Alarm) -> Option<Self> {
        let locks = alarm.code.locks_port() && alarm.order.is_none();
        locks.then_some(Self {
            code: alarm.code,
            port: alarm.port,
            fault_code: alarm.fault_code,
        })
    }

    /// The same of a stored alarm.
    pub(crate) fn of_row(row: &AlarmRow) -> Option<Self> {
        let code = AlarmCode::parse(&row.code).filter(|code| code.locks_port())?;
        let told = row
            .details
            .get("fault_code")
            .and_then(serde_json::Value::as_u64);
        matches!(row.object_type.as_str(), "device" | "port").then_some(Self {
            code,
            port: row.port_no,
            fault_code: told.and_then(|code| u32::try_from(code).ok()),
        })
    }
}

impl LiveDevice {
    /// Whether an alarm keeps a port from being used.
    pub(crate) fn locks(&self, port: PortNo) -> bool {
        let here = |lock: &PortLock| lock.port.is_none_or(|own| own == port);
        self.locked_by.iter().any(here)
    }

    /// Remembers that an alarm which locks is open, or over.
    pub(crate) fn set_lock(&mut self, lock: PortLock, open: bool) {
        self.locked_by.retain(|known| *known != lock);
        if open {
            self.locked_by.push(lock);
        } else if lock.code == AlarmCode::StartFailed
            && let Some(port) = lock.port
        {
            self.port_mut(port).failed_starts = 0;
        }
    }
}

impl App {
    /// Counts starts of a port that failed one after the other, in the transaction of the order;
    /// the third locks the port.
    pub(crate) async fn count_start_in(
        &self,
        tx: &mut Tx,
        order: &Order,
        news: &News,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let failed = match news {
            News::Started => false,
            News::Failed { .. } => true,
            _ => return Ok(()),
        };
        let (device, port) = (&order.phy_id, order.port_no);
        let before = self.live.read(device, |live| {
            live.port(port).map_or(0, |port| port.failed_starts)
        });
        let before = before.unwrap_or(0);
        if failed && before.saturating_add(1) >= FAILED_STARTS_MAX {
            let message = format!("{FAILED_STARTS_MAX} starts in a row have failed");
            let alarm = Alarm::of_port(AlarmCode::StartFailed, port, message);
            self.raise_in(tx, device, order.device_id, &alarm, after)
                .await?;
        }
        if failed || before > 0 {
            after.starts.push((device.clone(), port, failed));
        }
        Ok(())
    }

    /// Remembers how a start of a port ended, once that is durable.
    pub(crate) fn note_start(&self, device: &PhyId, port: PortNo, failed: bool) {
        self.live.change(device, |live| {
            let port = live.port_mut(port);
            port.failed_starts = if failed {
                port.failed_starts.saturating_add(1)
            } else {
                0
            };
        });
    }
}
