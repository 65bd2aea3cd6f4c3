//! Commands as frames.

use super::billing;
use super::outbox::{Job, Key};
use super::parallel::ALL_WITHIN;
use super::pile::{GUN_MAX, Pile};
use super::starts::START_WITHIN;
use super::task::{Start, Task};
use super::words;
use crate::codes::{Execution, FrameType, LockAction, WorkState};
use crate::message::{
    BalanceUpdate, Body, CardList, LockCommand, OfflineCard, ParallelStart, QrPrefix, Reboot,
    StoreCards, Update, Work,
};
use crate::traits;
use crate::value::{CardNo, Ident, ParallelNo, Prefix};
use device::{ChargePlan, Command, Dispatch, FirmwareSource, ParamValue, PowerLimit};
use kernel::{PortNo, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;
use wire::Text;

/// Cards in one frame that stores them: what 200 bytes hold.
const STORED_AT_ONCE: usize = 11;
/// Cards in one frame that clears or asks for them.
const LISTED_AT_ONCE: usize = 23;
/// Minutes that a pile is given to fetch its firmware.
const DOWNLOAD_MINUTES: u8 = 60;
/// Beyond these it is given so long to say how it went.
const UPDATE_GRACE: Duration = Duration::from_mins(2);
/// A stop of a session that runs is written so often.
const STOP_TRIES: u16 = 3;
/// New prices are sent so often, this far apart.
const MODEL_TRIES: u16 = 3;
const MODEL_WAIT: Duration = Duration::from_secs(30);

/// What the check of the protocol has admitted and a frame cannot hold all the same.
const UNFIT: &str = "the frame has no room for that";

impl Pile {
    pub(super) fn job_of(&mut self, dispatch: Dispatch) -> Result<Job, &'static str> {
        let attempted = dispatch.attempted;
        let mut job = match dispatch.command {
            Command::StartCharge(plan) => return self.start_job(&plan, attempted),
            Command::StopCharge { port, serial, .. } => {
                let gun = words::gun_of(port).ok_or(UNFIT)?;
                let serial = words::serial(serial.as_deref());
                return Ok(self.stop_job(gun, port, serial, STOP_TRIES));
            }
            Command::QueryPort { port } => self.query_job(port)?,
            Command::SyncTime => {
                let now = Timestamp::default();
                once(FrameType::Time, 0, self.time(now)).with(Task::Time(false))
            }
            Command::Restart { when_idle } => {
                let body = Body::Reboot(Reboot {
                    pile_code: self.code,
                    mode: execution(when_idle),
                });
                once(FrameType::Reboot, 0, body)
            }
            Command::PushTariff(table) => {
                let model = billing::model(self.code, &table).ok_or(UNFIT)?;
                Job {
                    tries: MODEL_TRIES,
                    wait: MODEL_WAIT,
                    // A session is billed by the prices that it began with.
                    when_idle: true,
                    ..once(
                        FrameType::ModelSetting,
                        0,
                        Body::ModelSetting(Box::new(model)),
                    )
                }
            }
            Command::SetQr { text, .. } => {
                let body = Body::QrPrefix(QrPrefix {
                    pile_code: self.code,
                    format: traits::qr_format(&self.profile),
                    prefix: Prefix::of(&text).ok_or(UNFIT)?,
                });
                once(FrameType::QrPrefix, 0, body).with(Task::Qr(text))
            }
            Command::SetPowerLimit { limit, .. } => {
                let PowerLimit::Percent(max_power) = limit else {
                    return Err(UNFIT);
                };
                self.work_job(traits::is_locked(&self.profile), max_power)
            }
            Command::SetService { in_service, .. } => Job {
                // Whoever charges is not cut off; `work_parameters` does that.
                when_idle: !in_service,
                ..self.work_job(!in_service, traits::max_power(&self.profile))
            },
            Command::MoveGroundLock { port, raise } => {
                let gun_no = words::gun_of(port).ok_or(UNFIT)?;
                let body = Body::LockCommand(LockCommand {
                    pile_code: self.code,
                    gun_no,
                    action: if raise {
                        LockAction::Raise
                    } else {
                        LockAction::Lower
                    },
                    reserved: Ident::default(),
                });
                once(FrameType::LockCommand, gun_no, body)
            }
            Command::StoreCards { cards } => self.store_job(&cards)?,
            Command::RemoveCards { physical } => {
                self.list_job(FrameType::ClearCards, &physical, Body::ClearCards)?
            }
            Command::QueryCards { physical } => {
                self.list_job(FrameType::QueryCards, &physical, Body::QueryCards)?
            }
            Command::UpdateBalance {
                port,
                balance,
                physical_card,
                ..
            } => {
                let body = Body::BalanceUpdate(BalanceUpdate {
                    pile_code: self.code,
                    gun_no: words::gun(words::gun_of(port).ok_or(UNFIT)?),
                    physical_card: words::physical_card(physical_card.as_deref()),
                    balance: words::balance(balance),
                });
                once(FrameType::BalanceUpdate, 0, body)
            }
            Command::UpdateFirmware { source, .. } => self.update_job(&source)?,
            Command::Vendor { name, values } => return self.vendor_job(&name, &values),
            _ => return Err("this family has no such command"),
        };
        job.priority = job.priority.max(2);
        Ok(job)
    }

    fn start_job(&self, plan: &ChargePlan, attempted: bool) -> Result<Job, &'static str> {
        let gun = words::gun_of(plan.port).ok_or(UNFIT)?;
        let serial =
            words::serial(plan.serial.as_deref()).ok_or("the order has no transaction number")?;
        let start = words::remote_start(self.code, gun, serial, plan);
        let parallel = match plan.parallel.as_deref() {
            Some(text) => Some(ParallelNo::padded(text).ok_or(UNFIT)?),
            None => None,
        };
        let body = match parallel {
            Some(parallel_no) => Body::ParallelStart(ParallelStart { start, parallel_no }),
            None => Body::RemoteStart(start),
        };
        let kind = body.frame_type();
        let task = Task::Start(Start {
            order: plan.order,
            port: plan.port,
            serial,
            parallel,
            body: body.clone(),
            written_at: Timestamp::default(),
            ask_first: attempted,
            refusal: None,
        });
        let body = if attempted {
            words::read_realtime(self.code, gun)
        } else {
            body
        };
        Ok(Job {
            wait: match parallel {
                Some(_) => ALL_WITHIN,
                None => START_WITHIN,
            },
            ..words::job(Key::of(kind, gun), body, task)
        })
    }

    fn query_job(&self, port: Option<PortNo>) -> Result<Job, &'static str> {
        let (first, rest) = match port {
            Some(port) => (words::gun_of(port).ok_or(UNFIT)?, VecDeque::new()),
            None => (1, (2..=self.gun_count.min(GUN_MAX)).collect()),
        };
        let body = words::read_realtime(self.code, first);
        Ok(once(FrameType::ReadRealtime, first, body).with(Task::Query(rest)))
    }

    fn work_job(&self, locked: bool, max_power: u8) -> Job {
        let body = Body::Work(Work {
            pile_code: self.code,
            work_state: if locked {
                WorkState::Locked
            } else {
                WorkState::Allowed
            },
            max_power_percent: max_power,
        });
        once(FrameType::Work, 0, body).with(Task::Work { locked, max_power })
    }

    fn store_job(&self, cards: &[device::OfflineCard]) -> Result<Job, &'static str> {
        let mut bodies = VecDeque::new();
        for some in cards.chunks(STORED_AT_ONCE) {
            let cards: Option<Vec<_>> = some
                .iter()
                .map(|card| {
                    Some(OfflineCard {
                        logical_card: CardNo::padded(&card.card_no)?,
                        physical_card: CardNo::padded(&card.physical)?,
                    })
                })
                .collect();
            let cards = cards.and_then(|cards| cards.try_into().ok());
            bodies.push_back(Body::StoreCards(Box::new(StoreCards {
                pile_code: self.code,
                cards: cards.ok_or(UNFIT)?,
            })));
        }
        cards_job(FrameType::StoreCards, bodies)
    }

    fn list_job(
        &self,
        kind: FrameType,
        physical: &[String],
        make: fn(CardList) -> Body,
    ) -> Result<Job, &'static str> {
        let mut bodies = VecDeque::new();
        for some in physical.chunks(LISTED_AT_ONCE) {
            let cards: Option<Vec<_>> = some.iter().map(|card| CardNo::padded(card)).collect();
            let cards = cards.and_then(|cards| cards.try_into().ok());
            bodies.push_back(make(CardList {
                pile_code: self.code,
                cards: cards.ok_or(UNFIT)?,
            }));
        }
        cards_job(kind, bodies)
    }

    fn update_job(&self, source: &FirmwareSource) -> Result<Job, &'static str> {
        let FirmwareSource::Ftp {
            host,
            port,
            file,
            user,
            password,
            when_idle,
        } = source
        else {
            return Err("the pile fetches firmware by FTP");
        };
        let field = |text: &Option<String>| Text::padded(text.as_deref().unwrap_or_default());
        let body = Body::Update(Box::new(Update {
            pile_code: self.code,
            pile_model: traits::model(&self.profile),
            pile_power: traits::power_kw(&self.profile),
            server_address: Text::padded(&host.to_string()).ok_or(UNFIT)?,
            server_port: *port,
            username: field(user).ok_or(UNFIT)?,
            password: field(password).ok_or(UNFIT)?,
            file_path: Text::padded(file).ok_or(UNFIT)?,
            mode: execution(*when_idle),
            timeout_minutes: DOWNLOAD_MINUTES,
        }));
        Ok(Job {
            priority: 4,
            wait: Duration::from_mins(u64::from(DOWNLOAD_MINUTES)) + UPDATE_GRACE,
            ..once(FrameType::Update, 0, body).with(Task::Update)
        })
    }

    fn vendor_job(&self, name: &str, values: &[ParamValue]) -> Result<Job, &'static str> {
        let number = |id: &str| {
            let value = values.iter().find(|value| value.id == id)?;
            value.value.number()
        };
        let byte = |id: &str| number(id).and_then(|number| u8::try_from(number).ok());
        match name {
            "work_parameters" => {
                let locked = number("work_state") == Some(1);
                let max_power = byte("max_power_percent").ok_or(UNFIT)?;
                Ok(self.work_job(locked, max_power))
            }
            "stop_gun" => {
                let gun = byte("gun_no").ok_or(UNFIT)?;
                let port = PortNo(u16::from(gun));
                Ok(self.stop_job(gun, port, None, STOP_TRIES))
            }
            _ => Err("this family has no such command"),
        }
    }
}

impl Job {
    fn with(self, task: Task) -> Self {
        Self { task, ..self }
    }
}

fn once(kind: FrameType, gun: u8, body: Body) -> Job {
    Job {
        priority: 3,
        ..words::job(Key::of(kind, gun), body, Task::Once)
    }
}

/// Frames one after the other, each when the one before it has been answered.
fn cards_job(kind: FrameType, mut bodies: VecDeque<Body>) -> Result<Job, &'static str> {
    let first = bodies.pop_front().ok_or("no cards were given")?;
    Ok(once(kind, 0, first).with(Task::Cards {
        rest: bodies,
        said: Vec::new(),
    }))
}

const fn execution(when_idle: bool) -> Execution {
    if when_idle {
        Execution::WhenIdle
    } else {
        Execution::Now
    }
}

/// The frame type under which a command goes on the wire.
pub(crate) fn wire_command(command: &Command) -> Option<u16> {
    let kind = match command {
        Command::StartCharge(plan) if plan.parallel.is_some() => FrameType::ParallelStart,
        Command::StartCharge(_) => FrameType::RemoteStart,
        Command::StopCharge { .. } => FrameType::RemoteStop,
        Command::QueryPort { .. } => FrameType::ReadRealtime,
        Command::SyncTime => FrameType::Time,
        Command::Restart { .. } => FrameType::Reboot,
        Command::PushTariff(_) => FrameType::ModelSetting,
        Command::SetQr { .. } => FrameType::QrPrefix,
        Command::SetPowerLimit { .. } | Command::SetService { .. } => FrameType::Work,
        Command::MoveGroundLock { .. } => FrameType::LockCommand,
        Command::StoreCards { .. } => FrameType::StoreCards,
        Command::RemoveCards { .. } => FrameType::ClearCards,
        Command::QueryCards { .. } => FrameType::QueryCards,
        Command::UpdateBalance { .. } => FrameType::BalanceUpdate,
        Command::UpdateFirmware { .. } => FrameType::Update,
        Command::Vendor { name, .. } if name == "stop_gun" => FrameType::RemoteStop,
        Command::Vendor { name, .. } if name == "work_parameters" => FrameType::Work,
        _ => return None,
    };
    Some(u16::from(u8::from(kind)))
}
