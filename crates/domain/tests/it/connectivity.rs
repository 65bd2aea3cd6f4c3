use crate::stage::{START, Stage, ended, progress};
use device::{ChargeKey, EndReason, OfflinePolicy};
use domain::order::{Connectivity, Effect, OrderEvent, OrderStatus};
use kernel::Fen;
use std::time::Duration;

fn gone(stage: &mut Stage) {
    let since = stage.now;
    stage.connectivity = Connectivity::Offline { since };
    stage.on(OrderEvent::DeviceOffline { since });
}

fn back(stage: &mut Stage) {
    stage.connectivity = Connectivity::Online;
    stage.on(OrderEvent::DeviceOnline);
}

#[test]
fn a4_tc003_a_short_absence_changes_nothing_but_a_flag() {
    let mut stage = Stage::charging();
    stage.wait(600).on(progress(600, 250));
    gone(&mut stage);
    stage.is(OrderStatus::Charging, None);
    assert_eq!(stage.order.status_code(), 10);
    stage.wait(45).sweep();
    back(&mut stage);
    assert!(stage.effects.contains(&Effect::QueryPort));
    stage.wait(5).on(progress(650, 270));
    assert_eq!(stage.order.duration_s, 650);
    assert_eq!(stage.order.energy.centi_kwh(), 270);
    assert_eq!(stage.order.interrupted_at, None);
    assert_eq!(stage.order.status_code(), 2);
}

#[test]
fn a2_v2_five_minutes_away_complete_the_order_and_a_return_reopens_it() {
    let mut stage = Stage::charging();
    stage.wait(600).on(progress(600, 87));
    gone(&mut stage);
    stage.wait(299).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
    assert_eq!(stage.order.final_amount, Some(Fen(131)));
    assert_eq!(stage.stops(), 0, "it may go on when it returns");

    back(&mut stage);
    stage.wait(60).on(progress(960, 140));
    stage.is(OrderStatus::Charging, None);
    assert_eq!(stage.order.reopened_count, 1);
    assert_eq!(stage.order.final_amount, None);
    stage.wait(2640).on(ended(3600, 523, EndReason::Normal));
    stage.is(OrderStatus::Completed, Some(EndReason::Normal));
    assert_eq!(stage.order.final_amount, Some(Fen(785)));
    assert!(stage.order.is_adjusted());
    let count = |name| stage.told.iter().filter(|told| **told == name).count();
    assert_eq!(count("charging.started"), 1);
    assert_eq!(count("order.completed"), 2);
}

#[test]
fn a_provisional_order_is_not_reopened_when_its_port_is_taken_or_its_hold_over() {
    for (wait, taken) in [(60, true), (41 * 60, false)] {
        let mut stage = Stage::charging();
        stage.wait(600).on(progress(600, 87));
        gone(&mut stage);
        stage.wait(300).sweep();
        back(&mut stage);
        stage.port_taken = taken;
        stage.wait(wait).on(progress(1000, 140));
        stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
        assert_eq!(stage.alarms(), ["billing_mismatch"]);
        assert_eq!(stage.stops(), usize::from(!taken));
    }
}

#[test]
fn protocols_that_keep_the_session_wait_for_r_stuck() {
    let mut stage = Stage::charging();
    stage.policy.offline_policy = OfflinePolicy::Hold;
    stage.wait(60).on(progress(60, 9));
    gone(&mut stage);
    stage.wait(1799).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
}

#[test]
fn the_sweep_learns_of_an_absence_that_nobody_told() {
    let mut stage = Stage::charging();
    stage.connectivity = Connectivity::Offline { since: START };
    stage.wait(10).sweep();
    assert_eq!(stage.order.interrupted_at, Some(START));
}

#[test]
fn a4_tc004_a_an_order_lost_in_a_restart_is_settled_on_its_last_values() {
    let mut stage = Stage::charging();
    stage.wait(600).on(progress(600, 87));
    gone(&mut stage);
    stage.wait(20).on(OrderEvent::DeviceRegistered);
    back(&mut stage);
    stage.on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Charging, None);
    stage.wait(11).on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Completed, Some(EndReason::DeviceFault));
    assert!(stage.order.abnormal);
    assert_eq!(stage.order.final_amount, Some(Fen(131)));
    assert_eq!(stage.order.refund_fen, Fen(869));
    assert_eq!(stage.order.hold_until, None);
}

#[test]
fn an_order_lost_before_it_gave_energy_fails() {
    let mut stage = Stage::charging();
    stage.wait(5).on(OrderEvent::DeviceRegistered);
    stage
        .on(OrderEvent::SeenIdle)
        .wait(11)
        .on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Failed, Some(EndReason::DeviceFault));
    assert_eq!(stage.order.refund_fen, Fen(1000));
    assert_eq!(stage.told.last(), Some(&"order.failed"));
}

#[test]
fn two_idle_reports_at_once_leave_time_for_the_end_report() {
    let mut stage = Stage::charging();
    stage.wait(600).on(OrderEvent::DeviceRegistered);
    stage.on(OrderEvent::SeenIdle).on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Charging, None);
    stage.wait(2).on(ended(590, 80, EndReason::Full));
    stage.is(OrderStatus::Completed, Some(EndReason::Full));
    assert!(!stage.order.abnormal);
}

#[test]
fn a4_tc004_b_an_order_restored_from_memory_goes_on() {
    let mut stage = Stage::charging();
    stage.wait(600).on(progress(600, 87));
    stage
        .wait(30)
        .on(OrderEvent::DeviceRegistered)
        .on(OrderEvent::SeenIdle);
    stage.wait(5).on(progress(610, 88));
    stage.wait(11).on(OrderEvent::SeenIdle);
    stage.is(OrderStatus::Charging, None);
    assert_eq!(stage.order.restarted_at, None);
    let started = stage
        .told
        .iter()
        .filter(|t| **t == "charging.started")
        .count();
    assert_eq!(started, 1);
}

#[test]
fn a_status_with_the_order_s_name_reopens_it_too() {
    let mut stage = Stage::charging();
    stage.wait(60).on(progress(60, 9));
    gone(&mut stage);
    stage.wait(300).sweep();
    back(&mut stage);
    stage.on(OrderEvent::SeenCharging {
        charge: ChargeKey::Port,
    });
    stage.is(OrderStatus::Completed, Some(EndReason::Timeout));
    stage.on(OrderEvent::SeenCharging {
        charge: ChargeKey::Session(9),
    });
    stage.is(OrderStatus::Charging, None);
    assert!(stage.now > START + Duration::from_mins(5));
}
