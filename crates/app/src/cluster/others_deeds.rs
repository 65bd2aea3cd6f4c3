//! What other nodes did that this one keeps in memory as well: ports that were reserved, locked or
//! left occupied. Read every few seconds; what is decided upon it is decided by the rows.

use crate::fire::Flowing;
use crate::{App, AppError};
use domain::fire::FireRule;
use kernel::{OrderNo, PhyId, PortNo};
use std::collections::HashSet;
use store::fire_cut_offs::{self, CutOff};
use store::{occupancies, reservations};

impl App {
    pub(crate) async fn take_in_reservations(&self) -> Result<(), AppError> {
        // What memory knew before the rows were read was committed before.
        let before: Vec<(PhyId, PortNo)> = self.reserved.places();
        let mut view = self.db.view().await?;
        let open = reservations::list_open(view.conn()).await?;
        drop(view);
        let places: HashSet<(PhyId, PortNo)> = open
            .iter()
            .map(|row| (row.phy_id.clone(), row.port_no))
            .collect();
        for place in before.iter().filter(|place| !places.contains(*place)) {
            self.forget_place(place);
        }
        for row in &open {
            if !before.contains(&(row.phy_id.clone(), row.port_no)) {
                self.keep_port(row);
            }
        }
        Ok(())
    }

    pub(crate) async fn take_in_occupancies(&self) -> Result<(), AppError> {
        let before: HashSet<OrderNo> = self.occupied.orders();
        let mut view = self.db.view().await?;
        let open = occupancies::list_open(view.conn()).await?;
        drop(view);
        let ours = open.into_iter().filter(|row| self.looks_after(&row.phy_id));
        let mut known = HashSet::new();
        for mut occupancy in ours {
            known.insert(occupancy.order_no);
            if before.contains(&occupancy.order_no) {
                continue;
            }
            // Nobody here knows what became of the plug meanwhile.
            let seen = self.live.read(&occupancy.phy_id, |live| live.last_seen);
            let seen = seen.flatten().unwrap_or(occupancy.started_at);
            occupancy.clock = occupancy.clock.paused(&occupancy.rule, seen);
            self.occupied.insert_new(occupancy);
        }
        let over: Vec<OrderNo> = before.difference(&known).copied().collect();
        self.occupied.forget(&over);
        Ok(())
    }

    pub(crate) async fn take_in_cut_offs(&self) -> Result<(), AppError> {
        let before = self.fire.known_rows();
        let mut view = self.db.view().await?;
        let alive = fire_cut_offs::list_alive(view.conn()).await?;
        drop(view);
        for row in alive.iter().filter(|row| row.lock_state == "locked") {
            self.fire.lock(row);
        }
        let locked = |id: &i64| {
            alive
                .iter()
                .any(|row| row.id == *id && row.lock_state == "locked")
        };
        let released: Vec<i64> = before.into_iter().filter(|id| !locked(id)).collect();
        self.fire.unlock(&released);
        let flows = |row: &&CutOff| row.state != "off" && self.looks_after(&row.phy_id);
        for row in alive.iter().filter(flows) {
            self.fire.watch_flow(flowing(row));
        }
        self.fire.keep_flows(|device| self.looks_after(device));
        Ok(())
    }
}

/// A cut-off after which power may still flow, as its row says.
pub(crate) fn flowing(row: &CutOff) -> Flowing {
    Flowing {
        id: row.id,
        device: row.phy_id.clone(),
        port: row.port_no,
        rule: FireRule::parse(&row.rule).unwrap_or(FireRule::TempHigh),
        order: row.order_no,
        at: row.at,
        told_at: row.at,
        repeats: 0,
        failed: row.state == "failed",
    }
}
