//! One charge of a certification, step by step.

use crate::{App, AppError, Caller};
use device::{ChargeMode, EndReason, PortState};
use domain::certification::{ChargeFacts, CheckMemory, Phase, Wanted};
use domain::order::{Order, OrderStatus, ServiceFeeMode};
use domain::policy::PortConflictPolicy;
use domain::request::{PortChoice, StartPlan};
use kernel::{Fen, OrderNo, PhyId, PortNo, Timestamp};
use std::time::Duration;
use store::certifications::Certification;
use store::device_records::{self, DeviceRecord};
use store::orders;

/// A device that is away is waited for so long.
pub(super) const AWAY_MAX: Duration = Duration::from_mins(10);
/// A start is answered in this time.
const ANSWER_MAX: Duration = Duration::from_secs(90);
/// A device that has not begun by then waits for a plug.
const PLUG_AFTER: Duration = Duration::from_secs(10);
/// A change of the port is told in this time.
const TOLD_WITHIN: Duration = Duration::from_secs(30);
/// A charge ends in this time after it was due.
const END_MAX: Duration = Duration::from_mins(5);
/// What a charge costs here; nobody pays it.
const PRICE_FEN: i64 = 100;

/// How a charge goes.
pub(super) enum Driven {
    /// On its way; somebody at the device is asked for something, or nobody.
    On(Option<Wanted>),
    /// It has ended.
    Over(Box<Order>),
    /// It cannot be.
    Lost(String),
}

impl App {
    /// Moves a charge on: starts it, waits for its beginning and its end.
    pub(super) async fn drive(
        &self,
        row: &Certification,
        memory: &mut CheckMemory,
        duration: Duration,
        now: Timestamp,
    ) -> Result<Driven, AppError> {
        let waited = now.since(memory.since);
        let Some(order_no) = memory.order_no.filter(|_| memory.phase != Phase::Idle) else {
            return self.start_trial(row, memory, duration, now).await;
        };
        let order = self.order(order_no).await?;
        match order.status {
            OrderStatus::Pending if order.acked_at.is_none() && waited > ANSWER_MAX => {
                self.stop_trial(memory).await?;
                Ok(Driven::Lost("the start was not answered".to_owned()))
            }
            OrderStatus::Pending if waited > row.plan.patience() => {
                self.stop_trial(memory).await?;
                let why = "the device did not begin, or nobody plugged in";
                Ok(Driven::Lost(why.to_owned()))
            }
            OrderStatus::Pending => {
                let plug = order.acked_at.is_some() && waited > PLUG_AFTER;
                Ok(Driven::On(plug.then_some(Wanted::Plug)))
            }
            OrderStatus::Charging => {
                if memory.phase == Phase::Started {
                    memory.enter(Phase::Charging, now);
                }
                let begun = order.start_time.unwrap_or(memory.since);
                if now.since(begun) > duration + END_MAX {
                    self.stop_trial(memory).await?;
                    let why = self.why_not_ended(&row.phy_id, now);
                    return Ok(Driven::Lost(why));
                }
                Ok(Driven::On(None))
            }
            OrderStatus::Failed if order.acked_at.is_none() && waited <= row.plan.patience() => {
                Ok(self.after_refusal(row, memory, order, now))
            }
            OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
                Ok(Driven::Over(Box::new(order)))
            }
        }
    }

    /// Many devices begin nothing without a plug: somebody is asked to plug in. One that still
    /// charges is waited for. Then it is tried again; everything else is a refusal.
    fn after_refusal(
        &self,
        row: &Certification,
        memory: &mut CheckMemory,
        order: Order,
        now: Timestamp,
    ) -> Driven {
        let port = PortNo(row.plan.port);
        let seen = self.live.read(&row.phy_id, |live| {
            let port = live.port(port)?;
            Some((port.memory.plugged, port.memory.state))
        });
        let (plugged, state) = seen.flatten().unzip();
        let charges = matches!(state, Some(PortState::Charging | PortState::Suspended));
        if plugged.flatten() == Some(false) || charges {
            memory.phase = Phase::Refused;
            return Driven::On((!charges).then_some(Wanted::Plug));
        }
        if memory.phase == Phase::Refused {
            memory.order_no = None;
            memory.phase = Phase::Idle;
            return Driven::On(None);
        }
        // What is in the way may be told later than what follows from it.
        if now.since(memory.since) < TOLD_WITHIN {
            return Driven::On(None);
        }
        Driven::Over(Box::new(order))
    }

    async fn start_trial(
        &self,
        row: &Certification,
        memory: &mut CheckMemory,
        duration: Duration,
        now: Timestamp,
    ) -> Result<Driven, AppError> {
        if !self.is_online(&row.phy_id) {
            return Ok(self.away(&row.phy_id, memory, now));
        }
        let name = format!("certification:{}", row.id);
        let plan = StartPlan {
            port: PortChoice::Number(PortNo(row.plan.port)),
            parallel_port: None,
            charge_mode: ChargeMode::Time,
            duration_s: Some(u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)),
            energy: None,
            power_limit: None,
            amount: Fen::ZERO,
            price_per_kwh: Some(PRICE_FEN),
            service_fee: None,
            plan_id: None,
            member_ref: Some(name.clone()),
            notify_url: None,
        };
        let caller = Caller {
            api_key: None,
            name: name.clone(),
            port_conflict: PortConflictPolicy::Reject,
            service_fee_mode: ServiceFeeMode::Informational,
            settles_with_us: false,
        };
        match Box::pin(self.start_charging(&caller, &row.phy_id, plan)).await {
            Ok(started) => {
                memory.begin(started.order.order_no, now);
                Ok(Driven::On(None))
            }
            Err(AppError::Unavailable) => Err(AppError::Unavailable),
            Err(AppError::PortBusy { order_no, .. }) if self.is_ours(order_no, &name).await => {
                // Begun before a restart, and not written down.
                memory.begin(order_no, now);
                Ok(Driven::On(None))
            }
            Err(AppError::Conflict("port fault"))
                if now.since(memory.since) <= row.plan.patience() =>
            {
                Ok(Driven::On(Some(Wanted::Clear)))
            }
            Err(refusal) => {
                if now.since(memory.since) > AWAY_MAX || is_final(&refusal) {
                    return Ok(Driven::Lost(format!(
                        "no charge could be started: {refusal}"
                    )));
                }
                Ok(Driven::On(None))
            }
        }
    }

    async fn is_ours(&self, order_no: OrderNo, name: &str) -> bool {
        let order = self.order(order_no).await;
        // One that is being stopped belongs to a check that was given up.
        order.is_ok_and(|order| {
            order.member_ref.as_deref() == Some(name) && order.stop_requested_at.is_none()
        })
    }

    /// A device that is not there: waited for, then given up.
    pub(super) fn away(&self, phy_id: &PhyId, memory: &CheckMemory, now: Timestamp) -> Driven {
        let since = self.live.read(phy_id, |live| live.offline_since).flatten();
        // Before it was looked at, its absence was nobody's business.
        let since = since.unwrap_or(memory.since).max(memory.since);
        if now.since(since) > AWAY_MAX {
            let minutes = now.since(since).as_secs() / 60;
            return Driven::Lost(format!("the device has been offline for {minutes} minutes"));
        }
        Driven::On(None)
    }

    fn why_not_ended(&self, phy_id: &PhyId, now: Timestamp) -> String {
        let since = self.live.read(phy_id, |live| live.offline_since).flatten();
        match since {
            Some(since) => {
                let minutes = now.since(since).as_secs() / 60;
                format!("the charge did not end: the device has been offline for {minutes} minutes")
            }
            None => "no end report: the charge did not end in time".to_owned(),
        }
    }

    /// Ends the charge of a check that is given up.
    pub(super) async fn stop_trial(&self, memory: &CheckMemory) -> Result<(), AppError> {
        match memory.order_no {
            Some(order_no) => self.wish_stop(order_no, EndReason::RemoteStop).await,
            None => Ok(()),
        }
    }

    /// Counts a charge that is over: what is wrong with it, and what came in time.
    pub(super) async fn weigh(
        &self,
        memory: &mut CheckMemory,
        order: &Order,
    ) -> Result<Option<String>, AppError> {
        let mut before = memory.orders.iter().rev().skip(1).copied();
        let (last, last_but_one) = (before.next(), before.next());
        let mut view = self.db.view().await?;
        let records = device_records::list_of_order(view.conn(), order.order_no).await?;
        let repeats = records.iter().filter(|record| is_repeat(record)).count();
        // A report comes again after its charge was weighed.
        let mut repeated = true;
        for order_no in [last, last_but_one] {
            repeated &= match order_no {
                Some(order_no) => {
                    let records = device_records::list_of_order(view.conn(), order_no).await?;
                    records.iter().any(is_repeat)
                }
                None => false,
            };
        }
        let last = match last {
            Some(order_no) => orders::find_by_no(view.conn(), order_no).await?,
            None => None,
        };
        drop(view);
        let facts = ChargeFacts {
            order,
            end_reports: records.len() - repeats,
            repeats_ends: repeated,
            reuses_number: last.is_some_and(|last| {
                order.business_no.is_some() && last.business_no == order.business_no
            }),
            reports: usize::from(order.last_progress_at > order.start_time),
            has_values: order.peak_power > kernel::Power::ZERO
                || order.current_power > kernel::Power::ZERO,
        };
        let flaw = facts.flaw();
        memory.complete.count(flaw.is_none());
        let prompt = facts.promptness().0;
        memory.in_time.good += prompt.good;
        memory.in_time.all += prompt.all;
        Ok(flaw)
    }
}

fn is_repeat(record: &DeviceRecord) -> bool {
    record.kind.as_str() == "duplicate"
}

/// Refusals that waiting does not change.
fn is_final(refusal: &AppError) -> bool {
    matches!(
        refusal,
        AppError::NotFound(_)
            | AppError::NotSupported(_)
            | AppError::Semantic { .. }
            | AppError::Invalid { .. }
            | AppError::Conflict("device disabled" | "device in maintenance")
    )
}
