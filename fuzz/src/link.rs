//! The platform's link of BKV, driven by a script that the bytes spell.

use device::{
    Admission, Answer, CardRefusal, CardVerdict, ChargeMode, ChargePlan, Command, Dispatch,
    FirmwareSource, FirmwareTarget, Item, Link, Output, ParamValue, PowerTier, Profile, Protocol,
    QuietPeriod, Receipt, SocketEntry, VoiceSchedule,
};
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Power, Timestamp};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Bytes that one call may make a link write: the longest socket list for every answer that a
/// received chunk can ask for.
const WRITTEN_MAX: usize = 4 * 1024 * 1024;
/// Deadlines that are honoured one after the other before one of them must lie in the future.
const TICKS_MAX: usize = 10_000;
/// Frames that are put together here, rather than waiting for the fuzzer to guess a checksum.
const BODY_MAX: usize = 64;

/// Any order of bytes, commands, answers, admissions and time: nothing panics, what is written
/// stays bounded, all bytes are accounted for, and deadlines move on.
pub fn bkv_link(data: &[u8]) {
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
            link: bkv::Bkv.link(),
            out: Output::default(),
            now: Timestamp::from_unix_seconds(1_729_407_600),
            device: "82210225000520".parse().expect("an id"),
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
                let answer = answer(script.number());
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
                let id = CommandId(i64::from(script.number()));
                let _ = self.link.withdraw(id);
                self.link.reprofile(&self.device, profile(script.number()));
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

/// A good frame with any command and body, so that the parts behind the checksum are reached.
fn uplink(script: &mut Script<'_>) -> Vec<u8> {
    const COMMANDS: [u16; 12] = [
        0x0000, 0x0005, 0x0007, 0x0015, 0x1000, 0x0021, 0x0002, 0x0004, 0x0006, 0x0003, 0x0082,
        0x0081,
    ];
    let choice = usize::from(script.number());
    let cmd = COMMANDS
        .get(choice)
        .copied()
        .unwrap_or_else(|| u16::from_be_bytes([script.number(), script.number()]));
    let seq = u32::from(script.number());
    let count = usize::from(script.number()).min(BODY_MAX);
    let body = script.take(count);
    let gateway = "82210225000520".parse().expect("14 digits");
    let framing = bkv::frame::Framing::Gateway { cmd, seq, gateway };
    let mut frame = Vec::new();
    let sealed = bkv::frame::seal(framing, device::Direction::Up, &mut frame, |out| {
        out.extend_from_slice(&body);
    });
    sealed.expect("short bodies fit");
    frame
}

fn answer(choice: u8) -> Answer {
    match choice % 6 {
        0 | 1 => Answer::Stored,
        2 => Answer::Card(CardVerdict::Accepted {
            balance: Fen(i64::from(choice) * 100),
            plan: None,
        }),
        3 => Answer::Card(CardVerdict::Refused {
            reason: CardRefusal::Unknown,
            balance: Fen::ZERO,
        }),
        4 => Answer::Balance(Fen(i64::from(choice))),
        _ => Answer::Silence,
    }
}

fn profile(choice: u8) -> Profile {
    let mut profile = Profile::default();
    let switches = [
        ("dialect", "v8.6"),
        ("end_ack", "echo"),
        ("tier_outer", "0015"),
        ("single_device", "1"),
        ("card_refusal", "silence"),
        ("legacy_params", "1"),
    ];
    for (bit, (key, value)) in switches.into_iter().enumerate() {
        if choice >> bit & 1 == 1 {
            profile.pinned.insert(key.to_owned(), value.to_owned());
        }
    }
    profile
}

fn command(script: &mut Script<'_>) -> Command {
    let port = PortNo(u16::from(script.number()) * 2);
    let order: OrderNo = "THD1729407600001".parse().expect("an order number");
    let value = script.number();
    let socket = SocketEntry {
        socket_no: value,
        mac: "854121800889".to_owned(),
    };
    match script.number() % 13 {
        0..=2 => Command::StartCharge(plan(port, order, script)),
        3 => Command::StopCharge {
            port,
            order,
            serial: None,
        },
        4 => Command::AdjustCharge {
            port,
            order,
            duration_s: Some(u32::from(value) * 60),
            energy: None,
        },
        5 => Command::QueryPort {
            port: (value > 0).then_some(port),
        },
        6 => Command::SetParams {
            socket: Some(value),
            values: vec![ParamValue {
                id: value.to_string(),
                value: i64::from(value).into(),
            }],
            via: None,
        },
        7 => Command::QueryParams {
            socket: Some(value),
        },
        8 => Command::ReplaceSockets {
            channel: value,
            sockets: vec![socket; usize::from(value)],
        },
        9 => Command::AddSocket(socket),
        10 => Command::SetVoice(VoiceSchedule {
            socket: value,
            hole: value & 1,
            buzzer: true,
            voice: false,
            periods: vec![QuietPeriod {
                start: (7, 0),
                end: (22, value % 60),
            }],
        }),
        11 => Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Ftp {
                host: Ipv4Addr::LOCALHOST,
                port: 21,
                file: "GV.8r12.OTA".to_owned(),
                user: None,
                password: None,
                when_idle: false,
            },
        },
        _ => Command::UpdateFirmware {
            target: FirmwareTarget::Socket,
            source: FirmwareSource::Image {
                hex: "ab".repeat(usize::from(value) * 4),
            },
        },
    }
}

fn plan(port: PortNo, order: OrderNo, script: &mut Script<'_>) -> ChargePlan {
    let value = script.number();
    let tier = PowerTier {
        up_to: Power(2000),
        price: Fen(25),
        minutes: 60,
    };
    ChargePlan {
        port,
        order,
        mode: ChargeMode::from_code(i16::from(value % 4) + 1).unwrap_or(ChargeMode::Time),
        duration_s: (value & 0x10 == 0).then_some(u32::from(value) * 300),
        energy: (value & 0x20 == 0).then_some(Energy(i64::from(value) * 100)),
        power_limit: None,
        amount: Fen(i64::from(value) * 100),
        tiers: vec![tier; usize::from(value >> 6)],
        fees: None,
        proposed_session: (value & 0x08 != 0).then_some(u16::from(value)),
        serial: None,
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}
