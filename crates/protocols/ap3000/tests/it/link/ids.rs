//! Many ids on one connection: who is asked about, who is a stranger, who moves away.

use super::{Desk, HOST, OTHER, SOCKET, order_hex, pinned, start};
use ap3000::PhysicalId;
use device::{Admission, Event, Item, Link as _};

/// 0x11 with 71 bytes.
const HOST_HEARTBEAT: &str = "68020220fc58681f0738393836303444393136323339303438383239375500003836343435323036393736323437325\
     6312e302e30302e3030303030302e303631360000000000";

fn identified(desk: &Desk) -> Vec<String> {
    let ids = desk.items.iter().filter_map(|item| match item {
        Item::Identify(device) => Some(device.to_string()),
        _ => None,
    });
    ids.collect()
}

#[test]
fn each_id_is_asked_about_once() {
    let mut desk = Desk::fresh();
    desk.bytes(b"898604D9162390488297link");
    desk.idle(SOCKET);
    desk.idle(OTHER);
    desk.idle(SOCKET);
    assert_eq!(identified(&desk), ["04A26CF3", "04A228CD"]);
    assert_eq!(desk.written(0x21), 3);
}

#[test]
fn frames_wait_for_the_platform_one_id_apart_from_the_other() {
    let mut desk = Desk::fresh();
    desk.admits = false;
    desk.idle(SOCKET);
    desk.settle(0, 60, 1, 1, &order_hex(1));
    desk.idle(OTHER);
    assert!(desk.downs.is_empty() && desk.events.is_empty());
    assert!(desk.link.pending() > 80, "held back, and counted as such");
    desk.admit(&PhysicalId(OTHER).phy());
    assert_eq!(desk.written(0x21), 1);
    assert!(
        desk.events
            .iter()
            .all(|event| event.device.as_str() == "04A228CD")
    );
    desk.admit(&PhysicalId(SOCKET).phy());
    assert_eq!((desk.written(0x21), desk.written(0x03)), (2, 1));
    assert_eq!(desk.link.pending(), 0);
}

#[test]
fn what_is_held_back_has_a_limit() {
    let mut desk = Desk::fresh();
    desk.admits = false;
    for _ in 0..100 {
        desk.idle(SOCKET);
    }
    assert!(desk.link.pending() <= 32 * 21);
    assert_eq!(desk.tally.skipped, 68 * 21);
}

#[test]
fn host_and_socket_share_an_id() {
    let mut desk = Desk::fresh();
    desk.bytes(b"898604D9162390488297");
    desk.up(SOCKET, 0x12, "");
    desk.up(SOCKET, 0x11, HOST_HEARTBEAT);
    desk.up(SOCKET, 0x20, "8002020a3106");
    desk.up(SOCKET, 0x11, HOST_HEARTBEAT);
    let registered: Vec<_> = desk
        .named("register")
        .into_iter()
        .map(|event| match event {
            Event::Registered(registration) => registration.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    let last = registered.last().expect("told");
    assert_eq!(
        last.firmware.as_deref(),
        Some("6.40"),
        "the device's, not the host's"
    );
    assert_eq!(last.model.as_deref(), Some("31"));
    assert_eq!(last.port_count, Some(2));
    assert_eq!(last.iccid.as_deref(), Some("898604D9162390488297"));
    assert_eq!(last.imei.as_deref(), Some("864452069762472"));
    assert_eq!(registered.len(), 2, "told only when it is news");
    // Neither 0x11 is answered.
    assert_eq!(
        (desk.written(0x11), desk.written(0x12), desk.written(0x20)),
        (0, 1, 1)
    );
}

#[test]
fn hosts_with_ids_of_their_own_describe_themselves() {
    let mut desk = Desk::fresh();
    desk.up(HOST, 0x11, HOST_HEARTBEAT);
    let Some(Event::Registered(registration)) = desk.named("register").pop() else {
        panic!("told");
    };
    assert_eq!(registration.firmware.as_deref(), Some("6.16"));
    assert_eq!(registration.model.as_deref(), Some("host 55"));
    assert_eq!(desk.named("heartbeat").len(), 1);
    desk.seconds(10);
    assert_eq!(
        desk.written(0x81),
        0,
        "a host has no sockets to be asked about"
    );
    let id = desk.dispatch(HOST, start(1, 1), false);
    assert!(desk.refusal(id).contains("no sockets"));
}

#[test]
fn strangers_stay_reachable_and_forget_nothing() {
    let mut desk = Desk::fresh();
    desk.ours = false;
    desk.idle(SOCKET);
    desk.up(SOCKET, 0x22, "");
    desk.up(SOCKET, 0x20, "8002020a3106");
    desk.settle(0, 60, 1, 1, &order_hex(1));
    desk.up(SOCKET, 0x02, "7a8d05dd00010000");
    desk.up(SOCKET, 0x04, &format!("0001000000000500{}", order_hex(1)));
    desk.seconds(20);
    let said: Vec<u8> = desk.said().into_iter().map(|(cmd, _)| cmd).collect();
    assert_eq!(said, [0x21, 0x22]);
    assert!(desk.events.is_empty());
    assert!(desk.items.iter().any(|item| matches!(item, Item::Frame(_))));
    let id = desk.command(start(1, 1));
    assert_eq!(
        desk.refusal(id),
        "this connection does not carry the device"
    );
    // Adopted while it is connected.
    desk.ours = true;
    desk.admit(&PhysicalId(SOCKET).phy());
    desk.seconds(4);
    assert_eq!(desk.written(0x81), 1, "asked to introduce itself");
    desk.settle(0, 60, 1, 1, &order_hex(1));
    assert_eq!(desk.written(0x03), 1);
}

#[test]
fn an_id_that_moves_away_leaves_the_others_alone() {
    let mut desk = Desk::new();
    desk.idle(OTHER);
    desk.seconds(5);
    desk.stores = false;
    desk.settle(0, 60, 1, 1, &order_hex(1));
    let waiting = desk.command(start(1, 2));
    desk.forget();
    desk.call(|link, now, out| link.release(&PhysicalId(SOCKET).phy(), now, out));
    let receipt = *desk.receipts.last().expect("a settlement");
    desk.resolve(receipt, device::Answer::Stored);
    desk.seconds(20);
    assert!(desk.downs.is_empty() && desk.outcomes(waiting).is_empty());
    desk.idle(OTHER);
    assert_eq!(desk.written(0x21), 1);
    // It comes back.
    desk.forget();
    desk.idle(SOCKET);
    assert_eq!(identified(&desk), ["04A26CF3"]);
}

#[test]
fn the_number_of_ids_has_a_limit() {
    let mut desk = Desk::fresh();
    desk.ours = false;
    for id in 0..200 {
        desk.idle(0x0400_0000 + id);
    }
    assert_eq!(identified(&desk).len(), 64);
    assert!(desk.tally.malformed > 0 && !desk.closed());
    // Strangers that have been silent for long give way.
    for _ in 0..20 {
        desk.seconds(31);
        desk.bytes(b"link");
    }
    desk.idle(SOCKET);
    assert_eq!(
        identified(&desk).last().map(String::as_str),
        Some("04A26CF3")
    );
}

#[test]
fn devices_without_an_id_of_their_own_are_told_of() {
    let defective = 0x0400_0000 + 12_000_000;
    let mut desk = Desk::fresh();
    desk.idle(defective);
    assert_eq!(desk.named("alarm").len(), 1);
    let id = desk.dispatch(defective, start(1, 1), false);
    assert_eq!(desk.refusal(id), "the device has lost its own id");
}

#[test]
fn a_device_that_says_its_state_is_not_asked() {
    let mut desk = Desk::fresh();
    desk.up(SOCKET, 0x22, "");
    desk.seconds(2);
    desk.idle(SOCKET);
    desk.seconds(30);
    assert_eq!(desk.written(0x81), 0);
    // One that only reports power is.
    let mut desk = Desk::fresh();
    desk.power(0, 300, 4, &order_hex(1));
    desk.seconds(4);
    assert_eq!(desk.written(0x81), 1);
    desk.seconds(60);
    assert_eq!(desk.written(0x81), 2, "and once more");
}

#[test]
fn what_was_learnt_survives_a_change_of_the_profile() {
    let mut desk = Desk::new();
    let profile = pinned("start_length", "29");
    desk.link.reprofile(&PhysicalId(SOCKET).phy(), profile);
    // Not asked again, and the old heartbeat is still not answered.
    desk.up(SOCKET, 0x01, super::events::LEGACY);
    desk.up(SOCKET, 0x01, super::events::LEGACY);
    assert_eq!(desk.written(0x01), 0);
    desk.seconds(1);
    desk.command(start(1, 1));
    assert_eq!(desk.last().data.len(), 58);
    let stranger = PhysicalId(OTHER).phy();
    desk.call(|link, now, out| link.admit(&stranger, Admission::Stranger, now, out));
}
