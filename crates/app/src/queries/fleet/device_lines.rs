use super::PortTally;
use crate::queries::{DeviceFilter, DeviceSummary};
use crate::{App, AppError};
use kernel::DeviceId;
use std::collections::HashMap;
use store::device_labels::{self, DeviceLabel};
use store::devices;
use store::{Page, PageRequest};

/// A device as the page of devices lists it.
#[derive(Clone, Debug)]
pub struct DeviceLine {
    /// What every list shows of it.
    pub summary: DeviceSummary,
    /// Where it stands, and which prices it holds.
    pub label: Option<DeviceLabel>,
    /// Radio signal, in the protocol's own scale.
    pub signal: Option<i16>,
    /// What its ports are doing.
    pub ports: PortTally,
}

impl App {
    /// A page of devices with what is shown of them beside.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn device_lines(
        &self,
        filter: &DeviceFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<DeviceLine>, AppError> {
        let mut view = self.db.view().await?;
        let rows = devices::list(view.conn(), filter, sort, page).await?;
        let ids: Vec<DeviceId> = rows.items.iter().map(|row| row.id).collect();
        let labels = device_labels::of_devices(view.conn(), &ids).await?;
        drop(view);
        let mut labels: HashMap<_, _> = labels.into_iter().map(|l| (l.device_id, l)).collect();
        Ok(rows.map(|row| {
            let label = labels.remove(&row.id);
            let mut ports = PortTally::default();
            let known = row.phy_id.as_ref();
            let signal = known.and_then(|phy_id| {
                self.live.read(phy_id, |live| {
                    ports.add(live);
                    live.vitals.signal
                })
            });
            DeviceLine {
                signal: signal.flatten().or(row.rssi),
                summary: self.summary(row),
                label,
                ports,
            }
        }))
    }
}
