//! Cut-offs as people see them, and the release of what they locked.

use crate::staff::Actor;
use crate::{App, AppError};
use device::PortState;
use domain::alarm::{Alarm, AlarmCode};
use domain::fire::FireRule;
use kernel::{PhyId, PortNo};
use serde_json::json;
use store::fire_cut_offs::{self, CutOff, CutOffFilter};
use store::{Page, PageRequest, ports};

const NO_CUT_OFF: AppError = AppError::NotFound("cut-off");
/// Longest note, in characters.
const NOTE_MAX: usize = 500;

impl App {
    /// A page of cut-offs, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_cut_offs(
        &self,
        filter: &CutOffFilter,
        page: PageRequest,
    ) -> Result<Page<CutOff>, AppError> {
        let mut view = self.db.view().await?;
        Ok(fire_cut_offs::list(view.conn(), filter, page).await?)
    }

    /// One of them, with its evidence.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it.
    pub async fn cut_off_of(&self, id: i64) -> Result<CutOff, AppError> {
        let mut view = self.db.view().await?;
        let found = fire_cut_offs::find(view.conn(), id).await?;
        found.ok_or(NO_CUT_OFF)
    }

    /// Somebody has looked: what a cut-off locked may be used again, unless another one holds it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it, [`AppError::Invalid`] without a note,
    /// [`AppError::Conflict`] when it holds no lock, or power still flows.
    pub async fn release_cut_off(
        &self,
        actor: &Actor,
        id: i64,
        note: &str,
    ) -> Result<CutOff, AppError> {
        let note = note.trim();
        if note.is_empty() || note.chars().count() > NOTE_MAX {
            return Err(AppError::Invalid {
                field: "note".to_owned(),
                problem: format!("must have 1 to {NOTE_MAX} characters"),
            });
        }
        let row = self.cut_off_of(id).await?;
        // The row is what people saw; memory follows it a moment later.
        if row.state != "off" {
            return Err(AppError::Conflict("power may still flow"));
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        if !fire_cut_offs::release(tx.conn(), id, &actor.name, note, now).await? {
            return Err(AppError::Conflict("it holds no lock"));
        }
        let free = self.left_without_lock(&row);
        for port in &free {
            let (device, state) = (row.device_id, PortState::Idle);
            ports::set_state(tx.conn(), device, *port, state, None, now).await?;
        }
        let object = format!("cut_off:{id}");
        let after = json!({"device": row.phy_id, "port_no": row.port_no, "note": note});
        self.audit_in(&mut tx, actor, "fire.release", &object, None, Some(after))
            .await?;
        tx.commit().await?;
        self.unlock(&row, &free);
        let rule = FireRule::parse(&row.rule).map_or(AlarmCode::FireTempHigh, FireRule::alarm);
        let over = Alarm {
            port: row.port_no,
            ..Alarm::of_device(rule, "")
        };
        self.change_alarms(&row.phy_id, &[], &[over]).await?;
        self.cut_off_of(id).await
    }

    /// Ports that nothing else locks once this row is released.
    fn left_without_lock(&self, row: &CutOff) -> Vec<PortNo> {
        let ports = self.live.read(&row.phy_id, |live| {
            let all = live.ports.iter().map(|port| port.port);
            all.filter(|port| row.port_no.is_none_or(|own| own == *port))
                .collect::<Vec<_>>()
        });
        let held = |port: Option<PortNo>| {
            let place = (row.phy_id.clone(), port);
            let locks = self.fire.locks.get(&place);
            locks.is_some_and(|ids| ids.iter().any(|id| *id != row.id))
        };
        let mut ports = ports.unwrap_or_default();
        ports.retain(|port| !held(Some(*port)) && !held(None));
        ports
    }

    fn unlock(&self, row: &CutOff, free: &[PortNo]) {
        let place: (PhyId, Option<PortNo>) = (row.phy_id.clone(), row.port_no);
        if let Some(mut ids) = self.fire.locks.get_mut(&place) {
            ids.retain(|id| *id != row.id);
        }
        self.fire.locks.remove_if(&place, |_, ids| ids.is_empty());
        self.live.change(&row.phy_id, |live| {
            for port in free {
                let port = live.port_mut(*port);
                if port.memory.state == PortState::Disabled {
                    port.memory.state = PortState::Idle;
                    port.dirty = true;
                }
            }
        });
    }
}
