use crate::stage::{START, Stage, ended, plan, progress};
use device::{ChargeKey, EndReason, Refusal};
use domain::order::{Actor, OrderEvent, OrderStatus};
use kernel::Timestamp;
use std::time::Duration;

fn refusal() -> Refusal {
    Refusal {
        code: Some(3),
        text: "port busy".into(),
    }
}

fn written() -> Stage {
    let mut stage = Stage::created(plan());
    stage.on(OrderEvent::StartWritten);
    stage
}

#[test]
fn acceptance_alone_does_not_begin_a_charge() {
    let mut stage = written();
    stage
        .wait(1)
        .on(OrderEvent::StartAccepted { session: Some(9) });
    stage.is(OrderStatus::Pending, None);
    assert_eq!(stage.order.business_no, Some(9));
    assert_eq!(stage.order.acked_at, Some(START + Duration::from_secs(1)));
}

#[test]
fn charging_begins_exactly_once_whatever_shows_it_first() {
    let confirm = || OrderEvent::Confirmed { accepted: true };
    let status = || OrderEvent::SeenCharging {
        charge: ChargeKey::Session(9),
    };
    let firsts: [fn() -> OrderEvent; 3] = [
        || OrderEvent::Confirmed { accepted: true },
        || progress(11, 1),
        || OrderEvent::SeenCharging {
            charge: ChargeKey::Session(9),
        },
    ];
    for first in firsts {
        let mut stage = written();
        stage.wait(5).on(first());
        stage.is(OrderStatus::Charging, None);
        stage.on(confirm()).on(status()).on(progress(22, 2));
        assert_eq!(stage.told, ["order.created", "charging.started"]);
        assert!(
            stage
                .order
                .start_time
                .is_some_and(|at| at >= START && at <= stage.now)
        );
    }
}

#[test]
fn a_nameless_status_begins_nothing() {
    let mut stage = written();
    stage.on(OrderEvent::SeenCharging {
        charge: ChargeKey::Port,
    });
    stage.is(OrderStatus::Pending, None);
}

#[test]
fn an_end_report_for_a_pending_order_begins_and_ends_it() {
    let mut stage = written();
    stage.wait(120).on(ended(100, 10, EndReason::Normal));
    stage.is(OrderStatus::Completed, Some(EndReason::Normal));
    assert_eq!(
        stage.told,
        [
            "order.created",
            "charging.started",
            "charging.ended",
            "order.completed"
        ]
    );
    assert_eq!(
        stage.order.start_time,
        Some(START + Duration::from_secs(20))
    );
}

#[test]
fn what_becomes_of_a_pending_order() {
    use OrderStatus::{Cancelled, Failed, Pending};
    // event, written before?, status, stop commands
    let cancel = || OrderEvent::StopRequested {
        reason: EndReason::RemoteStop,
        actor: Actor::Api(None),
    };
    for (event, sent, status, stops) in [
        (OrderEvent::StartRefused(refusal()), true, Failed, 0),
        (OrderEvent::Confirmed { accepted: false }, true, Failed, 0),
        (OrderEvent::StartLapsed, true, Failed, 1),
        (OrderEvent::StartExpired, false, Cancelled, 0),
        (cancel(), false, Cancelled, 0),
        (cancel(), true, Cancelled, 1),
        (OrderEvent::Replaced, true, Cancelled, 1),
        (OrderEvent::DeviceOffline { since: START }, true, Pending, 0),
        (OrderEvent::SeenIdle, true, Pending, 0),
    ] {
        let mut stage = Stage::created(plan());
        if sent {
            stage.on(OrderEvent::StartWritten);
        }
        stage.on(event.clone());
        assert_eq!(
            (stage.order.status, stage.stops()),
            (status, stops),
            "{event:?}"
        );
        if status != Pending {
            assert_eq!(stage.order.refund_fen.0, 1000);
            assert_eq!(stage.order.final_amount.map(|fen| fen.0), Some(0));
        }
        assert_eq!(stage.alarms().contains(&"start_failed"), status == Failed);
    }
}

#[test]
fn a_late_answer_does_not_harm_a_running_charge() {
    for event in [
        OrderEvent::StartRefused(refusal()),
        OrderEvent::StartLapsed,
        OrderEvent::StartExpired,
        OrderEvent::Confirmed { accepted: false },
        OrderEvent::StartAccepted { session: Some(7) },
    ] {
        let mut stage = written();
        stage.on(progress(11, 1)).on(event);
        stage.is(OrderStatus::Charging, None);
    }
}

#[test]
fn a_cancelled_order_that_charges_all_the_same_is_stopped() {
    let mut stage = Stage::created(plan());
    stage.on(OrderEvent::StartWritten).wait(601).sweep();
    stage.is(OrderStatus::Cancelled, None);
    assert_eq!(stage.stops(), 1);
    // Within the wait of that stop nothing is repeated, afterwards it is.
    stage.wait(5).on(progress(5, 0));
    assert_eq!(stage.stops(), 0);
    stage.wait(60).on(progress(65, 3));
    assert_eq!(stage.stops(), 1);
    assert_eq!(stage.alarms(), ["billing_mismatch"]);
    stage.is(OrderStatus::Cancelled, None);
}

#[test]
fn the_start_is_never_before_the_acceptance() {
    let mut stage = written();
    stage
        .wait(30)
        .on(OrderEvent::StartAccepted { session: None });
    stage.wait(5).on(progress(900, 5));
    let accepted: Timestamp = START + Duration::from_secs(30);
    assert_eq!(stage.order.start_time, Some(accepted));
}
