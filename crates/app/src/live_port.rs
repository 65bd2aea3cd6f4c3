//! One port as it was last heard of.

use crate::quality::Watch;
use device::{BatteryReport, ChargeKey, Fault, GroundLockReport, PortReport, PortState};
use domain::port::PortMemory;
use kernel::{ClockSet, Current, DeviceId, OrderNo, PortNo, Power, Timestamp, Voltage};
use std::time::Duration;
use store::ports;

/// State of charge of a vehicle that is full, %.
const FULL: u8 = 100;

/// How long a charge without an order stays one before it is looked for again: its device tells
/// of it every few seconds, and each look costs the database a search.
const STRANGE_FOR: Duration = Duration::from_mins(1);

/// The last word on a port.
#[derive(Clone, Debug)]
pub struct LivePort {
    /// Its number.
    pub port: PortNo,
    /// Its state and what is remembered to judge the next report.
    pub memory: PortMemory,
    /// The status bits as they came last.
    pub raw: Option<u32>,
    /// Power.
    pub power: Power,
    /// Voltage, where known.
    pub voltage: Option<Voltage>,
    /// Current, where known.
    pub current: Option<Current>,
    /// °C, where known.
    pub temperature_c: Option<i16>,
    /// State of charge of the vehicle, %, where known.
    pub soc: Option<u8>,
    /// When the vehicle was first seen full.
    pub full_at: Option<Timestamp>,
    /// Minutes until the vehicle is full, where known.
    pub remaining_min: Option<u16>,
    /// What the lock of its parking space last said.
    pub ground_lock: Option<GroundLockReport>,
    /// What the vehicle's battery last said, and when.
    pub battery: Option<Box<(Timestamp, BatteryReport)>>,
    /// Its last report.
    pub reported_at: Option<Timestamp>,
    /// Since when it has been charging although no order of ours runs there.
    pub lonely_since: Option<Timestamp>,
    /// The charge without an order of ours that was last looked for in vain, and when.
    pub strange: Option<Box<(ChargeKey, Timestamp)>>,
    /// When the device was last asked about a charge that had fallen silent.
    pub asked_at: Option<Timestamp>,
    /// How often it has been asked without any word of the charge since.
    pub asked: u8,
    /// How many starts in a row have failed.
    pub(crate) failed_starts: u8,
    /// What it is rated for; zero when unknown.
    pub(crate) rated_power: Power,
    /// What is seen of the charge that runs there, or ran last.
    pub(crate) watch: Option<Box<Watch>>,
    /// Its values have not been written to the database yet.
    pub dirty: bool,
}

impl LivePort {
    /// A port that has never been heard of.
    pub fn unknown(port: PortNo) -> Self {
        Self {
            port,
            memory: PortMemory::default(),
            raw: None,
            power: Power::ZERO,
            voltage: None,
            current: None,
            temperature_c: None,
            soc: None,
            full_at: None,
            remaining_min: None,
            ground_lock: None,
            battery: None,
            reported_at: None,
            lonely_since: None,
            strange: None,
            asked_at: None,
            asked: 0,
            failed_starts: 0,
            rated_power: Power::ZERO,
            watch: None,
            dirty: false,
        }
    }

    /// A port as the database knows it.
    pub fn from_row(row: &ports::Port) -> Self {
        let mut live = Self::unknown(row.port_no);
        live.memory.state = row.state;
        live.memory.fault_code = row.fault_code;
        live.memory.faults = fault_of_code(row.fault_code).into_iter().collect();
        live.memory.plugged = row.plugged;
        live.raw = row.raw_status;
        live.power = row.power_w.unwrap_or_default();
        live.voltage = row.voltage;
        live.current = row.current;
        live.temperature_c = row.temp;
        live.rated_power = Power::from_watts(row.rated_power_w.unwrap_or(0));
        live
    }

    /// Remembers a fault whose alarm is open; the port's row keeps the first one only.
    pub fn remember_fault(&mut self, code: u32) {
        let known = &mut self.memory.faults;
        known.extend(fault_of_code(code).filter(|fault| !known.contains(fault)));
    }

    /// Somebody set the clock.
    pub(crate) fn clock_was_set(&mut self, set: &ClockSet) {
        for at in [
            &mut self.full_at,
            &mut self.reported_at,
            &mut self.lonely_since,
            &mut self.asked_at,
            &mut self.memory.clean_since,
        ] {
            set.move_some(at);
        }
        if let Some(battery) = &mut self.battery {
            battery.0 = set.moved(battery.0);
        }
        if let Some(strange) = &mut self.strange {
            strange.1 = set.moved(strange.1);
        }
        if let Some(watch) = &mut self.watch {
            watch.clock_was_set(set);
        }
    }

    /// Whether this charge was looked for not long ago, and no order found.
    pub fn is_strange(&self, charge: &ChargeKey, now: Timestamp) -> bool {
        self.strange
            .as_ref()
            .is_some_and(|known| known.0 == *charge && now < known.1 + STRANGE_FOR)
    }

    /// Takes the values that a report carried; what it did not carry stays. True when anything
    /// that is stored has changed.
    pub fn take_values(&mut self, report: &PortReport, now: Timestamp) -> bool {
        let before = (
            self.raw,
            self.voltage,
            self.current,
            self.temperature_c,
            self.power,
        );
        self.raw = Some(report.raw);
        self.voltage = report.voltage.or(self.voltage);
        self.current = report.current.or(self.current);
        self.temperature_c = report.temperature_c.or(self.temperature_c);
        self.reported_at = Some(now);
        self.take_soc(report.meter.as_ref().and_then(|meter| meter.soc), now);
        let metered = report
            .power
            .or_else(|| report.meter.as_ref().and_then(|meter| meter.power));
        self.power = match report.state {
            PortState::Charging | PortState::Suspended => metered.unwrap_or(self.power),
            _ => metered.unwrap_or(Power::ZERO),
        };
        before
            != (
                self.raw,
                self.voltage,
                self.current,
                self.temperature_c,
                self.power,
            )
    }

    /// When the charge that runs there was last heard of, or began: since then reports of it are
    /// due. None where nothing is known to have run, and for what another run of the program heard
    /// last.
    pub(crate) fn charge_heard_at(&self, order: Option<OrderNo>) -> Option<Timestamp> {
        let watch = self.watch.as_ref();
        match watch.filter(|watch| Some(watch.order) == order) {
            Some(watch) => match watch.heard_at {
                Some(heard) => self.reported_at.and(Some(heard)),
                None => Some(watch.started_at),
            },
            None => self.reported_at.filter(|_| {
                let state = self.memory.state;
                matches!(state, PortState::Charging | PortState::Suspended)
            }),
        }
    }

    /// A report of the charge of an order came; the device has had so many bad frames.
    pub(crate) fn heard(
        &mut self,
        order: OrderNo,
        now: Timestamp,
        period: Duration,
        bad_frames: u64,
    ) {
        let known = self.watch.take().filter(|watch| watch.order == order);
        let begun = || Box::new(Watch::begin(order, now, bad_frames));
        let mut watch = known.unwrap_or_else(begun);
        watch.heard(now, period);
        self.watch = Some(watch);
    }

    /// Takes a state of charge, %, where one was told.
    pub fn take_soc(&mut self, soc: Option<u8>, now: Timestamp) {
        self.soc = soc.or(self.soc);
        if let Some(soc) = soc {
            self.full_at = (soc >= FULL).then(|| self.full_at.unwrap_or(now));
        }
    }

    /// The row as it is to be written.
    pub fn to_row(
        &self,
        device_id: DeviceId,
        order: Option<OrderNo>,
        now: Timestamp,
    ) -> ports::LivePort {
        ports::LivePort {
            device_id,
            port_no: self.port,
            state: self.memory.state,
            raw_status: self.raw,
            fault_code: self.memory.fault_code,
            power: Some(self.power),
            voltage: self.voltage,
            current: self.current,
            temp: self.temperature_c,
            plugged: self.memory.plugged,
            current_order_no: order,
            at: now,
        }
    }
}

/// The fault that a published code stands for; zero is none.
fn fault_of_code(code: u32) -> Option<Fault> {
    const NAMED: [Fault; 22] = [
        Fault::ShortCircuit,
        Fault::OverCurrent,
        Fault::OverTemperature,
        Fault::OverPower,
        Fault::OverVoltage,
        Fault::UnderVoltage,
        Fault::Leakage,
        Fault::Smoke,
        Fault::EmergencyStop,
        Fault::Meter,
        Fault::Relay,
        Fault::Insulation,
        Fault::GunLock,
        Fault::Bms,
        Fault::ChargingModule,
        Fault::SurgeProtector,
        Fault::Door,
        Fault::ControlPilot,
        Fault::PowerLoss,
        Fault::BatteryReversed,
        Fault::InnerLink,
        Fault::Earth,
    ];
    let named = NAMED.into_iter().find(|fault| fault.code() == code);
    named.or_else(|| (code != 0).then_some(Fault::Unknown(code)))
}
