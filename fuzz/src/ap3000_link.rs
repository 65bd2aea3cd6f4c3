//! The platform's link of AP3000, driven by a script that the bytes spell.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use ap3000::frame::{Scan, scan, seal};
use ap3000::{Ap3000, PhysicalId};
use device::{
    Admission, Answer, CardRefusal, CardVerdict, ChargeMode, ChargePlan, Command, Dispatch,
    FirmwareSource, FirmwareTarget, Item, Link, Output, ParamContent, ParamValue, Profile,
    Protocol, Receipt,
};
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Power, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that one call may make a link write.
const WRITTEN_MAX: usize = 1024 * 1024;
/// Deadlines that are honoured one after the other before one of them must lie in the future.
const TICKS_MAX: usize = 10_000;
/// A host with its namesake, another device, a host of its own.
const IDS: [u32; 4] = [0x04A2_6CF3, 0x04A2_28CD, 0x09D6_2684, 0x06C6_5D41];
/// Commands that an uplink is made with.
const UPLINKS: [u8; 32] = [
    0x21, 0x20, 0x06, 0x03, 0x82, 0x02, 0x01, 0x04, 0x22, 0x12, 0x11, 0x35, 0x42, 0x8A, 0x83, 0x84,
    0x85, 0x90, 0x91, 0x92, 0xE0, 0xF8, 0xFA, 0x05, 0x15, 0x17, 0x3B, 0x41, 0x43, 0x44, 0x72, 0x87,
];

/// Any order of bytes, commands, answers, admissions and time: nothing panics, what is written
/// stays bounded and well framed, all bytes are accounted for, and deadlines move on.
pub(crate) fn link(data: &[u8]) {
    let mut stage = Stage::new();
    stage.pass_time();
    let mut script = Script(data);
    while let Some(step) = script.byte().filter(|_| !stage.closed) {
        stage.act(step, &mut script);
        stage.settle();
    }
    // An hour of silence ends whatever was under way.
    stage.wait(Duration::from_hours(1));
    assert!(
        stage.closed || !stage.asked.is_empty(),
        "silence is borne for ever"
    );
}

/// The rest of the script.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn number(&mut self) -> u8 {
        self.byte().unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }
}

struct Stage {
    link: Box<dyn Link>,
    out: Output,
    now: Timestamp,
    asked: Vec<PhyId>,
    receipts: Vec<Receipt>,
    commands: i64,
    received: u64,
    accounted: u64,
    /// The link has given the connection up: nothing more is asked of it.
    closed: bool,
}

fn id(choice: u8) -> PhysicalId {
    PhysicalId(IDS[usize::from(choice) % IDS.len()])
}

impl Stage {
    fn new() -> Self {
        Self {
            link: Ap3000.link(),
            out: Output::default(),
            now: Timestamp::from_unix_seconds(1_729_407_600),
            asked: Vec::new(),
            receipts: Vec::new(),
            commands: 0,
            received: 0,
            accounted: 0,
            closed: false,
        }
    }

    fn act(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 10 {
            0 => {
                let count = u16::from_le_bytes([script.number(), script.number()]);
                let bytes = script.take(usize::from(count));
                self.receive(&bytes);
            }
            1 | 2 => {
                let frame = uplink(script);
                self.receive(&frame);
            }
            3 => self.wait(Duration::from_millis(u64::from(script.number()) * 50)),
            4 => self.wait(Duration::from_secs(u64::from(script.number()))),
            5 | 6 => self.command(script),
            7 => {
                let receipt = self
                    .receipts
                    .pop()
                    .unwrap_or(Receipt(u64::from(script.number())));
                let answer = answer(script.number());
                self.link.resolve(receipt, answer, self.now, &mut self.out);
            }
            8 => {
                let admission = if script.number().is_multiple_of(4) {
                    Admission::Stranger
                } else {
                    Admission::Known(profile(script.number()))
                };
                let device = self.asked.pop().unwrap_or_else(|| id(0).phy());
                self.link.admit(&device, admission, self.now, &mut self.out);
            }
            _ => {
                let choice = script.number();
                let device = id(choice).phy();
                let _ = self.link.withdraw(CommandId(i64::from(choice)));
                if choice >= 0xC0 {
                    self.link.release(&device, self.now, &mut self.out);
                } else {
                    self.link.reprofile(&device, profile(script.number()));
                }
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        self.link.receive(bytes, self.now, &mut self.out);
    }

    fn command(&mut self, script: &mut Script<'_>) {
        self.commands += 1;
        let image: Arc<[u8]> = vec![0x5A; usize::from(script.number()) * 16].into();
        let dispatch = Dispatch {
            id: CommandId(self.commands),
            device: id(script.number()).phy(),
            command: command(script),
            msg_id: u32::try_from(self.commands).unwrap_or(1),
            attempted: script.number() & 1 == 1,
            image: Some(image).filter(|image| !image.is_empty()),
        };
        self.link.command(dispatch, self.now, &mut self.out);
    }

    /// Time passes, deadline by deadline, as it does for a connection.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.link.deadline().filter(|at| *at < end && !self.closed) {
            self.now = self.now.max(at);
            self.pass_time();
        }
        self.now = end;
        self.pass_time();
    }

    /// Deadlines up to now are honoured; none may stay in the past.
    fn pass_time(&mut self) {
        for _ in 0..TICKS_MAX {
            self.link.tick(self.now, &mut self.out);
            self.settle();
            match self.link.deadline() {
                Some(at) if at <= self.now && !self.closed => {}
                _ => return,
            }
        }
        panic!("a deadline stays in the past");
    }

    /// Looks at what the link wants, and forgets it, as the gateway does.
    fn settle(&mut self) {
        let wire = std::mem::take(&mut self.out.wire);
        assert!(wire.len() <= WRITTEN_MAX, "{} bytes written", wire.len());
        let mut rest = wire.as_slice();
        while let Scan::Frame(frame) = scan(rest) {
            assert!(
                !matches!(frame.cmd, 0x00 | 0x09 | 0x0A | 0x89 | 0x94 | 0xFD | 0xFE),
                "{:#04x} must never be sent",
                frame.cmd
            );
            rest = rest.get(frame.raw.len()..).unwrap_or_default();
        }
        assert!(rest.is_empty(), "what is written is framed");
        for item in std::mem::take(&mut self.out.items) {
            match item {
                Item::Identify(device) => self.asked.push(device),
                Item::Event(envelope) => self.receipts.extend(envelope.receipt),
                Item::Frame(note) => assert!(!note.raw.is_empty() && !note.kind.is_empty()),
                Item::Malformed { reason, .. } => assert!(!reason.is_empty()),
                Item::Close(_) => self.closed = true,
            }
        }
        let tally = std::mem::take(&mut self.out.tally);
        self.accounted += tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        assert!(
            self.accounted <= self.received,
            "more bytes accounted for than received"
        );
    }
}

/// A good frame with any data, so that the parts behind the checksum are reached: command, id,
/// message id, how much is filled up, data.
fn uplink(script: &mut Script<'_>) -> Vec<u8> {
    let choice = script.number();
    let cmd = UPLINKS.get(usize::from(choice)).copied().unwrap_or(choice);
    let who = id(script.number());
    let msg_id = u16::from(script.number());
    let shape = script.number();
    let length = usize::from(shape & 0x7F);
    let mut data = script.take(length);
    data.resize(length, shape & 1);
    let mut frame = Vec::new();
    seal(who, msg_id, cmd, &mut frame, |out| {
        out.extend_from_slice(&data);
    })
    .expect("short data fits");
    frame
}

fn answer(choice: u8) -> Answer {
    let balance = Fen(i64::from(choice) * 100);
    match choice % 6 {
        0 | 1 => Answer::Stored,
        2 => Answer::Card(CardVerdict::Accepted {
            balance,
            plan: None,
        }),
        3 => Answer::Card(CardVerdict::Refused {
            reason: CardRefusal::Unknown,
            balance: Fen::ZERO,
        }),
        4 => Answer::Balance(balance),
        _ => Answer::Silence,
    }
}

fn profile(bits: u8) -> Profile {
    let mut profile = Profile::default();
    let switches = [
        ("start_length", "37"),
        ("start_length", "25"),
        ("device_type", "06"),
        ("fw_version", "210"),
        ("role", "host"),
        ("host_type", "50"),
        ("stop_when_full", "0"),
        ("sub_devices", "04A26CF3,04A228CD"),
    ];
    for (bit, (key, value)) in switches.into_iter().enumerate() {
        if bits >> bit & 1 == 1 {
            profile.pinned.insert(key.to_owned(), value.to_owned());
        }
    }
    profile
}

fn command(script: &mut Script<'_>) -> Command {
    let port = PortNo(u16::from(script.number()));
    let order: OrderNo = "THD1729407600001".parse().expect("an order number");
    let value = script.number();
    let names = [
        "heartbeat_interval_s",
        "float_percent",
        "port_alarm_temp_c",
        "max_duration_s",
        "over_voltage_dv",
        "nothing",
    ];
    let name = names[usize::from(value) % names.len()];
    let parameter = ParamValue {
        id: name.to_owned(),
        value: ParamContent::Number(i64::from(value)),
    };
    match script.number() % 14 {
        0..=2 => Command::StartCharge(plan(port, script)),
        3 | 4 => Command::StopCharge {
            port,
            order,
            serial: None,
        },
        5 => Command::AdjustCharge {
            port,
            order,
            duration_s: (value & 1 == 0).then_some(u32::from(value) * 300),
            energy: (value & 1 == 1).then_some(Energy(i64::from(value) * 100)),
        },
        6 => Command::QueryPort {
            port: (value > 0).then_some(port),
        },
        7 => Command::SetParams {
            socket: None,
            values: vec![parameter; usize::from(value % 4)],
            via: (value & 0x80 != 0).then_some(u16::from(value)),
        },
        8 => Command::QueryParams { socket: None },
        9 => Command::Restart {
            when_idle: value & 1 == 1,
        },
        10 => Command::SetQr {
            port: None,
            text: "https://a.example/".repeat(usize::from(value % 6)),
        },
        11 => vendor(value),
        12 => Command::UpdateFirmware {
            target: [
                FirmwareTarget::Main,
                FirmwareTarget::Socket,
                FirmwareTarget::Radio,
            ][usize::from(value) % 3],
            source: FirmwareSource::Image {
                hex: "ab".repeat(usize::from(value) * 8),
            },
        },
        _ => Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Library {
                firmware: 1,
                version: "6.41".to_owned(),
                size: u32::from(value) * 16,
            },
        },
    }
}

/// One of the family's own commands, its fields filled with something.
fn vendor(value: u8) -> Command {
    let known = Ap3000.vendor_commands();
    let chosen = known.get(usize::from(value) % known.len().max(1));
    let fields = chosen.map_or(&[][..], |command| command.fields);
    let content = |index: usize| match (index + usize::from(value)) % 3 {
        0 => ParamContent::Text("04A26CF3".to_owned()),
        1 => ParamContent::Text("example.com".to_owned()),
        _ => ParamContent::Number(i64::from(value)),
    };
    let values = fields
        .iter()
        .enumerate()
        .map(|(index, (name, _))| ParamValue {
            id: (*name).to_owned(),
            value: content(index),
        });
    Command::Vendor {
        name: chosen.map_or("nothing", |command| command.name).to_owned(),
        values: values.collect(),
    }
}

fn plan(port: PortNo, script: &mut Script<'_>) -> ChargePlan {
    let value = script.number();
    ChargePlan {
        port,
        order: "THD1729407600001".parse().expect("an order number"),
        mode: ChargeMode::from_code(i16::from(value % 4) + 1).unwrap_or(ChargeMode::Time),
        duration_s: (value & 0x10 == 0).then_some(u32::from(value) * 300),
        energy: (value & 0x20 == 0).then_some(Energy(i64::from(value) * 100)),
        power_limit: (value & 0x40 == 0).then_some(Power(i64::from(value) * 10)),
        amount: Fen(i64::from(value) * 100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: (value & 0x80 != 0).then(|| "ABCDEFGHIJKLMNOP".to_owned()),
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}
