//! Jobs of a pile: from the command to the wire.

use super::firmware::Upgrade;
use super::outbox::{Expect, Job, Shot};
use super::sign_in::clock_shot;
use super::station::Station;
use super::task::{Asking, StartTask, Steps, Task};
use super::words::{self, ANSWER_WAIT};
use super::{params, prices};
use crate::Infypower;
use crate::codes::ControlAddress;
use crate::layout::Dialect;
use crate::message::{HistoryAsk, PricesAsk};
use crate::traits;
use crate::value::Reserved;
use device::{ChargeKey, Command, Dispatch, Outcome, Output, Protocol as _};
use kernel::{PortNo, Timestamp};
use std::collections::VecDeque;

/// Why what must not interrupt a charge is not sent.
const HAS_SESSION: &str = "a gun of this pile charges";
/// Why a charge is not begun or ended yet.
const NOT_SIGNED_IN: &str = "the pile has not signed in";
/// Why nothing else is sent.
const UPGRADES: &str = "a firmware update is under way";

impl Station {
    pub(super) fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        let id = dispatch.id;
        if self.outbox.holds(id) {
            return;
        }
        if let Command::StopCharge { order, .. } = dispatch.command {
            self.call_off_start(order, now, out);
        }
        if matches!(dispatch.command, Command::PushTariff(_)) {
            // Whatever becomes of it, what the pile holds is not what it should hold.
            self.learn(traits::PRICES, "wanted", now, out);
        }
        let refusal = match self.job_of(dispatch, now, out) {
            _ if self.outbox.room() == 0 => {
                Some("too many commands are waiting for this pile".to_owned())
            }
            Ok(job) => {
                self.outbox.push(job);
                None
            }
            Err(why) => Some(why),
        };
        if let Some(why) = refusal {
            self.refused(Some(id), None, &why, now, out);
        }
        self.pump(now, out);
    }

    fn job_of(
        &mut self,
        dispatch: Dispatch,
        now: Timestamp,
        out: &mut Output,
    ) -> Result<Job, String> {
        // The dialect may have been learnt only after the command was accepted.
        Infypower
            .check(&self.profile, &dispatch.command)
            .map_err(|fault| fault.to_string())?;
        let ends = matches!(dispatch.command, Command::StopCharge { .. });
        let begins = matches!(dispatch.command, Command::StartCharge(_));
        if (begins || ends) && !self.may_command() {
            return Err(NOT_SIGNED_IN.to_owned());
        }
        let upgrading = |job: &Job| matches!(job.task, Task::Firmware(_));
        if !ends && self.outbox.all().any(upgrading) {
            return Err(UPGRADES.to_owned());
        }
        let priority = dispatch.command.priority();
        let (id, msg_id) = (dispatch.id, dispatch.msg_id);
        let (shot, task) = self.task_of(dispatch, now, out)?;
        let starting = self.outbox.all().any(|job| job.task.starts().is_some());
        if task.needs_idle() && (starting || self.guns.busy()) {
            return Err(HAS_SESSION.to_owned());
        }
        Ok(Job {
            id: Some(id),
            priority,
            shot,
            msg_id,
            attempts: 0,
            begun: false,
            not_before: Timestamp(0),
            task,
        })
    }

    fn task_of(
        &mut self,
        dispatch: Dispatch,
        now: Timestamp,
        out: &mut Output,
    ) -> Result<(Shot, Task), String> {
        Ok(match dispatch.command {
            Command::StartCharge(plan) => {
                let gun_no = self.gun_no(plan.port);
                let shot = words::start(&self.profile, gun_no, &plan);
                self.begin_anew(plan.order);
                let asking = if dispatch.attempted {
                    Asking::BeforeRepeat
                } else {
                    Asking::No
                };
                let first = match asking {
                    Asking::No => shot.clone(),
                    _ => words::ask_status(gun_no),
                };
                let task = StartTask {
                    order: plan.order,
                    port: plan.port,
                    gun_no,
                    shot,
                    asking,
                    written: u16::from(dispatch.attempted),
                    stopped: false,
                };
                (first, Task::Start(Box::new(task)))
            }
            Command::StopCharge {
                port,
                order,
                serial,
            } => {
                let charge = serial.map_or(ChargeKey::Order(order), ChargeKey::Serial);
                (words::stop(self.gun_no(port)), Task::stop(charge, port))
            }
            Command::QueryPort { port } => {
                let guns = traits::gun_count(&self.profile).unwrap_or(1);
                let ports = match port {
                    Some(port) => vec![port],
                    None => (1..=guns).map(PortNo).collect(),
                };
                let shots = ports
                    .iter()
                    .map(|port| words::ask_status(self.gun_no(*port)));
                let mut shots: VecDeque<Shot> = shots.collect();
                let first = shots.pop_front().ok_or("the pile has no gun")?;
                (first, Task::Status(shots))
            }
            Command::SyncTime => {
                let clock = Steps {
                    clock: true,
                    ..Steps::default()
                };
                (clock_shot(now), Task::Steps(clock))
            }
            Command::Restart { when_idle } => (
                words::control(0, ControlAddress::Restart),
                Task::Restart { when_idle },
            ),
            Command::PushTariff(table) => {
                let shot = prices::shot(&self.profile, &table).ok_or("the table does not fit")?;
                (shot, Task::PushPrices(Box::new(table)))
            }
            Command::QueryTariff => {
                let shot = Shot {
                    cmd: 1101,
                    body: PricesAsk {}.into(),
                    seq: None,
                    expect: Expect::Cmd(1102),
                    wait: ANSWER_WAIT,
                    tries: 1,
                };
                (shot, Task::QueryPrices)
            }
            Command::QueryHistory { first, count } => {
                let body = HistoryAsk {
                    reserved: Reserved::default(),
                    start_index: first,
                    count,
                };
                let shot = Shot {
                    cmd: 401,
                    body: body.into(),
                    seq: None,
                    expect: Expect::Cmd(402),
                    wait: ANSWER_WAIT,
                    tries: 1,
                };
                (
                    shot,
                    Task::History {
                        left: count,
                        came: 0,
                    },
                )
            }
            Command::UpdateFirmware { source, .. } => {
                let upgrade = Upgrade::of(source, dispatch.image)?;
                (Upgrade::first_shot(), Task::Firmware(Box::new(upgrade)))
            }
            Command::SetService { in_service, .. } => {
                // The pile hears it in the answer to its next sign-in, which is asked for.
                let service = if in_service { "normal" } else { "suspended" };
                self.learn(traits::SERVICE, service, now, out);
                steps(
                    VecDeque::from([words::control(0, ControlAddress::SignInNow)]),
                    false,
                )?
            }
            Command::SetParams { values, .. } => {
                steps(params::setting(&self.profile, &values)?, false)?
            }
            Command::QueryParams { .. } => steps(params::reading(), true)?,
            Command::SetQr { port, text } => {
                let shot = params::qr(&self.profile, port, &text).ok_or("no such QR code")?;
                steps(VecDeque::from([shot]), false)?
            }
            Command::Vendor { name, values } => {
                let (shots, reads) = params::vendor(self, &name, &values)?;
                steps(shots, reads)?
            }
            _ => return Err("this family has no such command".to_owned()),
        })
    }

    /// Writes what may be written now.
    pub(super) fn pump(&mut self, now: Timestamp, out: &mut Output) {
        self.set_clock(now);
        if !self.may_command() {
            return;
        }
        while let Some(mut job) = self.outbox.next(now) {
            if !job.begun && job.task.needs_idle() && self.guns.busy() {
                // A charge has begun while it waited.
                self.refused(job.id, None, HAS_SESSION, now, out);
                continue;
            }
            if !self.aim_stop(&mut job) {
                self.nothing_to_stop(&job, now, out);
                continue;
            }
            if matches!(&job.task, Task::Steps(steps) if steps.clock) {
                job.shot = clock_shot(now);
            }
            let seq = job.shot.seq.unwrap_or_else(|| self.next_seq());
            self.write(job.shot.cmd, seq, job.shot.body.clone(), out);
            let attempt = match &mut job.task {
                Task::Start(start) if start.asking != Asking::No => None,
                Task::Start(start) => {
                    start.written += 1;
                    Some(start.written)
                }
                Task::Stop { asking, .. } => (!*asking).then_some(job.attempts + 1),
                // The first frame of several, and repeats.
                _ => (!job.begun || job.attempts > 0).then_some(job.attempts + 1),
            };
            if let Some(attempt) = attempt {
                let outcome = Outcome::Written {
                    cmd: job.shot.cmd,
                    msg_id: job.msg_id,
                    attempt,
                };
                self.report(job.id, outcome, now, out);
            }
            self.outbox.launched(job, now);
        }
    }

    /// The gun runs something else by now, or nothing.
    fn nothing_to_stop(&self, job: &Job, now: Timestamp, out: &mut Output) {
        if job.attempts > 0 {
            // It was written before, and the charge is over.
            return self.accept(job.id, None, now, out);
        }
        let why = "the gun does not run this charge";
        self.refused(job.id, None, why, now, out);
    }

    pub(super) fn tick(&mut self, now: Timestamp, out: &mut Output) {
        while let Some(job) = self.outbox.overdue(now) {
            self.unanswered(job, now, out);
        }
        self.pump(now, out);
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let commands = self.may_command();
        let clock = self.clock_due.filter(|_| commands && !self.guns.busy());
        self.outbox
            .deadline(commands)
            .into_iter()
            .chain(clock)
            .min()
    }
}

/// The first of several frames, and the rest.
fn steps(mut shots: VecDeque<Shot>, reads: bool) -> Result<(Shot, Task), String> {
    let first = shots.pop_front().ok_or("there is nothing to send")?;
    let steps = Steps {
        rest: shots,
        reads,
        ..Steps::default()
    };
    Ok((first, Task::Steps(steps)))
}

/// The wire command of a command, as logs print it.
pub(crate) fn wire_command(command: &Command, dialect: Dialect) -> Option<u16> {
    Some(match command {
        Command::StartCharge(_) => 7,
        Command::StopCharge { .. } | Command::QueryPort { .. } | Command::Restart { .. } => 5,
        Command::SetService { .. } if dialect == Dialect::Shenghong => 5,
        Command::SyncTime | Command::SetQr { .. } => 3,
        Command::SetParams { .. } | Command::QueryParams { .. } => 1,
        Command::PushTariff(_) => 1103,
        Command::QueryTariff => 1101,
        Command::QueryHistory { .. } => 401,
        Command::UpdateFirmware { .. } => 1001,
        Command::Vendor { name, .. } => params::vendor_wire(name)?,
        _ => return None,
    })
}
