//! How the platform's things look in JSON. Times are Unix seconds, energies kWh, powers W.

mod bill;
mod command;
mod device;
mod html;
mod order;
mod page;
mod reservation;

pub(crate) use bill::{BillOut, KINDS};
pub(crate) use command::CommandOut;
pub(crate) use device::{AdminDeviceOut, DeviceLineOut, DeviceOut, DeviceSummaryOut, PortTallyOut};
pub(crate) use html::html;
pub(crate) use order::{OrderOut, SampleOut, TierOut};
pub(crate) use page::{PageOut, PageQuery};
pub(crate) use reservation::ReservationOut;

use kernel::Timestamp;

/// Unix seconds, where there is an instant.
pub(crate) fn seconds(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::unix_seconds)
}
