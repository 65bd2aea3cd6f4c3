//! The platform's link of YKC, driven by a script that the bytes spell.
//!
//! Not part of the library of the other targets: the crate's own tests run this file too.

use device::{
    Admission, Answer, CardRefusal, CardVerdict, ChargeMode, ChargePlan, Command, Dispatch,
    FirmwareSource, FirmwareTarget, Item, Link, OfflineCard, Output, PowerLimit, Profile, Protocol,
    Rate, Receipt, TariffTable,
};
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Price, Timestamp};
use std::net::Ipv4Addr;
use std::time::Duration;
use ykc::Ykc;
use ykc::codes::FrameType;
use ykc::frame::{CrcOrder, seal};

/// Bytes that one call may make a link write.
const WRITTEN_MAX: usize = 1024 * 1024;
/// Deadlines that are honoured one after the other before one of them must lie in the future.
const TICKS_MAX: usize = 10_000;
/// The pile of the script.
const PILE: [u8; 7] = [0x32, 0x01, 0x06, 0x00, 0x01, 0x92, 0x36];

/// Any order of bytes, commands, answers, admissions and time: nothing panics, what is written
/// stays bounded, no more bytes are accounted for than came, and deadlines move on.
pub(crate) fn drive(data: &[u8]) {
    let mut stage = Stage::new();
    stage.pass_time();
    let mut script = Script(data);
    while let Some(step) = script.byte().filter(|_| !stage.closed) {
        stage.act(step, &mut script);
        stage.settle();
    }
    // An hour of silence ends whatever was under way.
    stage.wait(Duration::from_hours(1));
    // While the platform owes it a word, the link waits.
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
            link: Ykc.link(),
            out: Output::default(),
            now: Timestamp::from_unix_seconds(1_729_407_600),
            device: hex::encode(PILE).parse().expect("an id"),
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
                let count = usize::from(script.number());
                let bytes = script.take(count);
                self.receive(&bytes);
            }
            1 | 2 => {
                let frame = uplink(script);
                self.receive(&frame);
            }
            3 => {
                self.wait(Duration::from_millis(u64::from(script.number()) * 50));
            }
            4 => {
                self.wait(Duration::from_secs(u64::from(script.number())));
            }
            5 | 6 => self.command(script),
            7 => {
                let receipt = self
                    .receipts
                    .pop()
                    .unwrap_or(Receipt(u64::from(script.number())));
                let answer = answer(script);
                self.link.resolve(receipt, answer, self.now, &mut self.out);
            }
            8 => {
                let admission = if script.number().is_multiple_of(4) {
                    Admission::Stranger
                } else {
                    Admission::Known(profile(script.number()))
                };
                let device = self.asked.pop().unwrap_or_else(|| self.device.clone());
                self.link.admit(&device, admission, self.now, &mut self.out);
            }
            _ => {
                let choice = script.number();
                let _ = self.link.withdraw(CommandId(i64::from(choice)));
                self.link.reprofile(&self.device, profile(script.number()));
                if choice > 250 {
                    self.link.release(&self.device, self.now, &mut self.out);
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
        let dispatch = Dispatch {
            id: CommandId(self.commands),
            device: self.device.clone(),
            command: command(script),
            msg_id: u32::try_from(self.commands).unwrap_or(1),
            attempted: script.number() & 1 == 1,
            image: None,
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
        assert!(
            self.out.wire.len() <= WRITTEN_MAX,
            "{} bytes written",
            self.out.wire.len()
        );
        self.out.wire.clear();
        for item in std::mem::take(&mut self.out.items) {
            match item {
                Item::Identify(device) => self.asked.push(device),
                Item::Event(envelope) => self.receipts.extend(envelope.receipt),
                Item::Frame(note) => assert!(!note.raw.is_empty()),
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

/// A good frame of any type around any body, so that the parts behind the checksum are reached;
/// unless told otherwise it names the pile of the script and has the length of its table.
fn uplink(script: &mut Script<'_>) -> Vec<u8> {
    // Type, body length, where the pile number stands.
    const FORMS: [(u8, usize, usize); 29] = [
        (0x01, 30, 0),
        (0x03, 9, 0),
        (0x05, 9, 0),
        (0x09, 7, 0),
        (0x13, 60, 16),
        (0x15, 73, 16),
        (0x17, 45, 16),
        (0x19, 39, 16),
        (0x1B, 32, 16),
        (0x1D, 28, 16),
        (0x21, 28, 16),
        (0x23, 44, 16),
        (0x25, 31, 16),
        (0x31, 51, 0),
        (0x33, 26, 16),
        (0x35, 10, 0),
        (0x3B, 158, 16),
        (0x3B, 174, 16),
        (0x3D, 201, 16),
        (0x41, 16, 0),
        (0x43, 9, 0),
        (0x45, 17, 0),
        (0x47, 16, 0),
        (0x51, 8, 0),
        (0x55, 14, 0),
        (0x57, 8, 0),
        (0x61, 16, 0),
        (0xA1, 58, 0),
        (0xA3, 33, 16),
    ];
    let choice = script.number();
    let flags = script.number();
    let count = usize::from(script.number()).min(240);
    let mut body = script.take(count);
    let named = FORMS.iter().find(|(kind, ..)| *kind == choice);
    let other = FORMS.get(usize::from(choice) % FORMS.len());
    let form = named.or(other.filter(|_| flags & 8 == 0));
    let (kind, length, place) = form.copied().unwrap_or((choice, count.max(7), 0));
    if flags & 1 == 0 {
        body.resize(length, flags);
    }
    if let Some(code) = body.get_mut(place..place + PILE.len())
        && flags & 2 == 0
    {
        code.copy_from_slice(&PILE);
    }
    let order = if flags & 4 == 0 {
        CrcOrder::LowHigh
    } else {
        CrcOrder::HighLow
    };
    let mut frame = Vec::new();
    let sealed = seal(
        FrameType::from(kind),
        [flags, 0],
        order,
        &mut frame,
        |out| {
            out.extend_from_slice(&body);
        },
    );
    sealed.expect("short bodies fit");
    frame
}

fn answer(script: &mut Script<'_>) -> Answer {
    let choice = script.number();
    match choice % 7 {
        0 | 1 => Answer::Stored,
        2 => {
            let plan = (choice & 0x40 == 0).then(|| Box::new(plan(PortNo(1), script)));
            let balance = Fen(i64::from(choice) * 100);
            Answer::Card(CardVerdict::Accepted { balance, plan })
        }
        3 => Answer::Card(CardVerdict::Refused {
            reason: CardRefusal::Unknown,
            balance: Fen::ZERO,
        }),
        4 => Answer::Tariff((choice & 0x40 == 0).then(|| Box::new(tariff(choice)))),
        5 => Answer::Card(CardVerdict::AskPassword {
            balance: Fen(i64::from(choice)),
        }),
        _ => Answer::Silence,
    }
}

fn tariff(choice: u8) -> TariffTable {
    let rate = Rate {
        electricity: Price(i64::from(choice) * 1_000),
        service: Price(30_000),
    };
    TariffTable {
        model: u16::from(choice),
        rates: vec![rate; usize::from(choice & 7)],
        slots: vec![choice & 3; 48],
    }
}

fn profile(choice: u8) -> Profile {
    let mut profile = Profile::default();
    let switches = [
        ("crc_tx_order", "hi_lo"),
        ("crc_tx_order", "mirror"),
        ("qr_prefix", "https://example.com/g?no="),
        ("locked", "1"),
        ("max_power_percent", "50"),
        ("pile_type", "ac"),
    ];
    for (bit, (key, value)) in switches.into_iter().enumerate() {
        if choice >> bit & 1 == 1 {
            profile.pinned.insert(key.to_owned(), value.to_owned());
        }
    }
    profile
}

fn command(script: &mut Script<'_>) -> Command {
    let port = PortNo(u16::from(script.number()));
    let order: OrderNo = "THD1729407600001".parse().expect("an order number");
    let value = script.number();
    let physical = vec![format!("{value:016X}"); usize::from(value)];
    match script.number() % 16 {
        0..=2 => Command::StartCharge(plan(port, script)),
        3 => Command::StopCharge {
            port,
            order,
            serial: (value > 0).then(|| format!("{value:032}")),
        },
        4 => Command::QueryPort {
            port: (value > 0).then_some(port),
        },
        5 => Command::SyncTime,
        6 => Command::Restart {
            when_idle: value & 1 == 1,
        },
        7 => Command::PushTariff(tariff(value)),
        8 => Command::SetQr {
            port: (value > 0).then_some(port),
            text: "x".repeat(usize::from(value)),
        },
        9 => Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(value),
        },
        10 => Command::SetService {
            port: None,
            in_service: value & 1 == 1,
        },
        11 => Command::MoveGroundLock {
            port,
            raise: value & 1 == 1,
        },
        12 => Command::StoreCards {
            cards: physical
                .into_iter()
                .map(|physical| OfflineCard {
                    card_no: value.to_string(),
                    physical,
                })
                .collect(),
        },
        13 if value & 1 == 0 => Command::RemoveCards { physical },
        13 => Command::QueryCards { physical },
        14 => Command::UpdateBalance {
            port,
            order,
            balance: Fen(i64::from(value) * 1_000),
            physical_card: physical.into_iter().next(),
        },
        _ => Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Ftp {
                host: Ipv4Addr::LOCALHOST,
                port: 21,
                file: "x".repeat(usize::from(value)),
                user: Some("user".to_owned()),
                password: None,
                when_idle: value & 1 == 1,
            },
        },
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
        power_limit: None,
        amount: Fen(i64::from(value) * 100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: (value & 0x08 == 0)
            .then(|| format!("{}01241020150000{value:04}", hex::encode(PILE))),
        card_no: (value & 0x40 != 0).then(|| value.to_string()),
        physical_card: (value & 0x80 != 0).then(|| format!("{value:016X}")),
        parallel: (value & 0x04 != 0).then(|| "241020150010".to_owned()),
        price_model: None,
    }
}
