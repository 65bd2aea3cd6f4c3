//! Mending what does not hang together (domain §15.2): ask first, act only on what the device
//! says, and write down what was done.

use crate::staff::Actor;
use crate::{App, AppError};
use device::PortState;
use domain::consistency::{HEAL_AFTER, Issue, LONELY_OFFLINE};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use serde_json::json;
use std::collections::HashSet;
use store::consistency::{self, FindingRow};
use store::{devices, orders, ports};
use tracing::{info, warn};

impl App {
    /// Does what is safe about findings that have lasted; the rest waits for the rules of stuck
    /// orders.
    pub(super) async fn heal(&self, open: &[FindingRow], still: &HashSet<(Issue, &str)>) {
        let now = self.now();
        for row in open {
            let there = still.contains(&(row.issue_type, row.object_id.as_str()));
            if !there || now.since(row.first_seen) < HEAL_AFTER {
                continue;
            }
            match self.mend(row, now).await {
                Ok(Some(action)) => {
                    if let Err(error) = self.note(row, action).await {
                        warn!(finding = row.id, %error, "what was done is not written down");
                    }
                }
                Ok(None) => {}
                Err(error) => warn!(finding = row.id, %error, "not mended, trying again"),
            }
        }
    }

    /// Does now what is safe about one finding.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a finding, [`AppError::Conflict`] when it is over or
    /// nothing can be done but wait.
    pub async fn mend_finding(&self, actor: &Actor, id: i64) -> Result<FindingRow, AppError> {
        let no_finding = AppError::NotFound("finding");
        let mut view = self.db.view().await?;
        let row = consistency::find(view.conn(), id)
            .await?
            .ok_or(no_finding)?;
        drop(view);
        if row.resolved_at.is_some() {
            return Err(AppError::Conflict("it is over already"));
        }
        let action = self.mend(&row, self.now()).await?;
        let action = action.ok_or(AppError::Conflict(
            "nothing can be done but wait: the device is away",
        ))?;
        self.note(&row, action).await?;
        let object = format!("finding:{id}");
        let after = Some(json!({"action": action}));
        self.audit(actor, "ops.consistency.fix", &object, after)
            .await?;
        Ok(FindingRow {
            action: Some(action.to_owned()),
            ..row
        })
    }

    async fn note(&self, row: &FindingRow, action: &str) -> Result<(), AppError> {
        if row.action.as_deref() == Some(action) {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        consistency::note_action(direct.conn(), &[row.id], action).await?;
        Ok(())
    }

    /// What was done about a finding, if anything.
    async fn mend(
        &self,
        row: &FindingRow,
        now: Timestamp,
    ) -> Result<Option<&'static str>, AppError> {
        let device = row.phy_id.as_ref().and_then(|id| id.parse::<PhyId>().ok());
        let port = row
            .port_no
            .and_then(|port| u16::try_from(port).ok())
            .map(PortNo);
        match (row.issue_type, device, port) {
            (Issue::OrderPortMismatch | Issue::OrphanedChargingOrder, Some(device), Some(port)) => {
                self.mend_order_port(row, &device, port).await
            }
            (Issue::LonelyChargingPort, Some(device), Some(port)) => {
                Ok(self.mend_lonely(row, &device, port, now))
            }
            (Issue::ForgottenOrder, ..) => self.remember_order(row).await,
            (Issue::TrackerMismatch, Some(device), _) => {
                // Its next silence is noticed by the sweep; without a connection nothing is sent.
                let since = self.go_offline(&device, now);
                self.gone(&device, since, true).await?;
                log_mend(row, "offline", "online", "device counts as offline");
                Ok(Some("device counts as offline"))
            }
            _ => Ok(None),
        }
    }

    /// The port is asked; a device that says "idle" ends the order by its own rules, one that says
    /// "charging" corrects the port, and one that is away is waited for.
    async fn mend_order_port(
        &self,
        row: &FindingRow,
        device: &PhyId,
        port: PortNo,
    ) -> Result<Option<&'static str>, AppError> {
        let seen = self.live.read(device, |live| {
            (live.id, live.is_online(), live.port(port).is_some())
        });
        let Some((device_id, online, known)) = seen else {
            return Ok(None);
        };
        if !known {
            let mut direct = self.db.direct().await?;
            ports::ensure(direct.conn(), device_id, &[port], self.now()).await?;
            drop(direct);
            self.live.change(device, |live| {
                live.port_mut(port);
            });
            log_mend(row, "port exists", "no such port", "port added");
            return Ok(Some("port added"));
        }
        if !online {
            return Ok(None);
        }
        self.ask_port(device, port);
        log_mend(row, "charging", "not charging", "port asked");
        Ok(Some("port asked"))
    }

    /// A port without an order is set free only where its device has been away for so long that
    /// nobody can have charged there unseen; one that can be reached is asked.
    fn mend_lonely(
        &self,
        row: &FindingRow,
        device: &PhyId,
        port: PortNo,
        now: Timestamp,
    ) -> Option<&'static str> {
        let (online, still) = self.live.read(device, |live| {
            let reported = live.port(port).and_then(|port| port.reported_at);
            let since = live.offline_since.max(reported).unwrap_or(row.first_seen);
            (live.is_online(), now.since(since) >= LONELY_OFFLINE)
        })?;
        if online {
            self.ask_port(device, port);
            log_mend(row, "idle", "charging", "port asked");
            return Some("port asked");
        }
        if !still {
            return None;
        }
        self.live.change(device, |live| {
            let port = live.port_mut(port);
            port.memory.state = PortState::Unknown;
            port.power = kernel::Power::ZERO;
            port.lonely_since = None;
            port.dirty = true;
        });
        log_mend(row, "idle", "charging", "port set free");
        Some("port set free")
    }

    /// An order that only the database knows is looked after again.
    async fn remember_order(&self, row: &FindingRow) -> Result<Option<&'static str>, AppError> {
        let Some(number) = row
            .order_no
            .as_ref()
            .and_then(|no| no.parse::<OrderNo>().ok())
        else {
            return Ok(None);
        };
        let mut view = self.db.view().await?;
        let order = orders::find_by_no(view.conn(), number).await?;
        let order = order.filter(|order| order.status.is_active());
        let Some(order) = order else {
            return Ok(None);
        };
        let device = devices::find(view.conn(), order.device_id).await?;
        drop(view);
        if device.is_none() || self.orders.slot(number).is_some() {
            return Ok(None);
        }
        self.orders.insert(order);
        log_mend(row, "looked after", "forgotten", "order taken up again");
        Ok(Some("order taken up again"))
    }
}

fn log_mend(row: &FindingRow, expected: &str, actual: &str, action: &str) {
    info!(
        source = "consistency",
        scenario = row.issue_type.as_str(),
        object = row.object_id,
        order_no = row.order_no,
        device = row.phy_id,
        port_no = row.port_no,
        expected_state = expected,
        actual_state = actual,
        action,
        "inconsistency mended"
    );
}
