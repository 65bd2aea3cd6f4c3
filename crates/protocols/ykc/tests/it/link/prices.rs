//! The billing model.

use super::{
    Body, Desk, NONE, SERIAL, charging, code, data, idle, login, pile_answer, record, serial,
    time_answer,
};
use device::{Answer, Command, Event, Outcome, Profile, Protocol, Rate, TariffTable};
use kernel::Price;
use ykc::Ykc;
use ykc::codes::{self, Done, FrameType, GunState};
use ykc::message::{BillingModel, ModelCheck, ModelRequest, Realtime};

fn table(model: u16, kinds: usize) -> TariffTable {
    let rates = (1..=kinds).map(|kind| Rate {
        electricity: Price(i64::try_from(kind).expect("small") * 100_000),
        service: Price(16_540),
    });
    TariffTable {
        model,
        rates: rates.collect(),
        slots: (0..48)
            .map(|slot| u8::try_from(slot % kinds).expect("small"))
            .collect(),
    }
}

fn asking() -> Desk {
    let mut desk = Desk::new();
    desk.says = None;
    desk
}

fn check(model: &str) -> Body {
    Body::ModelCheck(ModelCheck {
        pile_code: code(),
        model_code: model.parse().expect("digits"),
    })
}

fn request() -> Body {
    Body::ModelRequest(ModelRequest { pile_code: code() })
}

fn tariff(table: Option<TariffTable>) -> Answer {
    Answer::Tariff(table.map(Box::new))
}

#[test]
fn the_pile_asks_whether_its_prices_are_ours() {
    for (held, ours, asked, same) in [
        ("0062", Some(table(62, 4)), 62, true),
        ("0061", Some(table(62, 4)), 61, false),
        ("0000", Some(table(62, 4)), 0, false),
        ("00A1", Some(table(1, 4)), 0, false),
        ("0062", None, 62, false),
    ] {
        let mut desk = asking();
        let sequence = desk.up(check(held));
        assert_eq!(desk.only(), &Event::TariffAsked { model: Some(asked) });
        assert!(desk.said().is_empty());
        desk.answer(tariff(ours));
        assert_eq!(desk.last().sequence, sequence);
        let said = desk.said();
        let [Body::ModelCheckAnswer(answer)] = &said[..] else {
            panic!("{said:?}");
        };
        assert_eq!(answer.model_code.to_string(), held, "echoed");
        assert_eq!(answer.result == codes::ModelCheck::Same, same, "{held}");
    }
}

fn model(desk: &mut Desk) -> BillingModel {
    let said = desk.said();
    match &said[..] {
        [Body::ModelAnswer(model) | Body::ModelSetting(model)] => (**model).clone(),
        others => panic!("{others:?}"),
    }
}

#[test]
fn the_pile_is_given_the_prices() {
    let mut desk = asking();
    desk.up(request());
    assert_eq!(desk.only(), &Event::TariffAsked { model: None });
    desk.answer(tariff(Some(table(62, 4))));
    let model = model(&mut desk);
    assert_eq!(model.model_code.to_string(), "0062");
    assert_eq!(model.sharp_energy_price, 100_000);
    assert_eq!(model.valley_energy_price, 400_000);
    assert_eq!(model.flat_service_price, 16_540);
    assert_eq!(model.loss_ratio, 0);
    assert_eq!(model.slots.0[..5], [0, 1, 2, 3, 0]);
}

#[test]
fn kinds_that_no_half_hour_has_are_not_free() {
    let mut desk = asking();
    desk.up(request());
    desk.answer(tariff(Some(table(62, 2))));
    let model = model(&mut desk);
    assert_eq!(model.peak_energy_price, 200_000);
    assert_eq!(model.flat_energy_price, 200_000);
    assert_eq!(model.valley_energy_price, 200_000);
}

#[test]
fn a_pile_without_prices_hears_nothing() {
    for missing in [None, Some(table(0, 4))] {
        let mut desk = asking();
        desk.up(request());
        desk.answer(tariff(missing));
        assert!(desk.said().is_empty());
        assert!(desk.alarms().is_empty(), "the platform knows");
    }
}

#[test]
fn prices_are_pushed_to_an_idle_pile() {
    let mut desk = Desk::new();
    let id = desk.command(Command::PushTariff(table(63, 4)));
    assert_eq!(model(&mut desk).model_code.to_string(), "0063");
    desk.up(Body::ModelSettingAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
}

#[test]
fn prices_wait_for_the_last_session() {
    let mut desk = Desk::new();
    desk.charging();
    desk.up(charging(2, "32010600019236022410201600000002", 1));
    desk.forget();
    let id = desk.command(Command::PushTariff(table(63, 4)));
    assert!(desk.said().is_empty());
    desk.up(Body::Record(Box::new(record(SERIAL))));
    assert_eq!(desk.kinds(), [FrameType::RecordConfirmation]);
    assert!(desk.is_open(id));
    desk.up(idle(2));
    assert_eq!(desk.kinds(), [FrameType::ModelSetting]);
}

/// A pile that has just logged in, and of whose guns nothing is known.
fn logged_in() -> Desk {
    let mut desk = Desk::fresh(Profile::default());
    desk.up(login());
    desk.up(time_answer(desk.now));
    desk.forget();
    desk
}

#[test]
fn prices_after_a_login_wait_for_the_first_word_of_every_gun() {
    let mut desk = logged_in();
    let id = desk.command(Command::PushTariff(table(63, 4)));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime; 2], "asked at once");
    desk.up(idle(1));
    assert!(desk.said().is_empty());
    desk.up(idle(2));
    assert_eq!(desk.kinds(), [FrameType::ModelSetting]);
    desk.up(Body::ModelSettingAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
    // A session has outlived the connection.
    let mut desk = logged_in();
    desk.command(Command::PushTariff(table(63, 4)));
    desk.up(idle(2));
    desk.up(charging(1, SERIAL, 12));
    desk.live(60);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime; 2]);
    desk.up(Body::Record(Box::new(record(SERIAL))));
    let kinds = desk.kinds();
    assert!(kinds.contains(&FrameType::ModelSetting), "{kinds:?}");
}

#[test]
fn guns_that_do_not_answer_hold_prices_up_for_seconds() {
    let mut desk = logged_in();
    desk.command(Command::PushTariff(table(63, 4)));
    desk.up(idle(1));
    desk.live(9);
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime; 2]);
    desk.live(1);
    assert_eq!(desk.kinds(), [FrameType::ModelSetting]);
}

#[test]
fn a_pile_that_does_not_count_its_guns_has_one() {
    let mut desk = Desk::fresh(Profile::default());
    let Body::Login(mut login) = login() else {
        panic!("a login");
    };
    login.gun_count = 0;
    desk.up(Body::Login(login));
    desk.up(time_answer(desk.now));
    desk.forget();
    desk.command(Command::PushTariff(table(63, 4)));
    desk.up(charging(1, SERIAL, 12));
    assert_eq!(desk.kinds(), [FrameType::ReadRealtime]);
    desk.up(idle(1));
    assert_eq!(desk.kinds(), [FrameType::ModelSetting]);
}

#[test]
fn a_fault_in_the_middle_of_a_session_does_not_let_prices_in() {
    let mut desk = Desk::new();
    desk.charging();
    let faulty = |serial_text| {
        Body::Realtime(Realtime {
            state: GunState::Fault,
            transaction_no: serial(serial_text),
            ..data(1)
        })
    };
    desk.up(faulty(SERIAL));
    desk.command(Command::PushTariff(table(63, 4)));
    assert!(desk.said().is_empty());
    desk.up(Body::Record(Box::new(record(SERIAL))));
    assert_eq!(
        desk.kinds(),
        [FrameType::ModelSetting, FrameType::RecordConfirmation],
        "the number that the gun still shows is of the past"
    );
    let mut desk = Desk::new();
    desk.up(faulty(NONE));
    desk.command(Command::PushTariff(table(63, 4)));
    assert_eq!(desk.kinds(), [FrameType::ModelSetting]);
}

#[test]
fn prices_are_pushed_three_times() {
    let mut desk = Desk::new();
    let id = desk.command(Command::PushTariff(table(63, 4)));
    desk.live(35);
    desk.up(Body::ModelSettingAnswer(pile_answer(Done::Failed)));
    assert!(desk.is_open(id), "a session may just have begun");
    desk.live(70);
    assert_eq!(desk.kinds(), [FrameType::ModelSetting; 3]);
    assert_eq!(desk.outcome(id), &Outcome::Lapsed { attempts: 3 });
    assert!(desk.alarms().is_empty(), "the platform knows");
}

#[test]
fn a_check_with_a_gun_number_is_told_loudly() {
    let mut desk = asking();
    for _ in 0..2 {
        let mut bytes = Vec::new();
        let mut message = ykc::message::Message::from(check("0062"));
        message.trailing = vec![1];
        message
            .seal([0, 0], ykc::frame::CrcOrder::LowHigh, &mut bytes)
            .expect("short");
        desk.bytes(&bytes);
    }
    assert_eq!(desk.alarms(), [(None, 0x05, true)], "once");
    assert_eq!(desk.told().len(), 3, "and it is answered all the same");
}

#[test]
fn deep_valley_goes_to_the_pile_as_valley() {
    let mut desk = asking();
    desk.up(request());
    desk.answer(tariff(Some(table(62, 5))));
    let given = model(&mut desk);
    assert_eq!(given.valley_energy_price, 400_000);
    assert_eq!(given.slots.0[..6], [0, 1, 2, 3, 3, 0]);

    let mut desk = Desk::new();
    let id = desk.command(Command::PushTariff(table(63, 5)));
    assert_eq!(model(&mut desk).slots, given.slots);
    desk.up(Body::ModelSettingAnswer(pile_answer(Done::Ok)));
    assert!(desk.is_accepted(id));
}

#[test]
fn broken_tables_are_refused() {
    let none = Profile::default();
    assert!(Ykc.check(&none, &Command::PushTariff(table(63, 5))).is_ok());
    let mut broken = table(63, 4);
    broken.slots.pop();
    assert!(matches!(
        Ykc.check(&none, &Command::PushTariff(broken)),
        Err(device::CommandFault::OutOfRange { .. })
    ));
}
