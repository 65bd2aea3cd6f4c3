use crate::stage::{START, Stage, new_order, plan, ready};
use device::{CommandFault, PortState};
use domain::Policy;
use domain::device_status::DeviceStatus;
use domain::order::{
    ActiveOrder, Change, Context, DeviceSituation, Effect, OrderStatus, PortFacts, PortMove,
    StartRefusal, choose_port, create,
};
use domain::request::start_plan;
use kernel::PortNo;
use serde_json::json;

fn refusal(device: &DeviceSituation<'_>) -> Option<StartRefusal> {
    let policy = Policy::default();
    let ctx = Context {
        now: START,
        policy: &policy,
        port_taken: false,
    };
    create(new_order(plan()), device, &ctx).err()
}

fn port(state: PortState) -> PortFacts {
    PortFacts {
        state,
        active: None,
    }
}

#[test]
fn o1_a_new_order_is_pending_and_its_start_is_queued() {
    let body = json!({"port_no":1,"charge_mode":1,"duration":3600,"amount":1000,
                      "price_per_kwh":150,"service_fee":100});
    let stage = Stage::created(start_plan(&body).expect("legal"));
    stage.is(OrderStatus::Pending, None);
    assert_eq!(stage.order.amount.0, 1000);
    assert_eq!(stage.order.status_code(), 0);
    assert!(stage.effects.contains(&Effect::SendStart));
    assert!(stage.effects.contains(&Effect::Port(PortMove::Hold)));
    assert_eq!(stage.told, ["order.created"]);
}

#[test]
fn refusals_come_in_their_order() {
    let out_of_range = CommandFault::OutOfRange {
        field: "duration",
        problem: "must be at most 65535 s".into(),
    };
    let busy = ActiveOrder {
        order_no: "THD1729407600009".parse().expect("legal number"),
        status: OrderStatus::Charging,
    };
    // Everything is wrong at once; one thing after the other is put right.
    let mut device = DeviceSituation {
        status: DeviceStatus::Disabled,
        online: false,
        may_queue: false,
        overloaded: true,
        port: None,
        check: Err(&out_of_range),
    };
    let expect = |device: &DeviceSituation<'_>, text: &str, status: u16| {
        let refusal = refusal(device).expect("refused");
        assert_eq!(
            (refusal.to_string().as_str(), refusal.status()),
            (text, status)
        );
    };
    expect(&device, "device disabled", 409);
    device.status = DeviceStatus::Active;
    expect(&device, "device has no port 1", 422);
    device.port = Some(port(PortState::Fault));
    expect(&device, "port fault", 409);
    device.port = Some(port(PortState::Disabled));
    expect(&device, "port disabled", 409);
    device.port = Some(PortFacts {
        state: PortState::Charging,
        active: Some(busy),
    });
    expect(&device, "port is busy", 409);
    device.port = Some(port(PortState::Charging));
    expect(&device, "port is busy", 409);
    device.port = Some(port(PortState::Reserved));
    expect(&device, "port is reserved", 409);
    device.port = Some(port(PortState::Idle));
    expect(&device, "device power limit reached", 409);
    device.overloaded = false;
    expect(&device, "device offline", 409);
    device.online = true;
    expect(&device, "duration must be at most 65535 s", 422);
    device.check = Ok(());
    assert_eq!(refusal(&device), None);
}

#[test]
fn a_retired_protocol_and_a_maintenance_window_are_conflicts() {
    let retired = CommandFault::Retired;
    let device = DeviceSituation {
        check: Err(&retired),
        ..ready()
    };
    let found = refusal(&device).expect("refused");
    assert_eq!(
        (found.to_string().as_str(), found.status()),
        ("protocol_retired", 409)
    );
    let device = DeviceSituation {
        status: DeviceStatus::Maintenance,
        ..ready()
    };
    assert_eq!(refusal(&device), Some(StartRefusal::DeviceInMaintenance));
}

#[test]
fn a4_x1_02_a_third_party_start_may_wait_for_an_offline_device() {
    let device = DeviceSituation {
        online: false,
        ..ready()
    };
    assert_eq!(refusal(&device), None);
}

#[test]
fn the_lowest_idle_port_is_chosen() {
    let taken = PortFacts {
        state: PortState::Idle,
        active: Some(ActiveOrder {
            order_no: "THD1729407600009".parse().expect("legal number"),
            status: OrderStatus::Pending,
        }),
    };
    let ports = [
        (PortNo(4), port(PortState::Idle)),
        (PortNo(1), taken),
        (PortNo(2), port(PortState::Fault)),
        (PortNo(3), port(PortState::Plugged)),
    ];
    assert_eq!(choose_port(ports), Ok(PortNo(3)));
    assert_eq!(choose_port([]), Err(StartRefusal::NoIdlePort));
}

#[test]
fn creation_is_a_fact() {
    let policy = Policy::default();
    let ctx = Context {
        now: START,
        policy: &policy,
        port_taken: false,
    };
    let created = create(new_order(plan()), &ready(), &ctx).expect("accepted");
    assert_eq!(created.change, Change::Fact);
}
