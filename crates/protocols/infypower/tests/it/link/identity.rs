//! Whose a connection is, and whose a session.

use super::{CODE, ORDER, Rig, ascii, charging, heartbeat, plan, raw, sealed, sign_in};
use device::{Answer, ChargeKey, Command, Event};
use infypower::codes::{StartResult, StartType};
use kernel::PortNo;

fn charge(rig: &Rig) -> Option<ChargeKey> {
    rig.find(|event| match event {
        Event::Status { ports, .. } => ports.first().and_then(|port| port.charge.clone()),
        _ => None,
    })
}

#[test]
fn a_connection_belongs_to_one_pile() {
    let mut rig = Rig::ready();
    let mut other = sign_in();
    other.pile_code = ascii("2900300800104");
    rig.hear(&sealed(106, other));
    assert_eq!(rig.malformed, ["foreign id"]);
    assert_eq!(rig.said(), Vec::<u16>::new());
    rig.hear(&heartbeat(1));
    assert_eq!(rig.said(), [101]);
    rig.assert_tally();
}

#[test]
fn a_code_that_is_no_id_is_nobodys() {
    for code in ["a b", "\u{1}\u{2}", "x/y"] {
        let mut body = vec![0; 96];
        body[4..4 + code.len()].copy_from_slice(code.as_bytes());
        let mut rig = Rig::new();
        rig.hear(&raw(106, &body));
        assert_eq!(
            (rig.identified.clone(), rig.malformed.clone()),
            (None, vec!["content"])
        );
        rig.assert_tally();
    }
}

#[test]
fn padding_of_spaces_or_ff_is_no_part_of_the_code() {
    for padding in [0, 0x20, 0xFF] {
        let mut body = vec![0; 96];
        body[4..36].fill(padding);
        body[4..17].copy_from_slice(CODE.as_bytes());
        let mut rig = Rig::new();
        rig.hear(&raw(106, &body));
        assert_eq!(rig.identified.expect("named").as_str(), CODE);
    }
    let mut full = vec![b'7'; 96];
    full[..4].fill(0);
    let mut rig = Rig::new();
    rig.hear(&raw(106, &full));
    assert_eq!(rig.identified.expect("named").as_str().len(), 32);
}

#[test]
fn frames_without_a_code_belong_to_whoever_is_bound() {
    let mut rig = Rig::new();
    rig.hear(&raw(1104, &[0]));
    assert_eq!(rig.malformed, ["no id"]);
    assert_eq!(rig.closed, None);
    let mut rig = Rig::ready();
    rig.hear(&raw(1104, &[0]));
    assert_eq!(rig.malformed, Vec::<&str>::new());
    rig.assert_tally();
}

#[test]
fn our_number_in_the_card_field_is_ours() {
    let mut rig = Rig::ready();
    let mut message = charging(1, "", 5, 1);
    message.card_no = ascii(ORDER);
    rig.hear(&sealed(104, message));
    assert_eq!(charge(&rig), Some(ChargeKey::Order(super::order())));
}

#[test]
fn a_pile_that_gives_no_number_back_is_believed_after_its_yes() {
    let mut rig = Rig::ready();
    rig.command(Command::StartCharge(plan(1)));
    rig.hear(&super::starts::answer(1, StartResult::Success));
    rig.hear(&sealed(104, charging(1, "", 5, 1)));
    assert_eq!(charge(&rig), Some(ChargeKey::Order(super::order())));
    let mut record = super::record("");
    record.start_type = StartType::Platform;
    rig.hear(&sealed(202, record));
    let ended = rig.find(|event| match event {
        Event::Ended(end) => Some(end.charge.clone()),
        _ => None,
    });
    assert_eq!(ended, Some(ChargeKey::Order(super::order())));
    rig.answer(Answer::Stored);
}

#[test]
fn without_a_yes_only_the_gun_is_known() {
    let mut rig = Rig::ready();
    rig.hear(&sealed(104, charging(2, "", 5, 1)));
    assert_eq!(charge(&rig), Some(ChargeKey::Port));
    let port = rig.find(|event| match event {
        Event::Status { ports, .. } => ports.first().map(|port| port.port),
        _ => None,
    });
    assert_eq!(port, Some(PortNo(2)));
    assert_eq!(rig.count("began"), 0);
}

#[test]
fn garbage_in_the_order_field_is_no_number() {
    let mut rig = Rig::ready();
    let mut message = charging(1, "", 5, 1);
    message.start_type = StartType::Card;
    message.card_no = ascii("0012345678");
    message.start_time = super::bcd(super::START);
    let temperatures = message.temperatures.0.as_mut().expect("223");
    temperatures
        .vehicle
        .0
        .as_mut()
        .expect("223")
        .order_no
        .0
        .fill(0xCC);
    rig.hear(&sealed(104, message));
    let name = "0012345678@20241020150000".to_owned();
    assert_eq!(charge(&rig), Some(ChargeKey::Serial(name)));
}
