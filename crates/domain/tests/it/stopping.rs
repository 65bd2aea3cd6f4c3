use crate::stage::{Stage, progress};
use device::EndReason;
use domain::order::{Actor, Effect, OrderEvent, OrderStatus};

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
