//! Link and simulated device over a network that loses what it must not: whatever is lost, a
//! charge begins once, ends once, and its end is stored.

use crate::pair::{Pair, order};
use bkv::frame::{Framing, parse};
use bkv::pile::{Action, Dialect, Setup};
use device::{ChargeMode, ChargePlan, Command, Direction, Event, Outcome};
use kernel::{CommandId, Fen, PortNo};
use proptest::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

fn pair(dialect: Dialect) -> Pair {
    Pair::new(Setup::new("82241218000382", dialect))
}

fn start(pair: &mut Pair, seconds: u32) -> CommandId {
    pair.command(Command::StartCharge(ChargePlan {
        port: PortNo(1),
        order: order(1),
        mode: ChargeMode::Time,
        duration_s: Some(seconds),
        energy: None,
        power_limit: None,
        amount: Fen(100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: None,
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }))
}

/// Outer command and, for 0005 and 0015, sub-command.
fn kind(bytes: &[u8]) -> (u16, u8) {
    let Ok(frame) = parse(bytes) else {
        return (0xFFFF, 0);
    };
    match frame.framing {
        Framing::Gateway { cmd, .. } => (cmd, frame.body.get(2).copied().unwrap_or(0)),
        Framing::Direct => (0xFFFF, 0),
    }
}

/// Loses the first so many frames of that direction and kind.
fn lose(
    pair: &mut Pair,
    direction: Direction,
    cmd: u16,
    sub: Option<u8>,
    count: usize,
) -> Rc<Cell<usize>> {
    let left = Rc::new(Cell::new(count));
    let counter = left.clone();
    pair.lose = Some(Box::new(move |way, bytes| {
        let (found, found_sub) = kind(bytes);
        let meant = way == direction && found == cmd && sub.is_none_or(|sub| sub == found_sub);
        if meant && counter.get() > 0 {
            counter.set(counter.get() - 1);
            return true;
        }
        false
    }));
    left
}

fn sent(pair: &Pair, cmd: u16, sub: u8) -> usize {
    let downs = pair.downs.iter();
    downs.filter(|down| kind(down) == (cmd, sub)).count()
}

fn sessions(pair: &Pair) -> Vec<String> {
    let mut sessions: Vec<String> = pair
        .ends()
        .iter()
        .map(|end| format!("{:?}", end.charge))
        .collect();
    sessions.dedup();
    sessions
}

fn accepted(pair: &Pair, id: CommandId) -> bool {
    matches!(pair.outcome(id), Some(Outcome::Accepted { .. }))
}

#[test]
fn a_lost_start_answer_leads_to_a_question_and_to_no_second_start() {
    let mut pair = pair(Dialect::Networked);
    pair.plug(1);
    let left = lose(&mut pair, Direction::Up, 0x0015, Some(0x07), 1);
    let id = start(&mut pair, 600);
    pair.run(30);
    assert_eq!(left.get(), 0);
    assert!(accepted(&pair, id));
    assert_eq!(
        (sent(&pair, 0x0015, 0x07), sent(&pair, 0x0015, 0x1D) > 0),
        (1, true)
    );
    pair.run(700);
    assert_eq!(sessions(&pair).len(), 1);
    assert_eq!(pair.ends()[0].duration_s, 600);
}

#[test]
fn a_lost_start_is_sent_again_after_the_question() {
    let mut pair = pair(Dialect::Networked);
    pair.plug(1);
    lose(&mut pair, Direction::Down, 0x0015, Some(0x07), 1);
    let id = start(&mut pair, 600);
    pair.run(40);
    assert!(accepted(&pair, id));
    assert_eq!(sent(&pair, 0x0015, 0x07), 2);
    pair.run(700);
    assert_eq!(sessions(&pair).len(), 1);
}

#[test]
fn a_lost_acknowledgement_brings_the_end_again_and_it_is_answered_again() {
    let mut pair = pair(Dialect::Networked);
    pair.plug(1);
    start(&mut pair, 60);
    pair.run(40);
    lose(&mut pair, Direction::Down, 0x0015, Some(0x0C), 1);
    pair.run(120);
    assert_eq!(pair.ends().len(), 2);
    assert_eq!(sessions(&pair).len(), 1);
    pair.run(300);
    assert_eq!((pair.ends().len(), pair.connections), (2, 1));
}

#[test]
fn v86_a_lost_start_answer_is_asked_for_with_the_same_frame() {
    let mut pair = pair(Dialect::V86);
    pair.plug(1);
    lose(&mut pair, Direction::Up, 0x0082, None, 2);
    let id = start(&mut pair, 60);
    pair.run(40);
    assert!(accepted(&pair, id));
    let starts: Vec<&Vec<u8>> = pair
        .downs
        .iter()
        .filter(|down| kind(down).0 == 0x0082)
        .collect();
    assert_eq!(starts.len(), 3);
    assert!(starts.iter().all(|down| *down == starts[0]));
    pair.run(120);
    assert_eq!(pair.ends().len(), 1);
}

#[test]
fn v86_a_lost_settlement_answer_brings_the_settlement_again() {
    let mut pair = pair(Dialect::V86);
    pair.plug(1);
    start(&mut pair, 60);
    lose(&mut pair, Direction::Down, 0x0003, None, 2);
    pair.run(200);
    assert_eq!((pair.ends().len(), sessions(&pair).len()), (3, 1));
    pair.run(300);
    assert_eq!(pair.ends().len(), 3);
}

#[test]
fn a_charge_outlives_its_connection_and_its_end_comes_after_it() {
    let mut pair = pair(Dialect::Networked);
    pair.plug(1);
    let id = start(&mut pair, 600);
    pair.run(60);
    assert!(accepted(&pair, id));
    pair.act(&Action::Cut { silent: false });
    pair.run(700);
    assert_eq!(pair.ends().len(), 0);
    pair.act(&Action::Restore);
    pair.run(30);
    assert_eq!((pair.ends().len(), pair.connections), (1, 2));
}

#[test]
fn a_fault_is_seen_told_and_ends_the_charge() {
    let mut pair = pair(Dialect::Networked);
    pair.plug(1);
    start(&mut pair, 600);
    pair.run(60);
    pair.act(&Action::SetFault {
        port: PortNo(1),
        bits: 4,
    });
    pair.run(60);
    let faulty = pair.events.iter().any(|envelope| match &envelope.event {
        Event::Status { ports, .. } => ports.iter().any(|port| !port.faults.is_empty()),
        _ => false,
    });
    assert!(faulty);
    assert_eq!(pair.ends().len(), 1);
    assert_eq!(pair.ends()[0].reason, device::EndReason::DeviceFault);
}

#[test]
fn a_stand_alone_device_is_never_started_twice_either() {
    let mut pair = Pair::new(Setup::new("854121800889", Dialect::Direct));
    pair.plug(1);
    let lost = Rc::new(Cell::new(0));
    let counter = lost.clone();
    pair.lose = Some(Box::new(move |way, bytes| {
        let start = way == Direction::Up && bytes.get(4..9) == Some(&[4, 1, 1, 0x10, 0x07]);
        let now = start && counter.get() == 0;
        counter.set(counter.get() + usize::from(now));
        now
    }));
    let id = start(&mut pair, 120);
    pair.run(40);
    assert_eq!(lost.get(), 1);
    assert!(accepted(&pair, id));
    let starts = pair
        .downs
        .iter()
        .filter(|down| down.get(4..9) == Some(&[4, 1, 1, 0x10, 0x07]));
    assert_eq!(starts.count(), 1);
    pair.run(200);
    assert_eq!(sessions(&pair).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A network that loses any third frame or so, heartbeats excepted, for a while.
    #[test]
    fn whatever_is_lost_a_charge_ends_once(v86: bool, seed: u64) {
        let dialect = if v86 { Dialect::V86 } else { Dialect::Networked };
        let mut pair = pair(dialect);
        pair.plug(1);
        let mut random = seed | 1;
        pair.lose = Some(Box::new(move |_, bytes| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            !matches!(kind(bytes).0, 0x0000 | 0x0021) && random.is_multiple_of(3)
        }));
        let id = start(&mut pair, 120);
        pair.run(400);
        pair.lose = None;
        pair.run(600);
        prop_assert!(sessions(&pair).len() <= 1, "{:?}", sessions(&pair));
        if accepted(&pair, id) {
            prop_assert_eq!(sessions(&pair).len(), 1);
        }
        let final_ones = pair.events.iter().filter(|envelope| match &envelope.event {
            Event::Command(report) => {
                report.command == id && !matches!(report.outcome, Outcome::Written { .. })
            }
            _ => false,
        });
        prop_assert_eq!(final_ones.count(), 1);
    }
}
