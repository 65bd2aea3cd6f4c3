//! What no order may ever do, whatever happens to it in whatever order.

use crate::stage::{Stage, plan, report};
use device::{ChargeKey, ChargeMode, EndReason, Fault, OfflinePolicy, Progress, Refusal};
use domain::Policy;
use domain::order::{Actor, Connectivity, Effect, OrderEvent, OrderStatus, Trigger};
use kernel::{Energy, Fen, PortNo, Power, Timestamp};
use proptest::prelude::*;

/// Sweeps that a forgotten order may need until it has ended.
const SWEEPS_MAX: usize = 64;

#[derive(Clone, Debug)]
enum Step {
    Event(OrderEvent),
    Wait(u64),
    Sweep,
    PortTaken(bool),
    Connected(bool),
}

fn progress() -> impl Strategy<Value = OrderEvent> {
    let power = proptest::option::of(-10_i64..50_000);
    (0..100_000_u32, -10_i64..1_000_000, power).prop_map(|(duration_s, energy, power)| {
        OrderEvent::Progress(Progress {
            charge: ChargeKey::Session(9),
            port: PortNo(1),
            duration_s,
            energy: Energy(energy),
            power: power.map(Power),
            peak_power: power.map(Power),
            voltage: None,
            current: None,
            temperature_c: None,
            soc: None,
            remaining_min: None,
            device_amount: None,
        })
    })
}

fn end() -> impl Strategy<Value = OrderEvent> {
    let amount = proptest::option::of(0_i64..2000);
    (0..20_000_u32, -5_i64..3000, 0_i16..16, amount).prop_map(|(s, energy, code, amount)| {
        let reason = EndReason::from_code(code).expect("0..=15");
        let mut end = report(s, energy, reason);
        end.device_amount = amount.map(Fen);
        OrderEvent::Ended(end)
    })
}

fn event() -> impl Strategy<Value = OrderEvent> {
    let refusal = || Refusal {
        code: None,
        text: "no".into(),
    };
    let reason = prop_oneof![
        Just(EndReason::RemoteStop),
        Just(EndReason::InsufficientBalance)
    ];
    prop_oneof![
        3 => Just(OrderEvent::StartWritten),
        2 => Just(OrderEvent::StartAccepted { session: Some(9) }),
        1 => Just(OrderEvent::StartRefused(refusal())),
        1 => Just(OrderEvent::StartLapsed),
        1 => Just(OrderEvent::StartExpired),
        4 => any::<bool>().prop_map(|accepted| OrderEvent::Confirmed { accepted }),
        2 => Just(OrderEvent::SeenCharging { charge: ChargeKey::Session(9) }),
        1 => Just(OrderEvent::SeenCharging { charge: ChargeKey::Port }),
        6 => progress(),
        2 => Just(OrderEvent::SeenIdle),
        1 => Just(OrderEvent::PortFault(Fault::ShortCircuit)),
        3 => end(),
        1 => Just(OrderEvent::StopAccepted),
        1 => Just(OrderEvent::StopRefused(refusal())),
        1 => Just(OrderEvent::StopLapsed),
        1 => Just(OrderEvent::DeviceRegistered),
        2 => reason.prop_map(|reason| OrderEvent::StopRequested {
            reason,
            actor: Actor::Platform,
        }),
        1 => Just(OrderEvent::Replaced),
        1 => Just(OrderEvent::ForceFinished { reason: "x".into() }),
        1 => Just(OrderEvent::ForceCancelled { reason: "x".into() }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => event().prop_map(Step::Event),
        4 => (0_u64..2000).prop_map(Step::Wait),
        3 => Just(Step::Sweep),
        1 => any::<bool>().prop_map(Step::PortTaken),
        2 => any::<bool>().prop_map(Step::Connected),
    ]
}

fn take(stage: &mut Stage, step: Step) {
    stage.effects.clear();
    match step {
        // What people may not ask is refused; the order stays as it is.
        Step::Event(event) => drop(stage.try_on(event)),
        Step::Wait(seconds) => drop(stage.wait(seconds)),
        Step::Sweep => drop(stage.sweep()),
        Step::PortTaken(taken) => stage.port_taken = taken,
        Step::Connected(true) => {
            stage.connectivity = Connectivity::Online;
            stage.on(OrderEvent::DeviceOnline);
        }
        Step::Connected(false) => {
            let since = stage.now;
            stage.connectivity = Connectivity::Offline { since };
            stage.on(OrderEvent::DeviceOffline { since });
        }
    }
}

fn check(stage: &Stage, before: OrderStatus) {
    let order = &stage.order;
    let reopened = stage
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::History(row) if row.trigger == Trigger::Reopened));
    let legal = match (before, order.status) {
        (OrderStatus::Completed, OrderStatus::Charging) => reopened,
        (OrderStatus::Cancelled, after) => after == OrderStatus::Cancelled,
        (OrderStatus::Failed, after) => after == OrderStatus::Failed,
        (OrderStatus::Completed, after) => after == OrderStatus::Completed,
        (OrderStatus::Charging, after) => after != OrderStatus::Pending,
        (OrderStatus::Pending, _) => true,
    };
    assert!(legal, "{before:?} to {:?}", order.status);
    assert!(order.duration_s >= 0 && order.energy >= Energy::ZERO);
    assert!(order.current_power >= Power::ZERO && order.power_integral >= 0);
    match (order.status, order.final_amount) {
        (OrderStatus::Pending | OrderStatus::Charging, bill) => assert_eq!(bill, None),
        (_, None) => panic!("ended without a bill"),
        (_, Some(bill)) => {
            assert!(bill >= Fen::ZERO && bill <= order.amount);
            assert_eq!(bill + order.refund_fen, order.amount);
            assert_eq!(order.elec_fen + order.service_fen, bill);
            assert!(order.end_time.is_some());
            assert_eq!(order.interrupted_at, None);
        }
    }
    if order.status == OrderStatus::Completed {
        assert!(order.end_reason.is_some() && order.start_time.is_some());
    }
}

/// Every bill of an order is told once, and only a correction is told again.
fn check_story(stage: &Stage) {
    let count = |name: &str| stage.told.iter().filter(|told| **told == name).count();
    assert_eq!(count("order.created"), 1);
    assert!(count("charging.started") <= 1);
    let first = |name: &str| stage.told.iter().position(|told| *told == name);
    if let Some(ended) = first("charging.ended") {
        let started = first("charging.started").expect("it began before it ended");
        assert!(started < ended);
        assert!(first("order.completed").is_some_and(|completed| ended < completed));
    }
    let reopened = usize::try_from(stage.order.reopened_count).expect("never negative");
    assert!(count("charging.ended") <= 1 + reopened);
    assert!(
        count("order.completed") <= 2 * (1 + reopened),
        "one bill and one correction each"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_order_reaches_a_forbidden_state(
        steps in proptest::collection::vec(step(), 0..40),
        hold in any::<bool>(),
        mode in 1_i16..=4,
        priced in any::<bool>(),
        amount in 1_i64..5000,
    ) {
        let mut plan = plan();
        plan.charge_mode = ChargeMode::from_code(mode).expect("1..=4");
        plan.amount = Fen(amount);
        plan.energy = Some(Energy::from_centi_kwh(500));
        if !priced {
            plan.price_per_kwh = None;
        }
        let policy = Policy {
            offline_policy: if hold { OfflinePolicy::Hold } else { OfflinePolicy::Complete },
            ..Policy::default()
        };
        let mut stage = Stage::with_policy(plan, &policy).expect("accepted");
        for step in steps {
            let before = stage.order.status;
            take(&mut stage, step);
            check(&stage, before);
        }
        check_story(&stage);

        // Left alone, it ends after a few sweeps, each at its own deadline.
        let mut sweeps = 0;
        while let Some(at) = stage.deadline() {
            prop_assert!(sweeps < SWEEPS_MAX, "still {:?}", stage.order.status);
            let before = stage.order.clone();
            stage.now = at.max(stage.now);
            stage.sweep();
            prop_assert_ne!(&before, &stage.order, "a sweep at its deadline does something");
            check(&stage, before.status);
            sweeps += 1;
        }
        prop_assert!(!stage.order.status.is_active());
        prop_assert!(stage.now < Timestamp(i64::MAX));
        check_story(&stage);
    }
}
