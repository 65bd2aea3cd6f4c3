//! The platform's link of Infypower, driven by a script that the bytes spell.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use device::{
    Admission, Answer, CardRefusal, CardVerdict, ChargeMode, ChargePlan, Command, Dispatch,
    FirmwareSource, FirmwareTarget, Item, Link, OfflineCard, Output, ParamContent, ParamValue,
    PowerLimit, Profile, Protocol, Rate, Receipt, TariffTable,
};
use infypower::codes::Version;
use infypower::layout::TABLE;
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Power, Price, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that one call may make a link write.
const WRITTEN_MAX: usize = 1024 * 1024;
/// Longest frame that a pile takes.
const FRAME_MAX: usize = 1023;
/// Deadlines that are honoured one after the other before one of them must lie in the future.
const TICKS_MAX: usize = 10_000;
/// Code of the pile.
const CODE: &str = "2900300800103";

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
    device: PhyId,
    asked: Vec<PhyId>,
    receipts: Vec<Receipt>,
    commands: i64,
    received: u64,
    accounted: u64,
    /// The link has given the connection up: nothing more is asked of it.
    closed: bool,
}

impl Stage {
    fn new() -> Self {
        Self {
            link: infypower::Infypower.link(),
            out: Output::default(),
            now: Timestamp::from_unix_seconds(1_729_407_600),
            device: CODE.parse().expect("an id"),
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
                    Admission::Known(profile(script))
                };
                let device = self.asked.pop().unwrap_or_else(|| self.device.clone());
                self.link.admit(&device, admission, self.now, &mut self.out);
            }
            _ => {
                let id = CommandId(i64::from(script.number()));
                let _ = self.link.withdraw(id);
                let profile = profile(script);
                self.link.reprofile(&self.device, profile);
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
            device: self.device.clone(),
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
        let written = infypower::inspect::stream([&wire[..]]);
        assert_eq!(
            (written.discarded, written.pending),
            (0, 0),
            "what is written is framed"
        );
        for frame in &written.frames {
            assert!(frame.len() <= FRAME_MAX, "{} bytes in a frame", frame.len());
        }
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

/// A good frame of a known form with any body behind our pile code, so that the parts behind the
/// checksum are reached.
fn uplink(script: &mut Script<'_>) -> Vec<u8> {
    let form = TABLE.get(usize::from(script.number()));
    let cmd = form.map_or(u16::from(script.number()), |form| form.cmd);
    let seq = script.number();
    let shape = script.number();
    let length = form
        .and_then(|form| {
            let lengths = form.lengths;
            lengths.get(usize::from(shape) % lengths.len().max(1))
        })
        .copied()
        .unwrap_or(usize::from(shape));
    let mut body = script.take(length);
    body.resize(length, shape);
    if !matches!(cmd, 1001..=1104)
        && shape & 0x80 == 0
        && let Some(code) = body.get_mut(4..36)
    {
        code.fill(0);
        for (place, byte) in code.iter_mut().zip(CODE.bytes()) {
            *place = byte;
        }
    }
    let mut frame = Vec::new();
    infypower::frame::seal(Version::Plain, seq, cmd, &mut frame, |out| {
        out.extend_from_slice(&body);
    })
    .expect("known forms fit");
    frame
}

fn answer(choice: u8) -> Answer {
    let balance = Fen(i64::from(choice) * 100);
    match choice % 8 {
        0 | 1 => Answer::Stored,
        2 => Answer::Card(CardVerdict::Accepted {
            balance,
            plan: None,
        }),
        3 => Answer::Card(CardVerdict::Refused {
            reason: CardRefusal::Unknown,
            balance: Fen::ZERO,
        }),
        4 => Answer::Card(CardVerdict::AskPassword { balance }),
        5 => Answer::Card(CardVerdict::Accepted {
            balance,
            plan: Some(Box::new(plan(PortNo(1), &mut Script(&[choice])))),
        }),
        6 => Answer::Balance(balance),
        _ => Answer::Silence,
    }
}

fn profile(script: &mut Script<'_>) -> Profile {
    let (first, second) = (script.number(), script.number());
    let mut profile = Profile::default();
    let switches = [
        ("dialect", "lvneng-3.4"),
        ("dialect", "shenghong-5.3"),
        ("protocol_version", "20"),
        ("gun_zero", "1"),
        ("order_field", "card_no"),
        ("text_padding", "plain"),
        ("wide_scale", "0.01"),
        ("version_byte", "echo"),
        ("signin_answer", "152"),
        ("start_length", "67"),
        ("record_answer", "41"),
        ("status_length", "172"),
        ("record_length", "256"),
        ("price_slots", "6"),
        ("prices", "pushed"),
        ("alarm_answer", "1"),
    ];
    let bits = u16::from_le_bytes([first, second]);
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
    let number = ParamValue {
        id: value.to_string(),
        value: ParamContent::Number(i64::from(value)),
    };
    let card = || "0A1B2C3D".to_owned();
    match script.number() % 20 {
        0..=2 => Command::StartCharge(plan(port, script)),
        3 => Command::StopCharge {
            port,
            order,
            serial: None,
        },
        4 => Command::QueryPort {
            port: (value > 0).then_some(port),
        },
        5 => Command::SetParams {
            socket: None,
            values: vec![number; usize::from(value % 4)],
            via: None,
        },
        6 => Command::QueryParams { socket: None },
        7 => Command::SyncTime,
        8 => Command::Restart {
            when_idle: value & 1 == 1,
        },
        9 => Command::PushTariff(tariff(value)),
        10 => Command::QueryTariff,
        11 => Command::SetQr {
            port: (value > 0).then_some(port),
            text: "https://a.example/".repeat(usize::from(value)),
        },
        12 => Command::SetPowerLimit {
            port: Some(port),
            limit: PowerLimit::Percent(value),
        },
        13 => Command::SetService {
            port: None,
            in_service: value & 1 == 1,
        },
        14 => Command::StoreCards {
            cards: vec![
                OfflineCard {
                    card_no: "7".to_owned(),
                    physical: card(),
                };
                usize::from(value)
            ],
        },
        15 => Command::UpdateBalance {
            port,
            order,
            balance: Fen(i64::from(value)),
            physical_card: None,
        },
        16 => Command::QueryHistory {
            first: u32::from(value),
            count: u32::from(value),
        },
        17 => Command::Vendor {
            name: "cancel_reservation".to_owned(),
            values: vec![number],
        },
        18 => Command::AdjustCharge {
            port,
            order,
            duration_s: Some(u32::from(value)),
            energy: None,
        },
        _ => Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Library {
                firmware: 1,
                version: "3.1.2".to_owned(),
                size: u32::from(value) * 16,
            },
        },
    }
}

fn tariff(value: u8) -> TariffTable {
    let rate = |step: i64| Rate {
        electricity: Price(i64::from(value) * 1000 + step),
        service: Price(step * 777),
    };
    TariffTable {
        model: u16::from(value),
        rates: (0..4).map(rate).collect(),
        slots: (0..48_u8).map(|slot| slot / value.max(1) % 4).collect(),
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
        power_limit: (value & 0x40 == 0).then_some(Power(2000)),
        amount: Fen(i64::from(value) * 100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: None,
        card_no: (value & 0x08 != 0).then(|| "0012345678".to_owned()),
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}
