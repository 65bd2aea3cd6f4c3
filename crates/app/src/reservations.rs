//! Ports that are kept for members who are on the way.
//!
//! The row decides; memory keeps which ports are not to be chosen for others.

mod arrive;
mod expire;
mod rules;

use crate::money::NewFee;
use crate::staff::Actor;
use crate::{App, AppError};
use dashmap::DashMap;
use device::{Command, PortState};
use domain::commission::FeeType;
use domain::document_no::DocumentKind;
use domain::machine::NotPossible;
use domain::order::PortMove;
use domain::payer::Payer;
use domain::reservation::{Reservation, ReservationEffect, ReservationEvent, ReservationState};
use kernel::{DeviceId, Fen, MemberId, PhyId, PortNo};
use serde_json::{Value, json};
use store::members::Member;
use store::reservations::{self, ReservationFilter, ReservationRow};
use store::{Page, PageRequest, Tx, constraint, document_numbers, order_money, orders, ports};
use tracing::info;

/// Somebody else has it.
pub(crate) const PORT_RESERVED: &str = "port is reserved";
/// Longest reason, in characters.
const REASON_MAX: usize = 200;
const NONE: AppError = AppError::NotFound("reservation");

/// The ports that are kept, and for whom.
#[derive(Default)]
pub(crate) struct Reserved(DashMap<(PhyId, PortNo), MemberId>);

impl Reserved {
    /// For whom a port is kept.
    pub(crate) fn holder(&self, device: &PhyId, port: PortNo) -> Option<MemberId> {
        let found = self.0.get(&(device.clone(), port));
        found.map(|entry| *entry.value())
    }

    /// The ports that are kept.
    pub(crate) fn places(&self) -> Vec<(PhyId, PortNo)> {
        self.0.iter().map(|entry| entry.key().clone()).collect()
    }

    /// The port of a device that is kept for a member.
    pub(crate) fn port_of(&self, device: &PhyId, member: MemberId) -> Option<PortNo> {
        let mut all = self.0.iter();
        let own = all.find(|entry| entry.key().0 == *device && *entry.value() == member);
        own.map(|entry| entry.key().1)
    }
}

impl App {
    /// Keeps a free port for a member, for as long as the rules say. A fee is held until it is
    /// known whether it is due.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device or port, [`AppError::Conflict`] when nothing is reserved
    /// here, the port is not free, the device is away, the member has another reservation, or the
    /// fee is not there.
    pub async fn reserve(
        &self,
        member: &Member,
        device: &PhyId,
        port: PortNo,
    ) -> Result<ReservationRow, AppError> {
        let rules = self.reservation_rules().await?;
        if !rules.enabled {
            return Err(AppError::Conflict("ports are not reserved here"));
        }
        self.require(device).await?;
        let (device_id, station_id) = self.free_port(device, port)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let taken = reservations::lock_port(tx.conn(), device_id, port).await?;
        if taken.is_some() {
            return Err(AppError::Conflict(PORT_RESERVED));
        }
        let active = orders::find_active(tx.conn(), device_id, port).await?;
        if active.is_some() {
            return Err(AppError::Conflict("port is not free"));
        }
        let kind = DocumentKind::Reservation;
        let number = document_numbers::next(tx.conn(), kind, now).await?;
        let id = member.member_id();
        let row = ReservationRow {
            reservation_no: number.to_string(),
            device_id,
            phy_id: device.clone(),
            port_no: port,
            station_id,
            says: Reservation {
                state: ReservationState::Reserved,
                member: id,
                start: now,
                end: now + rules.lasts(),
                fee: rules.fee_fen,
                no_show: rules.no_show,
            },
            order_no: None,
            note: None,
            created_at: now,
        };
        match reservations::insert(tx.conn(), &row).await {
            Err(error) if error.violates(constraint::ONE_RESERVATION_PER_MEMBER) => {
                return Err(AppError::Conflict("you have a reservation already"));
            }
            Err(error) if error.violates(constraint::ONE_RESERVATION_PER_PORT) => {
                return Err(AppError::Conflict(PORT_RESERVED));
            }
            added => added?,
        }
        ports::set_state(tx.conn(), device_id, port, PortState::Reserved, None, now).await?;
        if row.says.fee > Fen::ZERO {
            let fee = NewFee {
                fee_no: &row.reservation_no,
                kind: FeeType::Reserve,
                payer: &Payer::Wallet { member: id },
                place: order_money::place_of(tx.conn(), device_id).await?,
                amount: row.says.fee,
            };
            self.hold_fee_in(&mut tx, id, &fee).await?;
        }
        tx.commit().await?;
        self.keep_port(&row);
        info!(%device, port_no = port.0, member = %id, reservation_no = row.reservation_no,
            "port reserved");
        Ok(row)
    }

    /// The device and station of a port that is idle, at a device that can be reached.
    fn free_port(&self, device: &PhyId, port: PortNo) -> Result<(DeviceId, Option<i64>), AppError> {
        let found = self.live.read(device, |live| {
            let state = live.port(port).map(|known| known.memory.state);
            (live.id, live.station_id, state, live.is_online())
        });
        let (id, station, state, online) = found.ok_or(AppError::NotFound("device"))?;
        if !online {
            return Err(AppError::Conflict("device offline"));
        }
        match state.ok_or(AppError::NotFound("port"))? {
            PortState::Reserved => Err(AppError::Conflict(PORT_RESERVED)),
            PortState::Idle if self.orders.on_port(device, port).is_none() => Ok((id, station)),
            _ => Err(AppError::Conflict("port is not free")),
        }
    }

    pub(crate) fn keep_port(&self, row: &ReservationRow) {
        let place = (row.phy_id.clone(), row.port_no);
        self.reserved.0.insert(place, row.says.member);
        self.move_port(&row.phy_id, row.port_no, PortMove::Reserve);
    }

    /// Others may have the port again.
    fn forget_reservation(&self, row: &ReservationRow) {
        self.forget_place(&(row.phy_id.clone(), row.port_no));
    }

    pub(crate) fn forget_place(&self, place: &(PhyId, PortNo)) {
        self.reserved.0.remove(place);
        let (device, port) = place;
        let kept = self.live.read(device, |live| {
            live.port(*port).map(|port| port.memory.state) == Some(PortState::Reserved)
        });
        let held = self.orders.on_port(device, *port).is_some();
        if kept == Some(true) && !held {
            self.move_port(device, *port, PortMove::Release);
        }
    }

    /// The state that the port will have when it is kept no more.
    fn unkept(&self, row: &ReservationRow) -> PortState {
        let known = self.live.read(&row.phy_id, |live| {
            live.port(row.port_no).map(|port| port.memory.state)
        });
        match known.flatten() {
            None | Some(PortState::Reserved) => PortState::Idle,
            Some(other) => other,
        }
    }

    /// A reservation, locked after its port, as starts do it.
    async fn lock_reservation_in(
        &self,
        tx: &mut Tx,
        reservation_no: &str,
    ) -> Result<Option<ReservationRow>, AppError> {
        let Some(row) = reservations::find(tx.conn(), reservation_no).await? else {
            return Ok(None);
        };
        reservations::lock_port(tx.conn(), row.device_id, row.port_no).await?;
        Ok(reservations::lock(tx.conn(), reservation_no).await?)
    }

    /// Moves a reservation on, with its money and its port. Whether a ground lock is to be
    /// lowered.
    async fn step_reservation_in(
        &self,
        tx: &mut Tx,
        row: &mut ReservationRow,
        event: ReservationEvent,
    ) -> Result<bool, AppError> {
        let now = self.now();
        let step = row.says.next(event).map_err(refused)?;
        row.says.state = step.to;
        let mut opens = false;
        for effect in step.effects {
            match effect {
                ReservationEffect::FreePort => {
                    let (device, port) = (row.device_id, row.port_no);
                    let active = orders::find_active(tx.conn(), device, port).await?;
                    if active.is_none() {
                        let state = self.unkept(row);
                        ports::set_state(tx.conn(), device, port, state, None, now).await?;
                    }
                }
                ReservationEffect::OpenGroundLock => opens = true,
                ReservationEffect::ReturnFee(_) => {
                    self.release_held_fee_in(tx, &row.reservation_no).await?;
                }
                ReservationEffect::KeepFee(_) => {
                    self.keep_held_fee_in(tx, &row.reservation_no).await?;
                }
                // Members see it in their list; nobody writes to them yet.
                ReservationEffect::TellMember => {}
            }
        }
        reservations::update(tx.conn(), row, now).await?;
        Ok(opens)
    }

    /// Gives a reservation up; its fee is free again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not the member's, [`AppError::Conflict`] when it is over.
    pub async fn cancel_own_reservation(
        &self,
        member: MemberId,
        reservation_no: &str,
    ) -> Result<ReservationRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = self.lock_reservation_in(&mut tx, reservation_no).await?;
        let mut row = row.filter(|row| row.says.member == member).ok_or(NONE)?;
        row.note = Some("given up".to_owned());
        self.step_reservation_in(&mut tx, &mut row, ReservationEvent::Cancel)
            .await?;
        tx.commit().await?;
        self.forget_reservation(&row);
        Ok(row)
    }

    /// The staff takes a reservation back; its fee is free again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a reservation, [`AppError::Invalid`] for a reason that
    /// is none, [`AppError::Conflict`] when it is over.
    pub async fn cancel_reservation(
        &self,
        actor: &Actor,
        reservation_no: &str,
        reason: &str,
    ) -> Result<ReservationRow, AppError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            return Err(AppError::Invalid {
                field: "reason".to_owned(),
                problem: format!("must have 1 to {REASON_MAX} characters"),
            });
        }
        let mut tx = self.db.begin().await?;
        let row = self.lock_reservation_in(&mut tx, reservation_no).await?;
        let mut row = row.ok_or(NONE)?;
        let before = seen(&row);
        row.note = Some(format!("{}: {reason}", actor.name));
        self.step_reservation_in(&mut tx, &mut row, ReservationEvent::Cancel)
            .await?;
        let object = format!("reservation:{reservation_no}");
        let (old, new) = (Some(before), Some(seen(&row)));
        self.audit_in(&mut tx, actor, "order.reserve.cancel", &object, old, new)
            .await?;
        tx.commit().await?;
        self.forget_reservation(&row);
        Ok(row)
    }

    /// Lowers the ground lock of a reserved port for the member who has come.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not the member's, [`AppError::Conflict`] when it is over
    /// or the device is away, [`AppError::NotSupported`] without such a lock.
    pub async fn open_ground_lock(
        &self,
        member: MemberId,
        reservation_no: &str,
    ) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let row = reservations::find(view.conn(), reservation_no).await?;
        drop(view);
        let row = row.filter(|row| row.says.member == member).ok_or(NONE)?;
        let here = ReservationEvent::Arrive {
            member,
            at: self.now(),
        };
        row.says.next(here).map_err(refused)?;
        let command = Command::MoveGroundLock {
            port: row.port_no,
            raise: false,
        };
        let actor = format!("member:{member}");
        self.send_command(&actor, &row.phy_id, command, None)
            .await?;
        Ok(())
    }

    /// A page of reservations, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_reservations(
        &self,
        filter: &ReservationFilter,
        page: PageRequest,
    ) -> Result<Page<ReservationRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(reservations::list(view.conn(), filter, page).await?)
    }
}

fn refused(why: NotPossible) -> AppError {
    AppError::Conflict(match why {
        NotPossible::State { .. } => "the reservation is over",
        NotPossible::Guard(words) => words,
    })
}

/// What the audit log keeps of a reservation.
fn seen(row: &ReservationRow) -> Value {
    json!({"state": row.says.state.as_str(), "member_id": row.says.member,
        "fee_fen": row.says.fee, "note": row.note})
}
