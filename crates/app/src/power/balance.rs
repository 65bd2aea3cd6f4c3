//! The supply of a station is shared among its devices, and starts wait for room.

use super::{ByStation, Seen};
use crate::{App, AppError};
use dashmap::DashMap;
use device::{Command, PowerLimit};
use domain::command::CommandState;
use domain::load_balance::{Allocation, Consumer, InForce, LEAST_PCT, Steering, allocate, steps};
use kernel::{CommandId, PhyId, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::power_limits::PowerLimitRow;
use store::station_power::StationPower;
use store::{commands, power_limits};
use tracing::{info, warn};

/// An answer is awaited so long; afterwards the device counts with all that it might draw.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A device that did not answer, or refused, is asked again so often.
const AGAIN_AFTER: Duration = Duration::from_mins(5);

pub(super) const SENT: &str = "sent";
pub(super) const TAKEN: &str = "taken";
const REFUSED: &str = "refused";
const UNANSWERED: &str = "unanswered";

/// What the last look decided, by station.
pub(super) type Plans = DashMap<i64, (Timestamp, Vec<(PhyId, Consumer)>, Allocation)>;

/// What is left for starts at a station until the next look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    left_w: i64,
    start_w: i64,
    short: bool,
}

impl App {
    pub(super) async fn balance_stations(&self, by_station: &ByStation) -> Result<(), AppError> {
        let settings = self.power.stations.load_full();
        for (station, devices) in by_station {
            let power = settings.get(station).cloned();
            let Some(power) = power.filter(|power| power.balancing) else {
                continue;
            };
            for device in devices {
                self.hear_answer(device).await?;
            }
            Box::pin(self.balance(&power, devices)).await?;
        }
        let wanted = |station: &i64| settings.get(station).is_some_and(|power| power.balancing);
        self.power.rooms.retain(|station, _| wanted(station));
        self.power.plans.retain(|station, _| wanted(station));
        Ok(())
    }

    async fn balance(&self, power: &StationPower, devices: &[Arc<Seen>]) -> Result<(), AppError> {
        let now = self.now();
        let available = power.capacity_w - power.reserve_w;
        let consumers: Vec<Consumer> = devices.iter().map(|seen| self.consumer(seen)).collect();
        let in_force: Vec<InForce> = devices.iter().map(|seen| self.in_force(seen)).collect();
        let plan = allocate(available, &consumers);
        let room = Room {
            left_w: if plan.short { 0 } else { plan.room_w },
            start_w: power.start_w,
            short: plan.short,
        };
        self.power.rooms.insert(power.station_id, room);
        // A limit that falls makes room when its device has taken it, not when it was told.
        let waits = devices.iter().any(|seen| {
            let known = self.power.limits.get(&seen.id);
            known.is_some_and(|row| row.state == SENT)
        });
        for step in steps(available, &consumers, &in_force, &plan, now) {
            if waits && step.percent > in_force[step.place].percent {
                continue;
            }
            self.limit(power.station_id, &devices[step.place], step.percent)
                .await?;
        }
        for (place, seen) in devices.iter().enumerate() {
            let consumer = consumers[place];
            let known = self.power.limits.get(&seen.id).map(|row| row.sent_at);
            let again = known.is_some_and(|sent| now.since(sent) >= AGAIN_AFTER);
            if consumer.steering == Steering::Silent && seen.online && again {
                self.limit(power.station_id, seen, consumer.least_pct)
                    .await?;
            }
        }
        let named = devices.iter().map(|seen| seen.phy_id.clone());
        let lines = named.zip(consumers).collect();
        self.power
            .plans
            .insert(power.station_id, (now, lines, plan));
        Ok(())
    }

    fn consumer(&self, seen: &Seen) -> Consumer {
        let share = self.power.shares.load().get(&seen.id).cloned();
        let least = share
            .as_ref()
            .and_then(|share| u8::try_from(share.least_pct).ok());
        let answers = self
            .power
            .limits
            .get(&seen.id)
            .is_none_or(|row| row.state == TAKEN || row.state == SENT);
        let active = seen.orders > 0 || seen.draw_w > 0;
        let steering = match (seen.takes_limits && seen.rated_w > 0, seen.online) {
            (false, _) => Steering::Measured,
            (true, true) if answers => Steering::Steerable,
            // Away with nothing under way it draws nothing.
            (true, false) if !active => Steering::Measured,
            (true, _) => Steering::Silent,
        };
        Consumer {
            steering,
            rated_w: seen.rated_w,
            draw_w: seen.draw_w,
            active,
            least_pct: least.unwrap_or(LEAST_PCT),
            weight: share.map_or(1, |share| u8::try_from(share.weight).unwrap_or(1)),
        }
    }

    /// The limit that it was told last.
    fn in_force(&self, seen: &Seen) -> InForce {
        let row = self.power.limits.get(&seen.id);
        row.map_or(
            InForce {
                percent: 100,
                since: None,
            },
            |row| InForce {
                percent: u8::try_from(row.percent).unwrap_or(100),
                since: Some(row.sent_at),
            },
        )
    }

    async fn limit(&self, station_id: i64, seen: &Seen, percent: u8) -> Result<(), AppError> {
        let command = Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(percent),
        };
        let sent = self
            .send_command("load balance", &seen.phy_id, command, None)
            .await;
        let (command_id, state) = match sent {
            Ok(ticket) => (ticket.command, SENT),
            Err(AppError::Unavailable) => return Err(AppError::Unavailable),
            Err(error) => {
                warn!(device = %seen.phy_id, %error, "a power limit was not sent");
                (CommandId(0), UNANSWERED)
            }
        };
        info!(device = %seen.phy_id, station_id, percent, "power limit");
        let row = PowerLimitRow {
            device_id: seen.id,
            station_id,
            percent: i16::from(percent),
            command_id,
            sent_at: self.now(),
            state: state.to_owned(),
            answered_at: None,
        };
        self.note_limit(row).await
    }

    async fn note_limit(&self, row: PowerLimitRow) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        power_limits::put(direct.conn(), &row).await?;
        drop(direct);
        self.power.limits.insert(row.device_id, row);
        Ok(())
    }

    /// Looks what became of the last limit.
    async fn hear_answer(&self, seen: &Seen) -> Result<(), AppError> {
        let waiting = self.power.limits.get(&seen.id).map(|row| row.clone());
        let Some(mut row) = waiting.filter(|row| row.state == SENT || row.state == UNANSWERED)
        else {
            return Ok(());
        };
        let mut view = self.db.view().await?;
        let command = commands::find(view.conn(), row.command_id).await?;
        drop(view);
        let now = self.now();
        let late = now.since(row.sent_at) >= ANSWER_WITHIN;
        let state = match command.map(|command| command.state) {
            Some(CommandState::Acked) => TAKEN,
            Some(CommandState::Nacked) => REFUSED,
            Some(CommandState::Queued | CommandState::Sent) if !late => return Ok(()),
            _ => UNANSWERED,
        };
        if state == row.state {
            return Ok(());
        }
        if state != TAKEN {
            warn!(device = %seen.phy_id, state, "a device does not follow its power limit");
        }
        row.state = state.to_owned();
        row.answered_at = (state != UNANSWERED).then_some(now);
        self.note_limit(row).await
    }

    /// Whether a start would take a balanced station beyond its supply. What is granted here is
    /// taken from the room until the next look.
    pub(crate) fn lacks_room(&self, device: &PhyId) -> bool {
        let Some((station, takes, rated_w, busy)) = self.live.read(device, |live| {
            let probe = Command::SetPowerLimit {
                port: None,
                limit: PowerLimit::Percent(LEAST_PCT),
            };
            let takes = live.protocol.check(&live.profile, &probe).is_ok();
            let busy = live
                .ports
                .iter()
                .any(|port| self.orders.on_port(device, port.port).is_some());
            (live.station_id, takes, live.rated_power.0 / 10, busy)
        }) else {
            return false;
        };
        let Some(mut room) = station.and_then(|station| self.power.rooms.get_mut(&station)) else {
            return false;
        };
        let need = match (takes && rated_w > 0, busy) {
            // It charges already, and its limit covers all of its ports.
            (true, true) => 0,
            (true, false) => rated_w * i64::from(LEAST_PCT) / 100,
            (false, _) => room.start_w,
        };
        if room.short || need > room.left_w {
            return true;
        }
        room.left_w -= need;
        false
    }
}
