use super::{FaultClass, PortChoice, start_plan};
use device::ChargeMode;
use kernel::{Energy, Fen, Permille, PortNo, Power};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a4_h02_the_contract_s_own_body() {
    let plan = start_plan(&json!({
        "port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000,
        "price_per_kwh": 150, "service_fee": 100
    }))
    .expect("legal");
    assert_eq!(plan.port, PortChoice::Number(PortNo(1)));
    assert_eq!(plan.charge_mode, ChargeMode::Time);
    assert_eq!(plan.duration_s, Some(3600));
    assert_eq!(plan.amount, Fen(1000));
    assert_eq!(plan.price_per_kwh, Some(150));
    assert_eq!(plan.service_fee, Some(Permille(100)));
}

#[test]
fn a4_h03_variants_and_our_own_fields() {
    for body in [
        json!({"port_no":1,"charge_mode":1,"duration":3600,"amount":1000}),
        json!({"port_no":1,"charge_mode":1,"duration":300,"amount":500,
               "price_per_kwh":150,"service_fee":50}),
        json!({"port_no":1,"charge_mode":1,"duration":180,"amount":300}),
        json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100}),
        json!({"port_no":255,"charge_mode":4,"amount":1500}),
        json!({"port_no":500,"charge_mode":3,"amount":1500,"power_limit_w":800.5}),
        json!({"socket_no":128,"hole":0,"charge_mode":2,"kwh":5,"amount":100}),
        json!({"port_no":1,"charge_mode":2,"energy":5.25,"price_per_kwh":100}),
        json!({"port_no":1,"charge_mode":4,"amount":1500,"duration":null}),
    ] {
        start_plan(&body).unwrap_or_else(|fault| panic!("{body}: {fault}"));
    }
    let plan = |body: &Value| start_plan(body).expect("legal");
    let automatic = plan(&json!({"port_no":255,"charge_mode":4,"amount":1500}));
    assert_eq!(automatic.port, PortChoice::Automatic);
    let hole = plan(&json!({"socket_no":128,"hole":1,"charge_mode":4,"amount":1}));
    assert_eq!(
        hole.port,
        PortChoice::Hole {
            socket: 128,
            hole: 1
        }
    );
    let limited = plan(&json!({"port_no":1,"charge_mode":3,"amount":1,"power_limit_w":800.5}));
    assert_eq!(limited.power_limit, Some(Power(8005)));
    let target = plan(&json!({"port_no":1,"charge_mode":2,"energy":5.25,"amount":1}));
    assert_eq!(target.energy, Some(Energy(52_500)));
}

#[test]
fn tp7_mode_2_without_a_target_takes_what_the_amount_buys() {
    let plan = start_plan(&json!({"port_no":1,"charge_mode":2,"amount":750,"price_per_kwh":150}))
        .expect("legal");
    assert_eq!(plan.energy, Some(Energy::from_centi_kwh(500)));
}

#[test]
fn two_ports_share_what_was_paid() {
    let body = json!({
        "port_no": 1, "parallel_port_no": 2, "charge_mode": 2, "kwh": 0.0003, "amount": 5001
    });
    let plan = start_plan(&body).expect("legal");
    let [first, second] = plan.halves().expect("two ports");
    assert_eq!((first.amount, second.amount), (Fen(2501), Fen(2500)));
    assert_eq!(
        (first.energy, second.energy),
        (Some(Energy(2)), Some(Energy(1)))
    );
    assert_eq!(second.port, PortChoice::Number(PortNo(2)));
    assert_eq!((first.halves(), second.halves()), (None, None));
    for wrong in [
        json!({"port_no": 1, "parallel_port_no": 1, "charge_mode": 4, "amount": 10}),
        json!({"port_no": 255, "parallel_port_no": 1, "charge_mode": 4, "amount": 10}),
        json!({"port_no": 1, "parallel_port_no": 2, "charge_mode": 4, "amount": 1}),
    ] {
        let fault = start_plan(&wrong).expect_err("senseless");
        assert_eq!(
            (fault.field.as_str(), fault.class.status()),
            ("parallel_port_no", 422)
        );
    }
}

#[test]
fn a4_h13_faults_name_their_field() {
    use FaultClass::{Malformed, Semantic};
    for (body, field, class) in [
        (json!([]), "body", Malformed),
        (json!({}), "port_no", Malformed),
        (json!({"port_no":"1"}), "port_no", Malformed),
        (json!({"port_no":1.5}), "port_no", Malformed),
        (json!({"port_no":0}), "port_no", Malformed),
        (json!({"port_no":501}), "port_no", Malformed),
        (
            json!({"port_no":18_446_744_073_709_551_615_u64}),
            "port_no",
            Malformed,
        ),
        (json!({"socket_no":1}), "hole", Malformed),
        (json!({"hole":1}), "socket_no", Malformed),
        (json!({"port_no":1,"hole":1}), "port_no", Malformed),
        (json!({"port_no":1}), "charge_mode", Malformed),
        (
            json!({"port_no":1,"charge_mode":5}),
            "charge_mode",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":-5}),
            "duration",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":1,"durations":5}),
            "durations",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":4,"amount":-1}),
            "amount",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":4,"amount":1.5}),
            "amount",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":2,"kwh":0}),
            "kwh",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":2,"kwh":1.23456}),
            "kwh",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":2,"kwh":1e300}),
            "kwh",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":2,"kwh":1,"energy":2}),
            "energy",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":4,"notify_url":"ftp://x"}),
            "notify_url",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":4,"member_ref":5}),
            "member_ref",
            Malformed,
        ),
        (
            json!({"port_no":1,"charge_mode":1,"amount":100}),
            "duration",
            Semantic,
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":86_401,"amount":1}),
            "duration",
            Semantic,
        ),
        (
            json!({"port_no":1,"charge_mode":2,"amount":100}),
            "kwh",
            Semantic,
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":60,"kwh":1,"amount":1}),
            "kwh",
            Semantic,
        ),
        (
            json!({"port_no":1,"charge_mode":4,"amount":1,"power_limit_w":5}),
            "power_limit_w",
            Semantic,
        ),
        (json!({"port_no":1,"charge_mode":4}), "amount", Semantic),
    ] {
        let fault = start_plan(&body).expect_err("illegal");
        assert_eq!(
            (fault.field.as_str(), fault.class),
            (field, class),
            "{body}"
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-10_i64..600).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn nothing_panics_and_legal_plans_are_complete(
        values in proptest::collection::vec(
            (proptest::sample::select(super::FIELDS.to_vec()), any_json()), 0..13)
    ) {
        let body: serde_json::Map<String, Value> =
            values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        if let Ok(plan) = start_plan(&Value::Object(body)) {
            match plan.charge_mode {
                ChargeMode::Time => prop_assert!(plan.duration_s.is_some_and(|s| s > 0)),
                ChargeMode::Energy => prop_assert!(plan.energy.is_some_and(|e| e.0 > 0)),
                ChargeMode::Power | ChargeMode::Full => {}
            }
            prop_assert!(plan.amount.0 > 0 || plan.price_per_kwh.is_some());
        }
    }
}
