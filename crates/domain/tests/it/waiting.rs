use crate::stage::{START, Stage, ended, plan, progress};
use device::{ChargeKey, EndReason};
use domain::order::{Connectivity, Effect, OrderEvent, OrderStatus};
use kernel::Fen;
use std::time::Duration;

#[test]
fn r_pending_warns_after_five_minutes_and_gives_up_after_ten() {
    let mut stage = Stage::created(plan());
    stage.on(OrderEvent::StartWritten);
    assert_eq!(stage.deadline(), Some(START + Duration::from_mins(5)));
    stage.sweep_next();
    assert_eq!(stage.alarms(), ["order_pending"]);
    assert!(stage.effects.contains(&Effect::QueryPort));
    assert_eq!(stage.deadline(), Some(START + Duration::from_mins(10)));
    stage.sweep_next();
    stage.is(OrderStatus::Cancelled, None);
    assert_eq!(stage.deadline(), None);
}

#[test]
fn an_accepted_start_waits_for_the_plug_from_its_acceptance() {
    let mut stage = Stage::created(plan());
    stage.on(OrderEvent::StartWritten).wait(500);
    stage.on(OrderEvent::StartAccepted { session: None });
    stage.wait(599).sweep();
    stage.is(OrderStatus::Pending, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Cancelled, None);
    assert_eq!(
        stage.order.end_reason_msg.as_deref(),
        Some("nobody plugged in")
    );
}

#[test]
fn a2_02_a_silent_charge_is_closed_after_thirty_minutes() {
    let mut stage = Stage::charging();
    stage.wait(1799).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
    assert!(stage.order.provisional);
    assert_eq!(stage.order.status_code(), 7);
    assert!(stage.order.end_time.is_some());
    assert!(stage.alarms().contains(&"order_stuck"));
    assert!(stage.alarms().contains(&"end_report_missing"));
    assert_eq!(stage.stops(), 1, "no free power");
}

#[test]
fn a2_04_an_hour_that_keeps_reporting_is_not_closed_at_thirty_minutes() {
    let mut stage = Stage::charging();
    for step in 1..=12_u32 {
        stage
            .wait(300)
            .on(progress(step * 300, i64::from(step) * 40))
            .sweep();
        stage.is(OrderStatus::Charging, None);
    }
}

#[test]
fn r_overdue_closes_after_the_paid_time_and_two_silent_periods() {
    let mut stage = Stage::charging();
    stage.wait(3500).on(progress(3500, 500));
    // Paid until 3600 s, five minutes of grace until 3900 s, two periods until 4100 s.
    stage.wait(599).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
}

#[test]
fn the_hold_ends_by_itself() {
    let mut stage = Stage::charging();
    stage.wait(1800).sweep();
    let hold = stage.order.hold_until.expect("held");
    assert_eq!(stage.deadline(), Some(hold));
    stage.sweep_next();
    assert_eq!(stage.order.hold_until, None);
    assert_eq!(stage.told.last(), Some(&"order.refunded"));
    assert_eq!(stage.deadline(), None);
}

#[test]
fn a_late_report_corrects_a_provisional_bill_for_a_day() {
    for (hours, corrected) in [(1, true), (23, true), (25, false)] {
        let mut stage = Stage::charging();
        stage.wait(600).on(progress(600, 87)).wait(1800).sweep();
        assert_eq!(stage.order.final_amount, Some(Fen(131)));
        stage
            .wait(hours * 3600)
            .on(ended(3600, 523, EndReason::Full));
        if corrected {
            stage.is(OrderStatus::Completed, Some(EndReason::Full));
            assert_eq!(stage.order.final_amount, Some(Fen(785)));
            assert_eq!(stage.order.refund_fen, Fen(215));
            assert!(!stage.order.provisional && !stage.order.abnormal);
            assert!(stage.order.is_adjusted());
            assert_eq!(stage.told.last(), Some(&"order.completed"));
        } else {
            stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
            assert_eq!(stage.order.final_amount, Some(Fen(131)));
        }
    }
}

#[test]
fn an_idle_port_without_an_end_report_closes_the_order_after_a_minute() {
    let mut stage = Stage::charging();
    stage.wait(420).on(OrderEvent::SeenIdle);
    assert!(stage.effects.contains(&Effect::QueryPort));
    stage.wait(30).on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Charging, None);
    assert_eq!(stage.deadline(), Some(START + Duration::from_mins(8)));
    stage.sweep_next();
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
    assert_eq!(stage.order.duration_s, 420, "until it was seen idle");
}

#[test]
fn one_idle_report_between_two_charging_ones_means_nothing() {
    let mut stage = Stage::charging();
    stage.wait(60).on(OrderEvent::SeenIdle);
    stage.wait(11).on(OrderEvent::SeenCharging {
        charge: ChargeKey::Port,
    });
    stage.wait(60).on(OrderEvent::SeenIdle).wait(60).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.connectivity = Connectivity::Online;
    assert_eq!(stage.order.idle_reports, 1);
}

/// The platform was away for an hour: what could not be told to it ends nothing.
#[test]
fn our_own_absence_is_no_silence_of_the_device() {
    let mut sent = Stage::created(plan());
    sent.on(OrderEvent::StartWritten).wait(3600);
    sent.policy.listening_since = sent.now;
    sent.wait(1).sweep();
    sent.is(OrderStatus::Pending, None);
    sent.wait(600).sweep();
    sent.is(OrderStatus::Cancelled, None);

    let mut charging = Stage::charging();
    charging.wait(3600);
    charging.policy.listening_since = charging.now;
    charging.wait(60).sweep();
    charging.is(OrderStatus::Charging, None);

    // What was never handed over is too old all the same.
    let mut queued = Stage::created(plan());
    queued.wait(3600);
    queued.policy.listening_since = queued.now;
    queued.wait(1).sweep();
    queued.is(OrderStatus::Cancelled, None);
}
