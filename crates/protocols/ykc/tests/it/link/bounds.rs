//! Everything has an end: jobs, receipts, held bytes, frames in a second.

use super::{Body, Desk, beat, idle, login, record};
use device::{CloseReason, Command, Event, Profile};
use kernel::PortNo;
use ykc::frame::CrcOrder;
use ykc::message::Message;

#[test]
fn jobs_are_bounded() {
    let mut desk = Desk::new();
    let mut refused = 0;
    for _ in 0..400 {
        let id = desk.command(Command::QueryPort {
            port: Some(PortNo(1)),
        });
        refused += usize::from(!desk.outcomes(id).is_empty());
    }
    assert_eq!(refused, 400 - 128);
}

#[test]
fn receipts_are_bounded() {
    let mut desk = Desk::new();
    desk.says = None;
    for _ in 0..200 {
        desk.seconds(1);
        desk.up(Body::Record(Box::new(record(super::SERIAL))));
    }
    let receipts = desk.receipts.clone();
    desk.said();
    for receipt in receipts {
        desk.resolve(receipt, device::Answer::Stored);
    }
    assert_eq!(desk.said().len(), 64, "the pile repeats what was older");
}

#[test]
fn a_pile_that_sends_too_much_before_we_know_it_is_closed() {
    let mut desk = Desk::fresh(Profile::default());
    let mut bytes = Vec::new();
    Message::from(login())
        .seal([0, 0], CrcOrder::LowHigh, &mut bytes)
        .expect("short");
    let mut out = device::Output::default();
    let now = desk.now;
    while out.items.len() < 2 {
        device::Link::receive(&mut desk.link, &bytes, now, &mut out);
        assert!(desk.link.pending() <= 64 * 1024 + bytes.len());
    }
    assert_eq!(
        out.items.last(),
        Some(&device::Item::Close(CloseReason::Garbage))
    );
}

#[test]
fn a_flood_is_told_once_and_passes() {
    let mut desk = Desk::new();
    for _ in 0..3500 {
        desk.up(beat(1));
    }
    assert!(desk.downs.len() < 3000);
    assert_eq!(desk.alarms().len(), 1);
    desk.seconds(60);
    desk.forget();
    desk.up(beat(1));
    assert_eq!(desk.downs.len(), 1);
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let mut desk = Desk::new();
    let id = desk.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    desk.now = kernel::Timestamp(desk.now.0 - 3_600_000);
    desk.call(device::Link::tick);
    desk.now = desk.now + std::time::Duration::from_secs(11);
    desk.call(device::Link::tick);
    assert!(!desk.is_open(id));
    desk.up(idle(1));
    assert!(matches!(desk.told().last(), Some(Event::Status { .. })));
}

/// A frame that stops half-way, and in it what looks like the beginning of another one: both are
/// given up at the same tick, because both have waited for as long.
#[test]
fn what_is_overdue_is_not_waited_for_again() {
    let mut desk = Desk::new();
    let half = [0x68, 0x40, 0, 1, 0, 0x13, 0x68, 0x30, 0, 2, 0, 0x13, 0x55];
    desk.bytes(&half);
    assert_eq!(desk.link.pending(), half.len());
    desk.seconds(6);
    assert_eq!(desk.link.pending(), 0);
}
