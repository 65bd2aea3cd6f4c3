//! Settlements and confirmations: stored first, answered then, never twice.

use super::{Desk, OWN_ORDER, SOCKET, order, order_hex, settle_data};
use device::{Answer, ChargeKey, EndReason, EndReport, Event, StartSource};
use kernel::{Energy, PortNo, Power};

fn ended(desk: &Desk) -> Vec<EndReport> {
    let records = desk.named("record").into_iter();
    records
        .filter_map(|event| match event {
            Event::Ended(report) => Some(report.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_settlement_is_answered_once_it_is_stored() {
    let mut desk = Desk::new();
    desk.stores = false;
    let msg_id = desk.settle(1, 1200, 49, 5, &order_hex(1));
    assert!(desk.downs.is_empty(), "not before it is stored");
    let envelope = desk.events.last().expect("told").clone();
    assert!(envelope.raw.is_some() && envelope.receipt.is_some());
    let report = &ended(&desk)[0];
    assert_eq!(report.charge, ChargeKey::Order(order(1)));
    assert_eq!((report.port, report.duration_s), (PortNo(2), 1200));
    assert_eq!(report.energy, Energy::from_centi_kwh(49));
    assert_eq!(report.peak_power, Some(Power(6000)));
    assert_eq!((report.reason, report.reason_raw), (EndReason::Normal, 5));
    assert_eq!(report.device_amount, None);
    assert_eq!(report.ended_at, None, "device clocks bill nothing");
    desk.resolve(envelope.receipt.expect("a receipt"), Answer::Stored);
    assert_eq!((desk.last().cmd, desk.last().msg_id), (0x03, msg_id));
    assert_eq!(desk.last().data, "00");
    desk.resolve(envelope.receipt.expect("a receipt"), Answer::Stored);
    assert_eq!(desk.downs.len(), 1, "a receipt counts once");
}

#[test]
fn what_could_not_be_stored_is_not_answered() {
    let mut desk = Desk::new();
    desk.stores = false;
    desk.up_as(
        SOCKET,
        9,
        0x03,
        &settle_data(0, 60, 1, 1, "00000000", 1, &order_hex(1)),
    );
    let receipt = desk.receipts[0];
    desk.resolve(receipt, Answer::Silence);
    assert!(desk.downs.is_empty());
    desk.stores = true;
    desk.up_as(
        SOCKET,
        9,
        0x03,
        &settle_data(0, 60, 1, 1, "00000000", 1, &order_hex(1)),
    );
    assert_eq!((desk.written(0x03), ended(&desk).len()), (1, 2));
}

#[test]
fn a_backlog_drains_record_by_record() {
    let mut desk = Desk::new();
    for sequence in 1..=5 {
        desk.settle(0, 60 * sequence, 1, 1, &order_hex(sequence));
        desk.seconds(60);
    }
    assert_eq!((desk.written(0x03), ended(&desk).len()), (5, 5));
}

#[test]
fn repetitions_are_answered_and_told_once() {
    let record = settle_data(0, 60, 1, 1, "00000000", 1, &order_hex(1));
    let mut desk = Desk::new();
    desk.up_as(SOCKET, 9, 0x03, &record);
    desk.up_as(SOCKET, 9, 0x03, &record);
    assert_eq!((desk.written(0x03), ended(&desk).len()), (2, 1));
    // A restarted device counts from the beginning: other data, another record.
    desk.up_as(
        SOCKET,
        9,
        0x03,
        &settle_data(0, 90, 2, 1, "00000000", 1, &order_hex(2)),
    );
    assert_eq!((desk.written(0x03), ended(&desk).len()), (3, 2));
    // Half an hour later the platform itself tells them apart.
    desk.seconds(240);
    desk.idle(SOCKET);
    desk.up_as(SOCKET, 10, 0x03, &record);
    assert_eq!((desk.written(0x03), ended(&desk).len()), (4, 3));
}

#[test]
fn every_stop_reason_is_mapped_and_kept() {
    let cases = [
        (0x01, EndReason::Full),
        (0x02, EndReason::Timeout),
        (0x03, EndReason::Normal),
        (0x04, EndReason::Normal),
        (0x05, EndReason::Normal),
        (0x06, EndReason::OverPower),
        (0x07, EndReason::RemoteStop),
        (0x08, EndReason::OverPower),
        (0x09, EndReason::NoLoad),
        (0x0A, EndReason::DeviceFault),
        (0x0E, EndReason::PowerOff),
        (0x13, EndReason::UserStop),
        (0x16, EndReason::UserStop),
        (0x1B, EndReason::DeviceFault),
        (0x7F, EndReason::Unknown),
    ];
    for (raw, reason) in cases {
        let mut desk = Desk::new();
        desk.settle(0, 60, 1, raw, &order_hex(1));
        let report = &ended(&desk)[0];
        assert_eq!((report.reason, report.reason_raw), (reason, u32::from(raw)));
    }
}

#[test]
fn a_charge_of_the_device_s_own_is_told_with_its_card() {
    let mut desk = Desk::new();
    for _ in 0..2 {
        desk.up(SOCKET, 0x06, &super::power_data(0, 1, 300, 8, 0, OWN_ORDER));
    }
    let began: Vec<_> = desk.named("began").into_iter().cloned().collect();
    let [Event::Began(start)] = &began[..] else {
        panic!("once: {began:?}");
    };
    let key = ChargeKey::Serial(OWN_ORDER.to_uppercase());
    assert_eq!((&start.charge, start.port), (&key, PortNo(1)));
    assert_eq!(start.source, StartSource::OfflineCard);
    assert_eq!(start.card_no.as_deref(), Some("2056062429"));
    desk.up(
        SOCKET,
        0x03,
        &settle_data(0, 5400, 90, 0, "7a8d05dd", 1, OWN_ORDER),
    );
    let report = &ended(&desk)[0];
    assert_eq!(report.charge, key);
    assert_eq!(report.card_no.as_deref(), Some("2056062429"));
    let details = report.details.as_ref().expect("its own");
    assert_eq!(details.source, StartSource::OfflineCard);
    assert_eq!(details.physical_card.as_deref(), Some("7A8D05DD"));
    assert!(details.doubts.is_empty());
}

#[test]
fn records_without_an_order_number_are_told_apart() {
    let none = "00".repeat(16);
    let mut desk = Desk::new();
    desk.up(
        SOCKET,
        0x03,
        &settle_data(0, 5400, 90, 0, "7a8d05dd", 1, &none),
    );
    desk.up(
        SOCKET,
        0x03,
        &settle_data(0, 3600, 60, 0, "7a8d05dd", 1, &none),
    );
    desk.up(
        SOCKET,
        0x03,
        &settle_data(0, 3600, 60, 0, "7a8d05dd", 1, &none),
    );
    let names: Vec<_> = ended(&desk)
        .iter()
        .map(|report| report.charge.clone())
        .collect();
    assert_ne!(names[0], names[1]);
    assert_eq!(names.get(2).unwrap_or(&names[1]), &names[1], "said again");
}

#[test]
fn without_a_card_the_settlement_alone_tells() {
    // The device in the number is another one, so the card in it is not believed.
    let foreign = "202510201430057a8d05dd1354400031";
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x06, &super::power_data(0, 1, 300, 8, 0, foreign));
    assert!(desk.named("began").is_empty());
    assert_eq!(desk.named("progress").len(), 1);
    // A code needs no card.
    desk.up(SOCKET, 0x06, &super::power_data(1, 1, 300, 8, 3, foreign));
    assert_eq!(desk.named("began").len(), 1);
    desk.up(
        SOCKET,
        0x03,
        &settle_data(1, 300, 8, 3, "40e20100", 1, foreign),
    );
    let report = &ended(&desk)[0];
    let source = report.details.as_ref().map(|details| details.source);
    assert_eq!(
        (source, report.card_no.clone()),
        (Some(StartSource::Local), None)
    );
    // An order of ours that was started while the device was away is still ours.
    desk.forget();
    desk.up(
        SOCKET,
        0x06,
        &super::power_data(0, 1, 300, 8, 0, &order_hex(3)),
    );
    assert!(desk.named("began").is_empty());
}

#[test]
fn records_that_cannot_be_true_are_marked() {
    let doubts = |seconds, energy| {
        let mut desk = Desk::new();
        desk.settle(0, seconds, energy, 1, &order_hex(1));
        let details = ended(&desk)[0].details.clone();
        details.map(|details| details.doubts).unwrap_or_default()
    };
    // 600 W for an hour is 0.6 kWh.
    assert_eq!(doubts(3600, 60), Vec::<&str>::new());
    assert_eq!(doubts(3600, 71), Vec::<&str>::new());
    assert_eq!(doubts(3600, 72), ["energy_above_power"]);
    assert_eq!(doubts(65_535, 60), ["duration_ceiling"]);
    assert_eq!(
        doubts(3600, 65_535),
        ["energy_ceiling", "energy_above_power"]
    );
    // A kilowatt-hour without any power.
    let mut desk = Desk::new();
    let data = format!("100e0000640000010000000001{}", order_hex(1));
    desk.up(SOCKET, 0x03, &data);
    let details = ended(&desk)[0].details.clone();
    assert_eq!(details.expect("doubts").doubts, ["energy_above_power"]);
}

#[test]
fn confirmations_of_old_devices_are_answered_with_their_socket() {
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x04, &format!("0101000000000500{}", order_hex(1)));
    assert_eq!(desk.said(), [(0x04, "0100".to_owned())]);
    let Some(Event::Confirmed(confirmation)) = desk.named("confirm").pop() else {
        panic!("confirmed");
    };
    assert_eq!(confirmation.charge, ChargeKey::Order(order(1)));
    assert_eq!(
        (confirmation.port, confirmation.accepted),
        (PortNo(2), true)
    );
    // One that the device began says so first.
    desk.forget();
    desk.up(SOCKET, 0x04, &format!("00007a8d05dd0500{OWN_ORDER}"));
    let names: Vec<_> = desk.events.iter().map(|event| event.event.name()).collect();
    assert_eq!(names, ["began", "confirm"]);
}

#[test]
fn a_record_without_an_order_is_nobody_s() {
    let mut desk = Desk::new();
    desk.settle(0, 60, 1, 1, &"00".repeat(16));
    let name = ChargeKey::Serial("unnamed-0-00000000-60-1-6000".to_owned());
    assert_eq!(ended(&desk)[0].charge, name);
    assert_eq!(desk.written(0x03), 1);
}
