use crate::stage::{Stage, ended, progress};
use device::EndReason;
use domain::order::{Actor, Effect, OrderEvent, OrderStatus};
use kernel::{Energy, Fen};

fn stop() -> OrderEvent {
    OrderEvent::StopRequested {
        reason: EndReason::RemoteStop,
        actor: Actor::Api(None),
    }
}

#[test]
fn asking_twice_sends_one_stop_until_the_first_had_its_time() {
    let mut stage = Stage::charging();
    stage.wait(100).on(stop());
    assert_eq!(stage.stops(), 1);
    stage.wait(5).on(stop());
    assert_eq!(stage.stops(), 0);
    stage.wait(6).on(stop());
    assert_eq!(stage.stops(), 1);
}

#[test]
fn o7_a_stop_without_effect_is_repeated_then_the_port_asked_then_the_order_closed() {
    for (acked, reason) in [(true, EndReason::RemoteStop), (false, EndReason::Timeout)] {
        let mut stage = Stage::charging();
        stage.wait(100).on(stop());
        if acked {
            stage.on(OrderEvent::StopAccepted);
        }
        for _ in 0..3 {
            stage.wait(60).sweep();
            assert_eq!(stage.stops(), 1);
            stage.is(OrderStatus::Charging, None);
        }
        stage.wait(60).sweep();
        assert!(stage.effects.contains(&Effect::QueryPort));
        stage.wait(60).sweep();
        stage.is(OrderStatus::Completed, Some(reason));
        assert!(stage.order.provisional);
        assert!(stage.alarms().contains(&"order_stuck"));
    }
}

#[test]
fn r_max_a_charge_of_a_day_is_stopped() {
    let mut stage = Stage::charging();
    stage.order.planned_duration_s = None;
    for hour in 1..=24_u32 {
        for _ in 0..4 {
            stage.wait(900);
            stage.on(progress(hour * 3600, i64::from(hour)));
        }
    }
    stage.sweep();
    assert_eq!(stage.stops(), 1);
    assert_eq!(stage.order.stop_reason, Some(EndReason::Timeout));
}

/// 10 yuan at 1.65 yuan with the fee are 6.06 kWh; two reports of 1500 W are 0.25 kWh before.
#[test]
fn a_charge_at_a_flat_price_is_stopped_before_the_money_is_used_up() {
    let mut stage = Stage::charging();
    stage.order.planned_duration_s = None;
    stage.wait(600).on(progress(600, 400));
    assert_eq!(stage.stops(), 0);
    stage.wait(600).on(progress(1200, 660));
    assert_eq!(stage.stops(), 1);
    let reason = Some(EndReason::InsufficientBalance);
    assert_eq!(stage.order.stop_reason, reason);
    stage.on(OrderEvent::StopAccepted).wait(5);
    stage.on(ended(1210, 670, EndReason::Normal));
    stage.is(OrderStatus::Completed, reason);
    assert_eq!(stage.order.final_amount, Some(Fen(1000)));
}

/// After 6.50 kWh the ten yuan are less than two reports away.
#[test]
fn a_device_that_stops_by_itself_within_the_money_is_let_do_so() {
    for (bought, stops) in [(66_000, 0), (70_000, 1)] {
        let mut stage = Stage::charging();
        stage.order.planned_duration_s = None;
        stage.order.planned_energy = Some(Energy(bought));
        stage.wait(1200).on(progress(1200, 650));
        assert_eq!(stage.stops(), stops, "{bought}");
    }
}

#[test]
fn where_nothing_was_paid_in_advance_no_money_is_watched() {
    let mut stage = Stage::charging();
    stage.order.planned_duration_s = None;
    stage.order.amount = Fen(0);
    stage.wait(600).on(progress(600, 9000));
    assert_eq!(stage.stops(), 0);
}
