use super::{EventType, WebhookEvent, order_event, yuan};
use crate::alarm::Alarm;
use crate::order::ServiceFeeMode;
use crate::order::{News, Order, OrderSource, OrderStatus, PriceTerms, Sample, SettleStatus};
use crate::policy::Policy;
use crate::webhook::{
    RegistrationNotice, alarm, announces_heartbeat, announces_registration, heartbeat, registered,
};
use device::{ChargeMode, EndReason, Fault, PortState, Vitals};
use kernel::{
    Current, DeviceId, Energy, Fen, OrderId, Permille, PhyId, PortNo, Power, Timestamp, Voltage,
};
use serde_json::{Value, json};
use std::time::Duration;

const START: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

fn device() -> PhyId {
    "82210225000520".parse().expect("legal id")
}

/// The contract's example order at its end.
fn order() -> Order {
    Order {
        id: OrderId(1),
        version: 3,
        order_no: "THD1729407600001".parse().expect("legal number"),
        device_id: DeviceId(1),
        phy_id: device(),
        port_no: PortNo(1),
        status: OrderStatus::Completed,
        source: OrderSource::Third,
        api_key_id: None,
        member_ref: None,
        notify_url: None,
        trace: None,
        payer: None,
        card_no: None,
        physical_card: None,
        vin: None,
        parallel_no: None,
        by_slot: None,
        tier_meter: None,
        metered_at: None,
        device_split: device::EnergySplit::Whole,
        meter: None,
        start_soc: None,
        soc: None,
        charge_mode: ChargeMode::Time,
        amount: Fen(1000),
        planned_duration_s: Some(3600),
        planned_energy: None,
        power_limit: None,
        terms: PriceTerms {
            price_per_kwh: Some(150),
            service_fee: Some(Permille(100)),
            service_fee_mode: ServiceFeeMode::Informational,
            tariff: None,
            plan: None,
        },
        business_no: None,
        trade_no: None,
        created_at: START,
        updated_at: START,
        acked_at: None,
        start_sent: true,
        start_time: Some(START),
        end_time: Some(START + Duration::from_hours(1)),
        last_progress_at: None,
        stop_requested_at: None,
        stop_reason: None,
        stop_acked_at: None,
        stop_attempts: 0,
        stop_sent_at: None,
        interrupted_at: None,
        fault_deadline: None,
        idle_reports: 0,
        idle_since: None,
        restarted_at: None,
        duration_s: 3600,
        energy: Energy::from_centi_kwh(523),
        current_power: Power::ZERO,
        peak_power: Power::from_watts(1800),
        power_integral: 14_800 * 3600,
        power_seconds: 3600,
        announced_minute: 59,
        end_reason: Some(EndReason::Normal),
        end_reason_msg: Some("用户拔出插头".into()),
        bill: None,
        final_amount: Some(Fen(785)),
        elec_fen: Fen(785),
        service_fen: Fen::ZERO,
        refund_fen: Fen(215),
        occupancy_fen: Fen::ZERO,
        device_amount: None,
        settle_status: SettleStatus::Settled,
        provisional: false,
        hold_until: None,
        reopened_count: 0,
        abnormal: false,
        abnormal_reason: None,
    }
}

fn data(event: &WebhookEvent) -> Value {
    Value::Object(event.data.clone())
}

#[test]
fn a4_w08_order_completed() {
    let event = order_event(&order(), &News::Completed, START);
    assert_eq!(
        data(&event),
        json!({
            "order_no": "THD1729407600001", "port_no": 1,
            "duration_sec": 3600, "duration": 3600, "total_kwh": 5.23,
            "peak_power": 1800.0, "avg_power": 1480.0,
            "final_amount": 7.85, "final_amount_fen": 785,
            "elec_fen": 785, "service_fen": 0, "refund_fen": 215,
            "end_reason": "normal", "end_reason_msg": "用户拔出插头",
            "start_time": 1_729_407_600, "end_time": 1_729_411_200,
            "provisional": false, "adjusted": false
        })
    );
    let text = serde_json::to_string(&event.data).expect("plain JSON");
    assert!(text.contains(r#""final_amount":7.85,"#), "{text}");
    assert!(text.contains(r#""total_kwh":5.23,"#), "{text}");
}

#[test]
fn amounts_are_exact_in_yuan() {
    for fen in 0..200_000 {
        let whole = format!("{}.{:02}", fen / 100, fen % 100);
        let exact: f64 = whole.parse().expect("a number");
        assert_eq!(yuan(Fen(fen)).to_bits(), exact.to_bits());
    }
}

#[test]
fn a4_w06_progress_speaks_both_spellings() {
    let mut order = order();
    order.peak_power = Power::from_watts(1800);
    let sample = Sample {
        at: START + Duration::from_mins(1),
        duration_s: 60,
        energy: Energy::from_centi_kwh(15),
        power: Power(15_005),
        voltage: Some(Voltage(2205)),
        current: Some(Current(6805)),
        temperature_c: Some(35),
    };
    let event = order_event(&order, &News::Progress(sample), sample.at);
    assert_eq!(
        data(&event),
        json!({
            "order_no": "THD1729407600001", "port_no": 1,
            "duration_sec": 60, "total_kwh": 0.15, "current_power": 1500.5,
            "peak_power": 1800.0, "voltage": 220.5, "current": 6.8, "temp": 35,
            "updated_at": 1_729_407_660,
            "duration": 60, "kwh": 0.15, "power": 1500.5
        })
    );
    assert_eq!(
        event.event_id(0),
        "charging.progress-THD1729407600001-1729407660"
    );
    assert_eq!(
        event.event_id(1),
        "charging.progress-THD1729407600001-1729407660-p1"
    );
}

#[test]
fn a4_w04_w05_w07_the_other_order_events() {
    let order = order();
    let created = data(&order_event(&order, &News::Created, START));
    assert_eq!(created["charge_mode_name"], "time");
    assert_eq!(created["duration"], 3600);
    assert_eq!(created["status"], "pending");
    assert_eq!(created.get("kwh_limit"), None);
    let started = data(&order_event(&order, &News::Started, START));
    assert_eq!(started["start_time"], 1_729_407_600);
    assert_eq!(started["started_at"], 1_729_407_600);
    let ended = data(&order_event(&order, &News::Ended, START));
    assert_eq!(ended["end_time"], 1_729_411_200);
    assert_eq!(ended["end_reason"], "normal");
    let reason = "refused by device".to_owned();
    let failed = order_event(&order, &News::Failed { reason }, START);
    assert_eq!(failed.event_type, EventType::OrderFailed);
    assert_eq!(failed.data["reason"], "refused by device");
}

#[test]
fn reasons_are_published_mapped_down() {
    for (reason, text) in [
        (EndReason::RemoteStop, "remote_stop"),
        (EndReason::NoLoad, "normal"),
        (EndReason::Replaced, "user_stop"),
        (EndReason::Insulation, "device_fault"),
        (EndReason::Timeout, "timeout"),
    ] {
        let mut order = order();
        order.end_reason = Some(reason);
        let event = order_event(&order, &News::Completed, START);
        assert_eq!(event.data["end_reason"], text);
    }
}

#[test]
fn a4_w01_the_envelope_is_the_contract_s_to_the_byte() {
    let mut event = order_event(&order(), &News::Started, START + Duration::from_mins(1));
    event.event_type = EventType::ChargingProgress;
    event.data = json!({"order_no": "THD1729407600001", "port_no": 1})
        .as_object()
        .expect("an object")
        .clone();
    let body = event
        .envelope(&event.event_id(0), "a1b2c3d4", None)
        .to_string();
    assert_eq!(body.len(), 219);
    assert_eq!(
        body,
        "{\"event_id\":\"charging.progress-THD1729407600001-1729407660\",\
         \"event_type\":\"charging.progress\",\"device_phy_id\":\"82210225000520\",\
         \"timestamp\":1729407660,\"nonce\":\"a1b2c3d4\",\
         \"data\":{\"order_no\":\"THD1729407600001\",\"port_no\":1}}"
    );
    let numbered = event.envelope("x", "y", Some(7));
    assert_eq!(numbered["data"]["sequence_no"], 7);
}

#[test]
fn a4_w10_device_alarm() {
    let cause = Alarm::of_fault(PortNo(1), Fault::ShortCircuit);
    let event = alarm(&device(), &cause, START, false, START);
    assert_eq!(
        data(&event),
        json!({
            "alarm_type": "port_fault", "alarm_code": "port_fault", "level": "critical",
            "port_no": 1, "fault_code": 4, "fault_msg": "短路保护触发",
            "alarm_at": 1_729_407_600, "recovered": false
        })
    );
    assert_eq!(event.event_id(0), "device.alarm-82210225000520-1729407600");
    assert_eq!(
        event.event_id(1),
        "device.alarm-82210225000520-1729407600-p1"
    );
    assert_eq!(
        event.event_id(2),
        "device.alarm-82210225000520-1729407600-p1-2"
    );
}

#[test]
fn a4_w02_w03_device_events() {
    let policy = Policy::default();
    let notice = RegistrationNotice {
        iccid: Some("89860".into()),
        port_count: Some(4),
        ..RegistrationNotice::default()
    };
    let event = registered(&device(), &notice, START);
    assert_eq!(
        data(&event),
        json!({"iccid": "89860", "imei": null, "device_type": null, "firmware": null,
               "port_count": 4, "registered_at": 1_729_407_600})
    );
    assert_eq!(
        event.event_id(1),
        "device.registered-82210225000520-1729407600-2"
    );
    let vitals = Vitals {
        signal: Some(21),
        temperature_c: Some(30),
        voltage: Some(Voltage(2205)),
    };
    let ports = [(PortNo(1), PortState::Charging, Power(15_005))];
    let event = heartbeat(&device(), &vitals, &ports, 10, START);
    assert_eq!(
        data(&event),
        json!({"voltage": 220.5, "rssi": 21, "temp": 30,
               "ports": [{"port_no": 1, "state": "charging", "power": 1500.5}], "seq": 10})
    );
    let announced: Vec<u64> = (1..=30)
        .filter(|n| announces_heartbeat(*n, &policy))
        .collect();
    assert_eq!(announced, [10, 20, 30]);
    let at = |seconds| START + Duration::from_secs(seconds);
    assert!(announces_registration(None, START, &policy));
    assert!(!announces_registration(Some(START), at(59), &policy));
    assert!(announces_registration(Some(START), at(60), &policy));
}
