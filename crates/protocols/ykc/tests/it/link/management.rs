//! Cards in the pile, balance, parameters, clock, lock, reboot, update, QR code.

use super::{Body, Desk, code, idle, pile_answer, pinned};
use device::{
    Command, Event, FirmwareSource, FirmwareTarget, OfflineCard, Outcome, ParamValue, PowerLimit,
};
use kernel::{Fen, PortNo};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use ykc::codes::{
    BalanceResult, CardClearReason, CardCleared, CardExists, CardStoreFailure, Done, Execution,
    FrameType, LockAction, PileModel, UpgradeResult, WorkState,
};
use ykc::message::{
    BalanceAnswer, CardOrNone, CardsCleared, CardsFound, CardsStored, ClearedCard, FoundCard,
    LockAnswer, UpdateAnswer,
};
use ykc::value::Ident;

fn learnt(desk: &Desk) -> Vec<(&'static str, &str)> {
    let events = desk.events.iter();
    events
        .filter_map(|envelope| match &envelope.event {
            Event::Learnt { key, value } => Some((*key, value.as_str())),
            _ => None,
        })
        .collect()
}

fn data(desk: &Desk, id: kernel::CommandId) -> Value {
    match desk.outcome(id) {
        Outcome::Accepted {
            data: Some(data), ..
        } => serde_json::from_str(data).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_balance_is_the_whole_limit() {
    let mut desk = Desk::new();
    desk.charging();
    let id = desk.command(Command::UpdateBalance {
        port: PortNo(1),
        order: super::order_no(),
        balance: Fen(8_000),
        physical_card: Some("D14B0A54".to_owned()),
    });
    let said = desk.said();
    assert!(
        matches!(&said[..], [Body::BalanceUpdate(update)] if update.balance == 8_000
            && update.physical_card.to_string() == "00000000D14B0A54")
    );
    desk.up(Body::BalanceAnswer(BalanceAnswer {
        pile_code: code(),
        physical_card: CardOrNone(None),
        result: BalanceResult::Ok,
    }));
    assert!(desk.is_accepted(id));
    let id = desk.command(Command::UpdateBalance {
        port: PortNo(1),
        order: super::order_no(),
        balance: Fen(9_000),
        physical_card: None,
    });
    desk.up(Body::BalanceAnswer(BalanceAnswer {
        pile_code: code(),
        physical_card: CardOrNone(Some(Ident::default())),
        result: BalanceResult::WrongCard,
    }));
    assert_eq!(desk.refusal(id), (Some(2), "card number wrong".to_owned()));
}

fn cards(count: usize) -> Vec<OfflineCard> {
    (0..count)
        .map(|number| OfflineCard {
            card_no: format!("{number:010}"),
            physical: format!("{number:08X}"),
        })
        .collect()
}

#[test]
fn cards_are_stored_eleven_at_a_time() {
    let mut desk = Desk::new();
    let id = desk.command(Command::StoreCards { cards: cards(25) });
    let stored = |result, fail_reason| {
        Body::CardsStored(CardsStored {
            pile_code: code(),
            result,
            fail_reason,
        })
    };
    let mut counts = Vec::new();
    for _ in 0..3 {
        let said = desk.said();
        let [Body::StoreCards(sent)] = &said[..] else {
            panic!("one at a time: {said:?}");
        };
        counts.push(sent.cards.len());
        desk.up(stored(Done::Ok, CardStoreFailure::None));
    }
    assert_eq!(counts, [11, 11, 3]);
    assert!(desk.is_accepted(id));
    let id = desk.command(Command::StoreCards { cards: cards(25) });
    desk.up(stored(Done::Failed, CardStoreFailure::Full));
    assert_eq!(desk.refusal(id), (Some(2), "storage full".to_owned()));
    assert_eq!(
        desk.kinds(),
        [FrameType::StoreCards],
        "the rest is not sent"
    );
}

#[test]
fn cards_are_cleared_and_asked_for() {
    let mut desk = Desk::new();
    let physical: Vec<String> = (1..=24).map(|number| format!("{number:08X}")).collect();
    let id = desk.command(Command::RemoveCards {
        physical: physical.clone(),
    });
    let cleared = |card: &str, flag| {
        Body::CardsCleared(CardsCleared {
            pile_code: code(),
            results: wire::Tail(vec![ClearedCard {
                physical_card: Ident::padded(card).expect("hex"),
                flag,
                reason: CardClearReason::Cleared,
            }]),
        })
    };
    desk.up(cleared("01", CardCleared::Yes));
    desk.up(cleared("18", CardCleared::No));
    assert_eq!(
        data(&desk, id),
        json!({"cards": [
            {"physical_card": "0000000000000001", "cleared": true},
            {"physical_card": "0000000000000018", "cleared": false},
        ]})
    );
    desk.forget();
    let id = desk.command(Command::QueryCards { physical });
    let found = || {
        Body::CardsFound(CardsFound {
            pile_code: code(),
            results: wire::Tail(vec![FoundCard {
                physical_card: Ident::default(),
                exists: CardExists::Yes,
            }]),
        })
    };
    desk.up(found());
    desk.up(found());
    assert_eq!(data(&desk, id)["cards"][1]["exists"], true);
    let lists: Vec<usize> = desk
        .said()
        .iter()
        .filter_map(|body| match body {
            Body::QueryCards(list) => Some(list.cards.len()),
            _ => None,
        })
        .collect();
    assert_eq!(lists, [23, 1]);
}

#[test]
fn work_parameters_go_together() {
    let mut desk = Desk::new();
    let id = desk.command(Command::SetPowerLimit {
        port: None,
        limit: PowerLimit::Percent(60),
    });
    let said = desk.said();
    assert!(matches!(&said[..], [Body::Work(work)]
        if work.work_state == WorkState::Allowed && work.max_power_percent == 60));
    desk.up(Body::WorkAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
    assert_eq!(
        learnt(&desk),
        [("locked", "0"), ("max_power_percent", "60")]
    );
    desk.command(Command::SetService {
        port: None,
        in_service: false,
    });
    let said = desk.said();
    assert!(matches!(&said[..], [Body::Work(work)]
        if work.work_state == WorkState::Locked && work.max_power_percent == 60));
    desk.up(Body::WorkAnswer(pile_answer(Done::Failed)));
    assert_eq!(learnt(&desk).len(), 2, "a refusal teaches nothing");
}

#[test]
fn nobody_is_locked_out_while_charging_unless_forced() {
    let mut desk = Desk::new();
    desk.charging();
    let id = desk.command(Command::SetService {
        port: None,
        in_service: false,
    });
    assert!(desk.said().is_empty());
    desk.up(idle(1));
    assert_eq!(desk.kinds(), [FrameType::Work]);
    assert!(desk.is_open(id));
    let mut desk = Desk::new();
    desk.charging();
    let value = |id: &str, number: i64| ParamValue {
        id: id.to_owned(),
        value: number.into(),
    };
    desk.command(Command::Vendor {
        name: "work_parameters".to_owned(),
        values: vec![value("work_state", 1), value("max_power_percent", 30)],
    });
    assert_eq!(desk.kinds(), [FrameType::Work]);
    desk.command(Command::Vendor {
        name: "stop_gun".to_owned(),
        values: vec![value("gun_no", 1)],
    });
    assert_eq!(desk.kinds(), [FrameType::RemoteStop]);
}

#[test]
fn ground_locks_answer_for_their_gun() {
    let mut desk = Desk::new();
    let id = desk.command(Command::MoveGroundLock {
        port: PortNo(2),
        raise: true,
    });
    let said = desk.said();
    assert!(matches!(&said[..], [Body::LockCommand(command)]
        if command.gun_no == 2 && command.action == LockAction::Raise));
    let answer = |gun_no, result| {
        Body::LockAnswer(LockAnswer {
            pile_code: code(),
            gun_no,
            result,
            reserved: Ident::default(),
        })
    };
    desk.up(answer(1, Done::Ok));
    assert!(desk.is_open(id));
    desk.up(answer(2, Done::Failed));
    assert_eq!(desk.refusal(id).0, Some(0));
}

#[test]
fn reboots_are_not_repeated_after_a_reconnect() {
    let mut desk = Desk::new();
    let id = desk.command(Command::Restart { when_idle: true });
    assert!(
        matches!(&desk.said()[..], [Body::Reboot(reboot)] if reboot.mode == Execution::WhenIdle)
    );
    desk.up(Body::RebootAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
    let mut desk = Desk::new();
    let id = desk.dispatch(Command::Restart { when_idle: false }, true);
    assert!(desk.said().is_empty());
    assert!(desk.is_accepted(id));
}

fn update() -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Ftp {
            host: Ipv4Addr::new(192, 0, 2, 7),
            port: 21,
            file: "/fw/v42.bin".to_owned(),
            user: Some("pile".to_owned()),
            password: None,
            when_idle: true,
        },
    }
}

#[test]
fn updates_answer_after_the_attempt() {
    let mut desk = Desk::with(pinned("power_kw", "120"));
    let id = desk.command(update());
    let said = desk.said();
    let [Body::Update(sent)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(sent.pile_model, PileModel::Dc);
    assert_eq!((sent.pile_power, sent.server_port), (120, 21));
    assert_eq!(sent.server_address.text(), "192.0.2.7");
    assert_eq!(sent.file_path.text(), "/fw/v42.bin");
    assert_eq!((sent.mode, sent.timeout_minutes), (Execution::WhenIdle, 60));
    desk.live(61 * 60);
    assert!(desk.is_open(id));
    desk.up(Body::UpdateAnswer(UpdateAnswer {
        pile_code: code(),
        result: UpgradeResult::WrongModel,
    }));
    assert_eq!(desk.refusal(id).0, Some(2));
    // After a reconnect the answer is awaited, not the update repeated.
    let mut desk = Desk::new();
    let id = desk.dispatch(update(), true);
    assert!(desk.said().is_empty());
    desk.up(Body::UpdateAnswer(UpdateAnswer {
        pile_code: code(),
        result: UpgradeResult::Ok,
    }));
    assert!(desk.is_accepted(id));
    let mut desk = Desk::new();
    let id = desk.command(update());
    desk.live(62 * 60 + 10);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
}

#[test]
fn a_qr_prefix_that_was_taken_is_remembered() {
    let mut desk = Desk::new();
    let id = desk.command(Command::SetQr {
        port: None,
        text: "https://example.com/".to_owned(),
    });
    assert_eq!(desk.kinds(), [FrameType::QrPrefix]);
    desk.up(Body::QrAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
    assert_eq!(learnt(&desk), [("qr_prefix", "https://example.com/")]);
    let id = desk.command(Command::SetQr {
        port: None,
        text: "x".to_owned(),
    });
    desk.live(11);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
}

#[test]
fn the_clock_can_be_set_on_demand() {
    let mut desk = Desk::new();
    let id = desk.command(Command::SyncTime);
    assert!(matches!(&desk.said()[..], [Body::Time(clock)]
        if clock.time.instant() == Some(super::START)));
    desk.up(super::time_answer(desk.now));
    assert_eq!(data(&desk, id), json!({"device_time": 1_729_407_600}));
}

#[test]
fn guns_are_asked_one_by_one() {
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryPort { port: None });
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.up(idle(1));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    assert!(desk.is_open(id));
    desk.up(idle(2));
    assert!(desk.is_accepted(id));
    let id = desk.command(Command::QueryPort {
        port: Some(PortNo(2)),
    });
    desk.live(10);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 1 });
}
