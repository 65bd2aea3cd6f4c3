use crate::stage::{Stage, ended, plan, progress, report};
use device::{EndReason, EnergySplit, Fault, RecordDetails};
use domain::order::{Actor, Effect, OrderEvent, OrderStatus, PortMove, RecordKind, SettleStatus};
use domain::order::{Violation, average_power};
use kernel::{Energy, Fen, Power};

#[test]
fn a4_tc001_13_an_hour_is_billed_to_the_fen() {
    let mut stage = Stage::charging();
    for step in 1..=327_u32 {
        let seconds = step * 11;
        let energy = (523 * i64::from(seconds) + 1800) / 3600;
        stage.wait(11).on(progress(seconds, energy));
    }
    let minutes = stage
        .told
        .iter()
        .filter(|t| **t == "charging.progress")
        .count();
    assert_eq!(minutes, 59, "once per elapsed minute up to 3597 s");
    stage.wait(3).on(ended(3600, 523, EndReason::Normal));
    stage.is(OrderStatus::Completed, Some(EndReason::Normal));
    let order = &stage.order;
    assert_eq!(order.duration_s, 3600);
    assert_eq!(order.energy.centi_kwh(), 523);
    assert_eq!(order.final_amount, Some(Fen(785)));
    assert_eq!(order.refund_fen, Fen(215));
    assert_eq!(order.peak_power, Power::from_watts(1800));
    assert_eq!(average_power(order), Power::from_watts(1500));
    assert_eq!(order.current_power, Power::ZERO);
    assert_eq!(order.settle_status, SettleStatus::Settled);
    assert_eq!(
        order.end_reason_msg.as_deref(),
        Some("正常结束（达到设定时长）")
    );
    assert_eq!(order.status_code(), 7);
    assert!(stage.effects.contains(&Effect::Port(PortMove::Release)));
    assert_eq!(stage.record(), Some(&RecordKind::Matched));
}

/// Devices without a clock repeat their report when they are back: the charge did not last until
/// then, and its energy did not flow at the prices of then.
#[test]
fn a_late_report_without_a_time_ended_when_its_duration_was_over() {
    for (silent_for, seen_until, lasted) in [
        (90, 600, 690),
        (4800, 600, 660),
        // Counted in whole minutes.
        (4800, 690, 690),
        (4800, 1200, 6000),
    ] {
        let mut stage = Stage::charging();
        stage.wait(600).on(progress(600, 80));
        stage.wait(seen_until - 600).on(progress(630, 81));
        stage.wait(silent_for).on(ended(660, 90, EndReason::Normal));
        let order = &stage.order;
        let took = order
            .end_time
            .zip(order.start_time)
            .map(|(end, start)| end.since(start));
        assert_eq!(
            took.map(|took| took.as_secs()),
            Some(lasted),
            "{silent_for} {seen_until}"
        );
    }
}

#[test]
fn reasons_in_words() {
    for (duration_s, centi_kwh, reason, words) in [
        (3600, 523, EndReason::Normal, "正常结束（达到设定时长）"),
        (3596, 523, EndReason::Normal, "正常结束（达到设定时长）"),
        (3540, 523, EndReason::Normal, "正常结束（达到设定时长）"),
        (3000, 400, EndReason::Normal, "用户拔出插头"),
        (3541, 523, EndReason::Normal, "用户拔出插头"),
        (3000, 400, EndReason::NoLoad, "用户拔出插头"),
        (3000, 400, EndReason::Full, "充满自停"),
        (3000, 400, EndReason::DeviceFault, "设备故障"),
    ] {
        let mut stage = Stage::charging();
        stage.wait(3600).on(ended(duration_s, centi_kwh, reason));
        assert_eq!(stage.order.end_reason_msg.as_deref(), Some(words));
        stage.is(OrderStatus::Completed, Some(reason));
    }
}

#[test]
fn a4_tc002_a_remote_stop_is_billed_by_actual_use() {
    let mut stage = Stage::charging();
    stage.wait(1199).on(OrderEvent::StopRequested {
        reason: EndReason::RemoteStop,
        actor: Actor::Api(Some("user_cancelled".into())),
    });
    stage.is(OrderStatus::Charging, None);
    assert_eq!((stage.stops(), stage.order.status_code()), (1, 9));
    stage.on(OrderEvent::StopAccepted).wait(1);
    // A device that does not know why it stopped says "normal".
    stage.on(ended(1200, 174, EndReason::Normal));
    stage.is(OrderStatus::Completed, Some(EndReason::RemoteStop));
    assert_eq!(stage.order.final_amount, Some(Fen(261)));
    assert_eq!(stage.order.end_reason_msg.as_deref(), Some("远程停止"));
}

#[test]
fn repeats_change_nothing_and_contradictions_are_kept() {
    let mut stage = Stage::charging();
    stage.wait(3600).on(ended(3600, 523, EndReason::Normal));
    let billed = stage.order.clone();
    stage.wait(10).on(ended(3600, 523, EndReason::Full));
    assert_eq!(stage.record(), Some(&RecordKind::Duplicate));
    assert_eq!(stage.order.final_amount, billed.final_amount);
    assert_eq!(stage.order.end_reason, billed.end_reason);
    stage.wait(10).on(ended(3600, 600, EndReason::Normal));
    assert_eq!(stage.record(), Some(&RecordKind::Conflict));
    assert_eq!(stage.alarms(), ["billing_mismatch"]);
    assert_eq!(stage.order.final_amount, Some(Fen(785)));
    let completed = stage
        .told
        .iter()
        .filter(|t| **t == "order.completed")
        .count();
    assert_eq!(completed, 1);
}

#[test]
fn a_record_for_an_order_that_never_charged_is_late() {
    for (energy, alarms) in [(0, 0), (5, 1)] {
        let mut stage = Stage::created(plan());
        stage.on(OrderEvent::StartExpired);
        stage.on(ended(30, energy, EndReason::Normal));
        assert_eq!(stage.record(), Some(&RecordKind::Late));
        assert_eq!(stage.alarms().len(), alarms);
        stage.is(OrderStatus::Cancelled, None);
    }
}

#[test]
fn the_device_s_own_sum_is_compared_and_never_billed() {
    for (said, alarmed) in [(785, false), (783, false), (790, true), (0, false)] {
        let mut stage = Stage::charging();
        let mut end = report(3600, 523, EndReason::Normal);
        end.device_amount = Some(Fen(said));
        stage.wait(3600).on(OrderEvent::Ended(end));
        assert_eq!(stage.order.final_amount, Some(Fen(785)));
        assert_eq!(stage.order.device_amount, Some(Fen(said)));
        assert_eq!(
            stage.alarms().contains(&"billing_mismatch"),
            alarmed,
            "{said}"
        );
    }
}

#[test]
fn a_sum_by_the_pile_s_own_prices_is_not_compared_with_a_bill_by_another() {
    for split in [EnergySplit::Whole, EnergySplit::BySlot(vec![Energy(0); 48])] {
        let alarmed = split == EnergySplit::Whole;
        let mut stage = Stage::charging();
        let mut end = report(3600, 523, EndReason::Normal);
        end.device_amount = Some(Fen(600));
        end.details = Some(Box::new(RecordDetails {
            split,
            ..RecordDetails::default()
        }));
        stage.wait(3600).on(OrderEvent::Ended(end));
        assert_eq!(stage.order.final_amount, Some(Fen(785)));
        assert_eq!(stage.alarms().contains(&"billing_mismatch"), alarmed);
    }
}

#[test]
fn the_end_report_rules_also_where_progress_said_more() {
    let mut stage = Stage::charging();
    stage.wait(1800).on(progress(1800, 750));
    stage.wait(1800).on(ended(3600, 523, EndReason::Normal));
    assert_eq!(stage.order.final_amount, Some(Fen(785)));
    assert!(
        stage
            .effects
            .contains(&Effect::Violation(Violation::EndBelowProgress))
    );
}

#[test]
fn a4_x2_01_a_port_fault_ends_the_charge_with_reason_4() {
    let mut stage = Stage::charging();
    stage
        .wait(600)
        .on(progress(600, 87))
        .on(OrderEvent::PortFault(Fault::ShortCircuit));
    stage.is(OrderStatus::Charging, None);
    assert_eq!(stage.stops(), 1);
    stage.on(OrderEvent::PortFault(Fault::ShortCircuit));
    assert_eq!(stage.stops(), 0, "one fault, one stop");
    let mut with_report = Stage::charging();
    with_report
        .wait(600)
        .on(OrderEvent::PortFault(Fault::OverCurrent));
    with_report
        .wait(2)
        .on(ended(602, 88, EndReason::RemoteStop));
    with_report.is(OrderStatus::Completed, Some(EndReason::DeviceFault));
    assert!(!with_report.order.provisional);
    assert!(with_report.order.abnormal);

    stage.wait(9).sweep();
    stage.is(OrderStatus::Charging, None);
    stage.wait(1).sweep();
    stage.is(OrderStatus::Completed, Some(EndReason::DeviceFault));
    assert!(stage.order.provisional);
    assert_eq!(
        stage.order.hold_until, None,
        "unused money goes back at once"
    );
    assert_eq!(stage.order.final_amount, Some(Fen(131)));
    // The device's word still corrects the bill.
    stage.wait(60).on(ended(602, 90, EndReason::DeviceFault));
    assert_eq!(stage.record(), Some(&RecordKind::Matched));
    assert_eq!(stage.order.final_amount, Some(Fen(135)));
    assert_eq!(stage.order.settle_status, SettleStatus::Adjusted);
    assert!(!stage.order.provisional);
    stage.is(OrderStatus::Completed, Some(EndReason::DeviceFault));
}

#[test]
fn a4_x3_02_a_replaced_order_is_completed_and_its_device_told_to_stop() {
    let mut stage = Stage::charging();
    stage.wait(60).on(progress(60, 9)).on(OrderEvent::Replaced);
    stage.is(OrderStatus::Completed, Some(EndReason::UserStop));
    assert_eq!(stage.order.end_reason_msg.as_deref(), Some("被新订单替换"));
    assert_eq!(stage.stops(), 1);
}

#[test]
fn o15_an_administrator_may_finish_or_cancel() {
    let mut stage = Stage::charging();
    stage.wait(60).on(progress(60, 10));
    let mut other = Stage::charging();
    stage.on(OrderEvent::ForceFinished {
        reason: "cable cut".into(),
    });
    stage.is(OrderStatus::Completed, Some(EndReason::RemoteStop));
    assert_eq!(stage.order.final_amount, Some(Fen(15)));
    other.on(OrderEvent::ForceCancelled {
        reason: "test".into(),
    });
    other.is(OrderStatus::Cancelled, None);
    assert_eq!(other.order.refund_fen, Fen(1000));
    assert_eq!(other.stops(), 1);
    for event in [
        OrderEvent::Replaced,
        OrderEvent::ForceFinished {
            reason: String::new(),
        },
        OrderEvent::ForceCancelled {
            reason: String::new(),
        },
        OrderEvent::StopRequested {
            reason: EndReason::RemoteStop,
            actor: Actor::Admin,
        },
    ] {
        assert!(other.try_on(event).is_err());
    }
}
