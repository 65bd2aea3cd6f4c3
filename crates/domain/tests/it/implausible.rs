//! Accounts that cannot be true: nothing of them is billed without a mark for people.

use crate::stage::{Stage, progress, report};
use device::{ChargeKey, EndReason, EndReport, EnergySplit, RecordDetails};
use domain::order::{OrderEvent, OrderStatus, SettleStatus};
use kernel::{Energy, Fen, Power, Timestamp};
use std::time::Duration;

/// When accounts come, seconds after the start.
const LATE: u64 = 600;

fn ended(stage: &mut Stage, report: EndReport) {
    stage.wait(LATE).on(OrderEvent::Ended(report));
    stage.is(OrderStatus::Completed, Some(EndReason::Normal));
}

/// 1800 W for ten minutes are 0.3 kWh.
fn sound() -> EndReport {
    report(600, 30, EndReason::Normal)
}

#[test]
fn a_plausible_account_is_not_marked() {
    let mut stage = Stage::charging();
    stage.wait(300).on(progress(300, 15));
    ended(&mut stage, sound());
    assert!(!stage.order.abnormal);
    assert_eq!(stage.order.abnormal_reason, None);
}

#[test]
fn a_meter_that_went_back_is_marked() {
    let mut stage = Stage::charging();
    stage.wait(300).on(progress(300, 29));
    // Progress that falls changes nothing.
    stage.wait(60).on(progress(360, 3));
    assert_eq!(stage.order.energy.centi_kwh(), 29);
    ended(&mut stage, report(600, 5, EndReason::Normal));
    assert!(stage.order.abnormal);
    let reason = stage.order.abnormal_reason.as_deref();
    assert_eq!(
        reason,
        Some("less energy than was reported while it charged")
    );
    assert_eq!(stage.order.settle_status, SettleStatus::Settled);
}

/// Sample numbers of the contract are so: it is noted, and counts as any other order.
#[test]
fn more_energy_than_the_power_allows_is_noted() {
    let mut stage = Stage::charging();
    ended(&mut stage, report(600, 400, EndReason::Normal));
    let reason = stage.order.abnormal_reason.as_deref();
    assert_eq!(reason, Some("more energy than its power allows"));
}

#[test]
fn negative_energy_is_marked_and_costs_nothing() {
    let mut stage = Stage::charging();
    ended(&mut stage, report(600, -30, EndReason::Normal));
    assert!(stage.order.abnormal);
    assert_eq!(stage.order.final_amount, Some(Fen::ZERO));
}

/// A late account corrects a provisional bill; what is odd in it stays to be seen.
#[test]
fn an_odd_correction_is_marked() {
    let mut stage = Stage::charging();
    stage.wait(300).on(progress(300, 15));
    stage.on(OrderEvent::DeviceOffline { since: stage.now });
    while stage.order.status == OrderStatus::Charging {
        stage.connectivity = domain::order::Connectivity::Offline { since: stage.now };
        stage.sweep_next();
    }
    assert!(stage.order.provisional);
    stage
        .wait(60)
        .on(OrderEvent::Ended(report(600, 400, EndReason::Normal)));
    assert!(!stage.order.provisional);
    let reason = stage.order.abnormal_reason.as_deref();
    assert_eq!(reason, Some("more energy than its power allows"));
}

fn pile(report: EndReport, details: RecordDetails) -> EndReport {
    EndReport {
        peak_power: Some(Power::ZERO),
        details: Some(Box::new(details)),
        ..report
    }
}

/// Records of EV piles are held: nobody pays before somebody has looked.
#[test]
fn records_that_contradict_themselves_are_held() {
    let meter = |before, after| RecordDetails {
        meter: Some((Energy(before), Energy(after))),
        ..RecordDetails::default()
    };
    for (details, words) in [
        (meter(900_000, 100_000), "energy is not what the meter says"),
        (meter(100_000, 500_000), "energy is not what the meter says"),
        (
            RecordDetails {
                doubts: vec!["clock".into()],
                ..RecordDetails::default()
            },
            "clock",
        ),
    ] {
        let mut stage = Stage::charging();
        ended(&mut stage, pile(sound(), details));
        assert_eq!(stage.order.settle_status, SettleStatus::Error);
        assert_eq!(stage.order.abnormal_reason.as_deref(), Some(words));
        assert!(!stage.told.contains(&"order.completed"), "nobody is told");
    }
}

#[test]
fn the_clock_of_a_device_moves_no_end() {
    let mut stage = Stage::charging();
    let mut end = sound();
    end.ended_at = Some(Timestamp::from_unix_seconds(600));
    ended(&mut stage, end);
    assert_eq!(stage.order.end_time, Some(stage.now));
    assert_eq!(stage.order.duration_s, 600);
}

#[test]
fn a_record_of_another_vehicle_is_told() {
    let mut stage = Stage::charging();
    stage.order.vin = Some("LSVAU2180E2123456".to_owned());
    let details = RecordDetails {
        vin: Some("LGAG4PY5336000001".to_owned()),
        ..RecordDetails::default()
    };
    ended(&mut stage, pile(sound(), details));
    assert_eq!(stage.alarms(), ["billing_mismatch"]);
    assert_eq!(stage.order.vin.as_deref(), Some("LSVAU2180E2123456"));
}

/// What a pile measured while it was away, and delivers later, stops nobody's charge; power that
/// goes on does.
#[test]
fn one_kept_report_is_no_live_charge() {
    let kept = |seconds| match progress(seconds, 30) {
        OrderEvent::Progress(report) => OrderEvent::Progress(device::Progress {
            charge: ChargeKey::Serial("32010600019236012410201500000001".to_owned()),
            ..report
        }),
        other => other,
    };
    let mut stage = Stage::charging();
    stage.order.trade_no = Some("32010600019236012410201500000001".to_owned());
    ended(&mut stage, sound());
    stage.wait(3600).on(kept(700));
    assert_eq!((stage.stops(), stage.alarms().len()), (0, 0));
    stage.wait(1).on(kept(715));
    assert_eq!(stage.stops(), 0, "a burst of them");
    stage.wait(14).on(kept(730));
    assert_eq!(
        (stage.stops(), stage.alarms()),
        (1, vec!["billing_mismatch"])
    );
    // Families that keep nothing are stopped at once.
    let mut stage = Stage::charging();
    ended(&mut stage, sound());
    stage.wait(3600).on(progress(700, 40));
    assert_eq!(stage.stops(), 1);
}

/// A pile whose clock is six hours ahead put the energy into other half hours than it flowed in.
#[test]
fn half_hours_of_a_clock_that_is_off_are_not_billed() {
    let shown = |ahead: u64| {
        let mut stage = Stage::charging();
        stage.wait(300).on(progress(300, 15));
        let started = stage.order.start_time.expect("charging") + Duration::from_secs(ahead);
        let mut slots = vec![Energy::ZERO; 48];
        slots[0] = Energy::from_centi_kwh(30);
        let details = RecordDetails {
            started_at: Some(started),
            split: EnergySplit::BySlot(slots),
            ..RecordDetails::default()
        };
        ended(&mut stage, pile(sound(), details));
        assert_eq!(stage.order.settle_status, SettleStatus::Settled);
        let split = stage.order.device_split.clone();
        (split == EnergySplit::Whole, stage.order.abnormal_reason)
    };
    assert_eq!(shown(60), (false, None));
    let (dropped, reason) = shown(6 * 3600);
    assert!(dropped);
    assert_eq!(reason.as_deref(), Some("its clock is off"));
}
