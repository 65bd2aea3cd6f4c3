use super::{
    Bearer, Card, CardAccount, CardStatus, Situation, Vehicle, admit, admit_vehicle, chip_key,
    md5_of, plain_number,
};
use crate::device_status::DeviceStatus;
use device::{CardPassword, CardRefusal, ChargeMode};
use kernel::{Fen, Timestamp};

fn card() -> Card {
    Card {
        card_no: "1000000001".to_owned(),
        physical_no: None,
        status: CardStatus::Active,
        password_md5: None,
        limit: Fen(10_000),
        charge_mode: ChargeMode::Full,
        duration_s: None,
        energy: None,
        account: CardAccount::Listed,
        holder: None,
        daily_limit: None,
        daily_times: None,
        offline: false,
        valid_until: None,
        station_id: None,
    }
}

fn here(password: Option<&CardPassword>) -> Situation<'_> {
    Situation {
        now: Timestamp(1_000_000),
        device: DeviceStatus::Active,
        station_id: Some(7),
        password,
        in_use: false,
        min_start: Fen(500),
    }
}

#[test]
fn numbers_are_compared_without_their_padding() {
    assert_eq!(plain_number("0000001000000001"), "1000000001");
    assert_eq!(plain_number(" 00ab "), "AB");
    assert_eq!(plain_number("0000"), "0");
    assert_eq!(plain_number(""), "");
}

#[test]
fn a_chip_is_known_in_both_byte_orders() {
    let one = chip_key("00000000D14B0A54");
    assert_eq!(one, chip_key("540A4BD1"));
    assert_eq!(one.as_deref(), Some("540A4BD1"));
    assert_eq!(chip_key("0000000000000000"), None);
    assert_eq!(chip_key("12"), None);
    assert_eq!(chip_key("xyz"), None);
}

#[test]
fn cards_are_refused_for_the_first_rule_they_break() {
    let refused = |card: &Card, now: &Situation<'_>, why| {
        assert_eq!(admit(card, now), Bearer::Refused(why));
    };
    assert_eq!(admit(&card(), &here(None)), Bearer::Welcome);
    for (status, why) in [
        (CardStatus::Inactive, CardRefusal::Unknown),
        (CardStatus::Cancelled, CardRefusal::Unknown),
        (CardStatus::Lost, CardRefusal::Blocked),
        (CardStatus::Blocked, CardRefusal::Blocked),
    ] {
        refused(&Card { status, ..card() }, &here(None), why);
    }
    let old = Card {
        valid_until: Some(Timestamp(1_000_000)),
        ..card()
    };
    refused(&old, &here(None), CardRefusal::Expired);
    let elsewhere = Card {
        station_id: Some(8),
        ..card()
    };
    refused(&elsewhere, &here(None), CardRefusal::NotAllowedHere);
    let poor = Card {
        limit: Fen(499),
        ..card()
    };
    refused(&poor, &here(None), CardRefusal::BalanceTooLow);
    let off = Situation {
        device: DeviceStatus::Disabled,
        ..here(None)
    };
    refused(&card(), &off, CardRefusal::DeviceDisabled);
    let twice = Situation {
        in_use: true,
        ..here(None)
    };
    refused(&card(), &twice, CardRefusal::InUse);
}

#[test]
fn a_password_is_asked_for_and_compared_in_both_forms() {
    let secret = Card {
        password_md5: Some(md5_of("123456")),
        ..card()
    };
    // The well-known digest of 123456, whose middle half is what piles send.
    assert_eq!(md5_of("123456"), "e10adc3949ba59abbe56e057f20f883e");
    assert_eq!(admit(&secret, &here(None)), Bearer::AskPassword);
    let plain = CardPassword::Plain("123456".to_owned());
    let half = CardPassword::Md5Middle("49ba59abbe56e057".to_owned());
    let wrong = CardPassword::Md5Middle("49ba59abbe56e058".to_owned());
    assert_eq!(admit(&secret, &here(Some(&plain))), Bearer::Welcome);
    assert_eq!(admit(&secret, &here(Some(&half))), Bearer::Welcome);
    let no = Bearer::Refused(CardRefusal::PasswordWrong);
    assert_eq!(admit(&secret, &here(Some(&wrong))), no);
    assert!(!format!("{plain:?}").contains("123456"));
}

#[test]
fn vehicles_need_their_holders_wish() {
    let vehicle = Vehicle {
        vin: "LSVAU2180E2123456".to_owned(),
        status: CardStatus::Active,
        plug_and_charge: true,
        limit: Fen(10_000),
        member: None,
        company: None,
        card_no: None,
    };
    assert_eq!(admit_vehicle(&vehicle, &here(None)), Bearer::Welcome);
    let shy = Vehicle {
        plug_and_charge: false,
        ..vehicle.clone()
    };
    let refused = Bearer::Refused(CardRefusal::NotAllowedHere);
    assert_eq!(admit_vehicle(&shy, &here(None)), refused);
    let gone = Vehicle {
        status: CardStatus::Cancelled,
        ..vehicle
    };
    let unknown = Bearer::Refused(CardRefusal::VehicleUnknown);
    assert_eq!(admit_vehicle(&gone, &here(None)), unknown);
}

#[test]
fn states_follow_each_other_as_people_handle_cards() {
    use CardStatus::{Active, Blocked, Cancelled, Inactive, Lost};
    for (from, to, may) in [
        (Inactive, Active, true),
        (Active, Lost, true),
        (Lost, Active, true),
        (Active, Blocked, true),
        (Blocked, Active, true),
        (Blocked, Cancelled, true),
        (Cancelled, Active, false),
        (Inactive, Lost, false),
        (Active, Active, false),
    ] {
        assert_eq!(from.may_become(to), may, "{from:?} to {to:?}");
    }
    for status in CardStatus::ALL {
        assert_eq!(CardStatus::parse(status.as_str()), Some(status));
    }
}

#[test]
fn a_day_has_its_limits() {
    use super::{CardDay, OverDay};
    let card = Card {
        daily_limit: Some(Fen(3000)),
        daily_times: Some(2),
        ..card()
    };
    let day = |times, spent| CardDay {
        times,
        spent: Fen(spent),
    };
    let ask = |day: CardDay| day.allows(&card, Fen(5000), Fen(500));
    assert_eq!(ask(day(0, 0)), Ok(Fen(3000)));
    assert_eq!(ask(day(1, 2500)), Ok(Fen(500)));
    assert_eq!(ask(day(1, 2501)), Err(OverDay));
    assert_eq!(ask(day(2, 0)), Err(OverDay));
}

#[test]
fn what_is_given_away_is_given_at_home() {
    use super::serves_at;
    use crate::payer::Payer;
    use kernel::MemberId;
    let month = Payer::Monthly {
        card_no: "1".to_owned(),
        member: None,
    };
    let wallet = Payer::Wallet {
        member: MemberId(1),
    };
    let own = Some("/1/2/");
    for (payer, owner, place, serves) in [
        (None, own, "/1/2/3/", true),
        (None, own, "/1/2/", true),
        (None, own, "/1/4/", false),
        (None, own, "/1/", false),
        (Some(&month), own, "/1/4/", false),
        (Some(&month), None, "/1/4/", true),
        (None, None, "/1/4/", true),
        (None, Some("/1/"), "/1/4/", true),
        (Some(&wallet), own, "/1/4/", true),
    ] {
        assert_eq!(
            serves_at(payer, owner, place),
            serves,
            "{owner:?} at {place}"
        );
    }
}
