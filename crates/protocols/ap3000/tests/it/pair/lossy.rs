//! Lost, repeated and late words: nothing is settled twice, nothing is lost.

use super::{Fate, Pair, order, plan};
use ap3000::pile::{Form, Profile, Setup};
use device::{Direction, Outcome};
use kernel::PortNo;
use pile::{Action, Event};
use proptest::prelude::*;

fn with(profile: Profile) -> Pair {
    Pair::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile))
}

/// Loses the first `count` frames of this command that go this way.
fn losing(direction: Direction, cmd: u8, mut count: usize) -> super::Network {
    Box::new(move |way, raw| {
        if way == direction && raw.starts_with(b"DNY") && raw[11] == cmd && count > 0 {
            count -= 1;
            return Fate::Lost;
        }
        Fate::Arrives
    })
}

/// Each charge that ended at a device is a fact, once, and the device has forgotten it.
fn settled(pair: &Pair) {
    let ended = pair.deed(|deed| matches!(deed, Event::Ended { .. }));
    let acknowledged = pair.deed(|deed| matches!(deed, Event::EndAcknowledged { .. }));
    assert_eq!(pair.facts.len(), ended, "facts, and charges that ended");
    assert!(acknowledged >= ended, "{acknowledged} of {ended} answered");
    for (_, charge, reports) in &pair.facts {
        assert!(
            reports.iter().all(|report| report == &reports[0]),
            "{charge:?} came with different values"
        );
    }
}

#[test]
fn a_lost_answer_to_a_start_is_no_second_charge() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.network = Some(losing(Direction::Up, 0x82, 1));
    let start = pair.start(plan(1));
    pair.run(60);
    assert!(pair.charging(1));
    assert!(
        matches!(pair.outcome(start), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(start)
    );
    pair.run(3700);
    assert_eq!(pair.ends()[0].duration_s, 3600);
    settled(&pair);
}

#[test]
fn a_start_that_never_arrives_lapses_or_is_refused() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.network = Some(losing(Direction::Down, 0x82, 2));
    let start = pair.start(plan(1));
    pair.run(600);
    assert!(!pair.charging(1));
    let tries = pair.downs.iter().filter(|(_, down)| down[11] == 0x82);
    let ids: Vec<&[u8]> = tries.map(|(_, down)| &down[9..11]).collect();
    assert_eq!(ids.len(), 2, "at most once more");
    assert_eq!(ids[0], ids[1], "with the same message id");
    assert!(
        matches!(
            pair.outcome(start),
            Some(Outcome::Refused(_) | Outcome::Lapsed { .. })
        ),
        "{:?}",
        pair.outcome(start)
    );
}

#[test]
fn both_answers_lost_but_the_charge_is_told() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.network = Some(losing(Direction::Up, 0x82, 2));
    let start = pair.start(plan(1));
    pair.run(400);
    assert!(
        matches!(pair.outcome(start), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(start)
    );
}

#[test]
fn a_host_that_hears_nothing_may_be_wrong() {
    let mut pair = with(Profile::Unclear);
    pair.plug(1);
    let start = pair.start(plan(1));
    pair.run(60);
    assert!(pair.charging(1));
    assert!(
        matches!(pair.outcome(start), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(start)
    );
}

#[test]
fn a_lost_acknowledgement_repeats_the_settlement() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.network = Some(losing(Direction::Down, 0x03, 2));
    pair.run(3 * 3600);
    assert_eq!(pair.settlements(), 3);
    settled(&pair);
}

#[test]
fn a_settlement_that_cannot_be_stored_is_not_answered() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(60);
    pair.stores = false;
    pair.run(3600);
    assert!(!pair.downs.iter().any(|(_, down)| down[11] == 0x03));
    pair.stores = true;
    pair.run(3600);
    settled(&pair);
}

#[test]
fn repeated_and_changed_records() {
    let mut repeated = with(Profile::RepeatedRecords);
    repeated.plug(1);
    repeated.start(plan(1));
    repeated.run(4000);
    assert_eq!((repeated.facts.len(), repeated.settlements()), (1, 2));
    settled(&repeated);

    let mut changed = with(Profile::ChangedRecords);
    changed.plug(1);
    changed.start(plan(1));
    changed.run(4000);
    let reports = &changed.facts[0].2;
    assert_eq!(reports.len(), 2);
    assert_ne!(reports[0].energy, reports[1].energy, "told as it came");
    let answers = changed.downs.iter().filter(|(_, down)| down[11] == 0x03);
    assert_eq!(answers.count(), 2, "both are answered");
}

#[test]
fn a_lost_link_ends_nothing() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(600);
    pair.act(&Action::Cut { silent: true });
    pair.run(600);
    assert!(pair.charging(1));
    pair.act(&Action::Restore);
    pair.run(600);
    assert_eq!(pair.ends().len(), 0);
    pair.act(&Action::Cut { silent: true });
    pair.run(3600);
    pair.act(&Action::Restore);
    pair.run(60);
    assert_eq!(pair.ends()[0].duration_s, 3600);
    settled(&pair);

    let mut vanishing = with(Profile::OfflineCharging);
    vanishing.plug(1);
    vanishing.start(plan(1));
    vanishing.run(4000);
    assert!(vanishing.connections >= 2);
    settled(&vanishing);
}

#[test]
fn missed_settlements_all_come_in_the_end() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.plug(2);
    pair.start(plan(1));
    pair.run(5);
    let mut second = plan(2);
    second.port = PortNo(2);
    pair.start(second);
    pair.run(5);
    pair.act(&Action::Cut { silent: false });
    pair.run(3700);
    assert!(pair.facts.is_empty());
    pair.act(&Action::Restore);
    pair.run(120);
    assert_eq!(pair.facts.len(), 2);
    settled(&pair);

    let mut lazy = with(Profile::LazyRecords);
    lazy.plug(1);
    lazy.start(plan(1));
    lazy.run(10);
    lazy.act(&Action::Cut { silent: false });
    lazy.run(3700);
    lazy.act(&Action::Restore);
    lazy.run(1800);
    settled(&lazy);
}

#[test]
fn a_platform_that_starts_anew_finds_its_orders() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(600);
    pair.restart_platform();
    pair.run(600);
    assert!(pair.charging(1));
    let stop = pair.stop(1, order(1));
    pair.run(10);
    assert!(matches!(pair.outcome(stop), Some(Outcome::Accepted { .. })));
    settled(&pair);
}

#[test]
fn a_device_that_loses_power_goes_on() {
    let mut pair = Pair::combined();
    pair.plug(1);
    pair.start(plan(1));
    pair.run(600);
    pair.act(&Action::Reboot { memory: true });
    pair.run(3600);
    assert_eq!(pair.ends()[0].duration_s, 3600);
    settled(&pair);
}

#[test]
fn noise_and_slow_answers() {
    let mut noisy = with(Profile::Noisy);
    noisy.plug(1);
    noisy.start(plan(1));
    noisy.run(3 * 3600);
    settled(&noisy);
    assert!(noisy.malformed > 0);

    let mut slow = with(Profile::SlowRadio);
    slow.plug(1);
    let start = slow.start(plan(1));
    slow.run(20);
    assert!(matches!(
        slow.outcome(start),
        Some(Outcome::Accepted { .. })
    ));
}

#[test]
fn a_device_that_never_settles_leaves_no_fact() {
    let mut pair = with(Profile::NoEndReport);
    pair.plug(1);
    pair.start(plan(1));
    pair.run(3 * 3600);
    assert!(pair.facts.is_empty());
    assert!(
        pair.count("status") > 10,
        "the heartbeats tell that it is over"
    );
}

/// What the network does to each tenth frame or so.
fn network(seed: u64) -> super::Network {
    let mut state = seed | 1;
    Box::new(move |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state % 20 {
            0..=2 => Fate::Lost,
            3 => Fate::Twice,
            _ => Fate::Arrives,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Starts, stops, cards, pulled plugs, power cuts and broken links over a network that loses and repeats: in
    /// the end every charge that ended is one fact.
    #[test]
    fn whatever_is_lost_every_charge_is_settled_once(
        seed in any::<u64>(),
        steps in proptest::collection::vec((0_u8..10, 1_u64..900), 4..16),
    ) {
        let mut pair = Pair::combined();
        let mut starts = Vec::new();
        pair.plug(1);
        pair.plug(2);
        pair.network = Some(network(seed));
        for (index, (step, seconds)) in steps.into_iter().enumerate() {
            let sequence = u16::try_from(index + 1).expect("few");
            let connected = pair.link.is_some();
            match step {
                0 | 1 if connected => {
                    let mut plan = plan(sequence);
                    plan.port = PortNo(u16::from(step) + 1);
                    plan.duration_s = Some(600);
                    starts.push((sequence, pair.start(plan)));
                }
                2 if connected && sequence > 1 => {
                    pair.stop(1, order(sequence - 1));
                }
                3 => pair.act(&Action::Unplug(PortNo(1))),
                4 => pair.plug(1),
                7 => pair.act(&Action::Reboot { memory: true }),
                8 => pair.restart_platform(),
                9 => pair.act(&Action::Swipe {
                    port: PortNo(2),
                    card: "7A8D05DD".to_owned(),
                    balance_fen: 0,
                    password: None,
                }),
                5 => pair.act(&Action::Cut { silent: seconds % 2 == 0 }),
                _ => pair.act(&Action::Restore),
            }
            pair.run(seconds);
        }
        pair.act(&Action::Restore);
        pair.network = None;
        pair.run(4 * 3600);
        settled(&pair);
        for (sequence, start) in starts {
            let charge = pile::Session::Order(order(sequence).to_string());
            let began = |deed: &Event| matches!(deed, Event::Began { session, .. } if *session == charge);
            if let Some(Outcome::Accepted { .. }) = pair.outcome(start) {
                prop_assert_eq!(pair.deed(began), 1, "what is said to charge has begun, once");
            }
        }
    }
}
