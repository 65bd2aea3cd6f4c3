//! The checks that take one charge, and those that only count.

use super::charge::Driven;
use super::{carry_on, conclude};
use crate::{App, AppError};
use device::{Command, CommandFault, EndReason, FirmwareSource, FirmwareTarget, PortState};
use domain::certification::{CheckCode, CheckMemory, Phase, Share, Wanted};
use domain::command::CommandState;
use domain::order::{Order, OrderStatus};
use kernel::{CommandId, PhyId, PortNo, Timestamp};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Duration;
use store::certifications::{self, Certification, CertificationCheck};
use store::{alarms, commands};

/// A charge runs so long before something happens to it.
const RUNS_FIRST: Duration = Duration::from_secs(30);
/// What follows a mishap or a stop comes in this time.
const FOLLOWS_WITHIN: Duration = Duration::from_mins(5);
/// Seconds that a whole charge may be short of what was paid for.
const SHORT_MAX_S: i64 = 30;
/// Alarms of one check that are looked at.
const ALARMS_MAX: u16 = 100;

impl App {
    pub(super) async fn step_check(
        &self,
        row: &Certification,
        checks: &mut [CertificationCheck],
        place: usize,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let code = checks[place].code;
        let counted = match code {
            CheckCode::Format => Some(self.format_share(row, now).await?),
            CheckCode::Timeliness => Some((sum(checks, |memory| memory.in_time), 9900)),
            CheckCode::Flow => Some((sum(checks, |memory| memory.complete), 9980)),
            _ => None,
        };
        let check = &mut checks[place];
        if let Some((share, limit)) = counted {
            carry_on(check, None, now);
            check.figures = json!({
                "good": share.good, "all": share.all, "percent": share.percent(),
                "must_exceed_percent": limit_text(limit),
            });
            let problem = (!share.exceeds(limit)).then(|| {
                format!(
                    "{} % of {}, must exceed {} %",
                    share.percent(),
                    share.all,
                    limit_text(limit)
                )
            });
            conclude(check, problem, now);
            return Ok(());
        }
        let mut memory = check.memory.take().unwrap_or_else(|| CheckMemory::new(now));
        match code {
            CheckCode::Ota => self.check_ota(&row.phy_id, check, now),
            CheckCode::Commands => self.check_commands(row, check, &mut memory, now).await?,
            CheckCode::FullCharge => self.check_charge(row, check, &mut memory, now).await?,
            _ => self.check_mishap(row, check, &mut memory, now).await?,
        }
        if !memory.orders.is_empty() {
            check.figures["orders"] = json!(memory.orders);
        }
        check.memory = Some(memory);
        Ok(())
    }

    async fn check_charge(
        &self,
        row: &Certification,
        check: &mut CertificationCheck,
        memory: &mut CheckMemory,
        now: Timestamp,
    ) -> Result<(), AppError> {
        match self.drive(row, memory, row.plan.charge(), now).await? {
            Driven::On(wanted) => carry_on(check, wanted, now),
            Driven::Lost(why) => conclude(check, Some(why), now),
            Driven::Over(order) => {
                let flaw = self.weigh(memory, &order).await?;
                check.figures = figures_of(&order);
                let idle = self.port_is_idle(row);
                let problem = flaw
                    .or_else(|| ended_well(&order))
                    .or_else(|| (!idle).then(|| "the port is not idle afterwards".to_owned()));
                conclude(check, problem, now);
            }
        }
        Ok(())
    }

    /// Start, query and stop are obeyed.
    async fn check_commands(
        &self,
        row: &Certification,
        check: &mut CertificationCheck,
        memory: &mut CheckMemory,
        now: Timestamp,
    ) -> Result<(), AppError> {
        // So long that an end of its own is not taken for an obeyed stop.
        let duration = RUNS_FIRST + FOLLOWS_WITHIN * 2;
        let driven = self.drive(row, memory, duration, now).await?;
        let runs = memory.phase == Phase::Charging && now.since(memory.since) >= RUNS_FIRST;
        match driven {
            Driven::Lost(why) => conclude(check, Some(why), now),
            Driven::On(_) if runs => {
                let port = PortNo(row.plan.port);
                let query = Command::QueryPort { port: Some(port) };
                let asked = self.send_command("certification", &row.phy_id, query, None);
                match asked.await {
                    Ok(ticket) => check.figures["query_command"] = json!(ticket.command.0),
                    Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                    Err(AppError::NotSupported(why)) => {
                        // What the protocol does not have, nobody can obey.
                        check.figures["not_in_protocol"] = json!({ "query": why });
                    }
                    Err(refusal) => check.figures["query_refused"] = json!(refusal.to_string()),
                }
                self.stop_trial(memory).await?;
                memory.enter(Phase::Mishap, now);
                carry_on(check, None, now);
            }
            Driven::On(_) if is_late(memory, now) => {
                conclude(check, Some("the stop was not obeyed".to_owned()), now);
            }
            Driven::On(wanted) => carry_on(check, wanted, now),
            Driven::Over(order) => {
                let mut asked = Share::default();
                let mut missing = Vec::new();
                let mut count = |what: &str, obeyed: bool| {
                    asked.count(obeyed);
                    if !obeyed {
                        missing.push(what.to_owned());
                    }
                };
                count(
                    "start",
                    order.acked_at.is_some() && order.start_time.is_some(),
                );
                // What a watchdog has closed, the device may not have.
                let stopped = order.stop_requested_at.is_some()
                    && !order.provisional
                    && !lasted(&order)
                    && order.status == OrderStatus::Completed
                    && matches!(
                        order.end_reason,
                        Some(EndReason::RemoteStop | EndReason::UserStop)
                    );
                count("stop", stopped);
                if let Some(id) = check.figures["query_command"].as_i64() {
                    count("query", self.is_answered(CommandId(id)).await?);
                } else if check.figures["not_in_protocol"].is_null() {
                    count("query", false);
                }
                let known = self.capabilities(&row.phy_id).await?;
                let names: Vec<&str> = known
                    .iter()
                    .filter(|known| known.refusal.is_none())
                    .map(|known| known.name)
                    .collect();
                check.figures["obeyed"] = json!(asked.good);
                check.figures["asked"] = json!(asked.all);
                check.figures["commands"] = json!(names);
                let problem =
                    (!missing.is_empty()).then(|| format!("not obeyed: {}", missing.join(", ")));
                conclude(check, problem, now);
            }
        }
        Ok(())
    }

    async fn is_answered(&self, id: CommandId) -> Result<bool, AppError> {
        let mut view = self.db.view().await?;
        let command = commands::find(view.conn(), id).await?;
        Ok(command.is_some_and(|command| command.state == CommandState::Acked))
    }

    /// Something happens to the device while it charges.
    async fn check_mishap(
        &self,
        row: &Certification,
        check: &mut CertificationCheck,
        memory: &mut CheckMemory,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let Some(mishap) = check.code.mishap() else {
            return Ok(());
        };
        // Long enough that the charge does not end before somebody has acted.
        let duration = row.plan.patience() + FOLLOWS_WITHIN;
        let driven = self.drive(row, memory, duration, now).await?;
        let order = match driven {
            Driven::Lost(why) => {
                conclude(check, Some(why), now);
                return Ok(());
            }
            Driven::On(Some(wanted)) => {
                carry_on(check, Some(wanted), now);
                return Ok(());
            }
            Driven::On(None) => None,
            Driven::Over(order) => Some(order),
        };
        let waited = now.since(memory.since);
        match (memory.phase, order) {
            (Phase::Charging, None) if waited >= RUNS_FIRST => {
                memory.enter(Phase::Mishap, now);
                carry_on(check, Some(mishap), now);
            }
            (Phase::Mishap, None) if check.code.loses_link() => {
                if self.came_back_since(&row.phy_id, memory.since) {
                    self.stop_trial(memory).await?;
                    memory.enter(Phase::Seen, now);
                    carry_on(check, None, now);
                } else if waited > row.plan.patience() {
                    self.stop_trial(memory).await?;
                    conclude(check, Some(self.not_back(&row.phy_id)), now);
                } else {
                    carry_on(check, Some(mishap), now);
                }
            }
            (Phase::Mishap, None) if waited > row.plan.patience() => {
                self.stop_trial(memory).await?;
                let why = "nothing was noticed, or nobody did what was asked";
                conclude(check, Some(why.to_owned()), now);
            }
            (Phase::Mishap, None) => carry_on(check, Some(mishap), now),
            (_, None) => carry_on(check, None, now),
            (_, Some(order)) => {
                self.after_mishap(row, check, memory, &order, now).await?;
            }
        }
        Ok(())
    }

    /// The charge is over: for the right reason, and is everything as it was before?
    async fn after_mishap(
        &self,
        row: &Certification,
        check: &mut CertificationCheck,
        memory: &mut CheckMemory,
        order: &Order,
        now: Timestamp,
    ) -> Result<(), AppError> {
        if matches!(
            memory.phase,
            Phase::Started | Phase::Refused | Phase::Charging
        ) {
            let why = format!(
                "the charge ended before anything happened: {}",
                reason(order)
            );
            conclude(check, Some(why), now);
            return Ok(());
        }
        let orders = check.figures["orders"].take();
        check.figures = figures_of(order);
        check.figures["orders"] = orders;
        if check.code.loses_link() {
            if memory.phase == Phase::Mishap && !self.came_back_since(&row.phy_id, memory.since) {
                if now.since(memory.since) > row.plan.patience() {
                    conclude(check, Some(self.not_back(&row.phy_id)), now);
                } else {
                    carry_on(check, check.code.mishap(), now);
                }
                return Ok(());
            }
            let billed = order.status == OrderStatus::Completed;
            let problem = (!billed).then(|| format!("no bill: {}", reason(order)));
            conclude(check, problem, now);
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let since = memory.since;
        let raised =
            alarms::of_device_between(view.conn(), row.device_id, since, now, ALARMS_MAX).await?;
        drop(view);
        let codes: Vec<String> = raised.into_iter().map(|alarm| alarm.code).collect();
        check.figures["alarms"] = json!(codes);
        if order.status != OrderStatus::Completed {
            conclude(check, Some(format!("no bill: {}", reason(order))), now);
            return Ok(());
        }
        if check.code == CheckCode::Unplug {
            // A pulled plug is a normal end, only too early.
            let in_time = lasted(order);
            let why = "the charge went on to its planned end";
            conclude(check, in_time.then(|| why.to_owned()), now);
            return Ok(());
        }
        let is_fault = order
            .end_reason
            .is_some_and(|reason| reason != EndReason::Normal);
        if !is_fault && codes.is_empty() {
            let why = "neither an alarm nor the end reason tells of the fault";
            conclude(check, Some(why.to_owned()), now);
        } else if self.port_state(row) == Some(PortState::Fault) {
            if now.since(since) > row.plan.patience() + FOLLOWS_WITHIN {
                conclude(check, Some("the fault did not go away".to_owned()), now);
            } else {
                carry_on(check, Some(Wanted::Clear), now);
            }
        } else {
            conclude(check, None, now);
        }
        Ok(())
    }

    /// Whether the device has a connection that is newer than that.
    fn came_back_since(&self, phy_id: &PhyId, since: Timestamp) -> bool {
        let began = match self.sessions.find(phy_id) {
            Some(session) => Some(session.since),
            None => self.live.read(phy_id, |live| live.online_since).flatten(),
        };
        began.is_some_and(|began| began > since) && self.is_online(phy_id)
    }

    fn not_back(&self, phy_id: &PhyId) -> String {
        if self.is_online(phy_id) {
            "the link was not lost, or nobody did what was asked".to_owned()
        } else {
            "the device did not come back".to_owned()
        }
    }

    fn port_state(&self, row: &Certification) -> Option<PortState> {
        let port = PortNo(row.plan.port);
        self.live
            .read(&row.phy_id, |live| {
                live.port(port).map(|port| port.memory.state)
            })
            .flatten()
    }

    fn port_is_idle(&self, row: &Certification) -> bool {
        !matches!(
            self.port_state(row),
            Some(PortState::Charging | PortState::Suspended | PortState::Starting)
        )
    }

    fn check_ota(&self, phy_id: &PhyId, check: &mut CertificationCheck, now: Timestamp) {
        let ways = [
            (
                "push",
                FirmwareSource::Library {
                    firmware: 0,
                    version: "1.0".to_owned(),
                    size: 65_536,
                },
            ),
            (
                "ftp",
                FirmwareSource::Ftp {
                    host: Ipv4Addr::new(192, 0, 2, 1),
                    port: 21,
                    file: "firmware.bin".to_owned(),
                    user: None,
                    password: None,
                    when_idle: true,
                },
            ),
        ];
        let can: Vec<&str> = ways
            .into_iter()
            .filter(|(_, source)| {
                let command = Command::UpdateFirmware {
                    target: FirmwareTarget::Main,
                    source: source.clone(),
                };
                let checked = self
                    .live
                    .read(phy_id, |live| live.protocol.check(&live.profile, &command));
                matches!(checked, Some(Ok(()) | Err(CommandFault::OutOfRange { .. })))
            })
            .map(|(name, _)| name)
            .collect();
        carry_on(check, None, now);
        check.figures = json!({ "ways": can });
        let problem = can
            .is_empty()
            .then(|| "no way to update it from afar".to_owned());
        conclude(check, problem, now);
    }

    async fn format_share(
        &self,
        row: &Certification,
        now: Timestamp,
    ) -> Result<(Share, u64), AppError> {
        let mut view = self.db.view().await?;
        let counted =
            certifications::frames_since(view.conn(), &row.phy_id, row.created_at, now).await?;
        let (all, bad) = counted;
        let share = Share {
            good: all.saturating_sub(bad),
            all,
        };
        Ok((share, 9990))
    }
}

/// Whether what follows a stop is overdue.
fn is_late(memory: &CheckMemory, now: Timestamp) -> bool {
    memory.phase == Phase::Mishap && now.since(memory.since) > FOLLOWS_WITHIN
}

fn sum(checks: &[CertificationCheck], part: impl Fn(&CheckMemory) -> Share) -> Share {
    let mut total = Share::default();
    for memory in checks.iter().filter_map(|check| check.memory.as_ref()) {
        let share = part(memory);
        total.good += share.good;
        total.all += share.all;
    }
    total
}

fn limit_text(basis_points: u64) -> String {
    format!("{}.{:02}", basis_points / 100, basis_points % 100)
}

pub(super) fn ended_well(order: &Order) -> Option<String> {
    let as_planned = order.end_reason == Some(EndReason::Normal) && lasted(order);
    (!as_planned).then(|| format!("it ended after {} s: {}", order.duration_s, reason(order)))
}

/// Whether a charge lasted as long as was paid for.
fn lasted(order: &Order) -> bool {
    let planned = order.planned_duration_s.unwrap_or(0);
    order.duration_s + SHORT_MAX_S >= planned
}

fn reason(order: &Order) -> String {
    let reason = order.end_reason.map_or("unknown", EndReason::as_str);
    format!("{} ({reason})", order.status.as_str())
}

fn figures_of(order: &Order) -> Value {
    json!({
        "order_no": order.order_no,
        "status": order.status.as_str(),
        "end_reason": order.end_reason.map(EndReason::as_str),
        "duration_s": order.duration_s,
        "energy_e4_kwh": order.energy.0,
        "final_amount_fen": order.final_amount,
    })
}
