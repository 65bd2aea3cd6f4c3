use super::{EventType, WebhookEvent, object, set};
use crate::alarm::Alarm;
use crate::policy::Policy;
use crate::port::published_state;
use device::{PortState, Vitals};
use kernel::{PhyId, PortNo, Power, Timestamp, Voltage};
use serde_json::{Map, Value};

/// What is known of a device when it is announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationNotice {
    /// SIM card number.
    pub iccid: Option<String>,
    /// Modem number.
    pub imei: Option<String>,
    /// Device type or model.
    pub device_type: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
}

/// Whether a new session of a device is announced now: at most once a minute.
pub fn announces_registration(last: Option<Timestamp>, now: Timestamp, policy: &Policy) -> bool {
    last.is_none_or(|last| now.since(last) >= policy.registered_interval)
}

/// Whether the n-th heartbeat of a device (counted from 1) is announced: every tenth.
pub const fn announces_heartbeat(nth: u64, policy: &Policy) -> bool {
    policy.heartbeat_sample > 0 && nth > 0 && nth.is_multiple_of(policy.heartbeat_sample)
}

/// `device.registered`. Fields that the device did not tell are null.
pub fn registered(device: &PhyId, notice: &RegistrationNotice, at: Timestamp) -> WebhookEvent {
    let data = object([
        ("iccid", set(notice.iccid.clone())),
        ("imei", set(notice.imei.clone())),
        ("device_type", set(notice.device_type.clone())),
        ("firmware", set(notice.firmware.clone())),
        ("port_count", set(notice.port_count)),
        ("registered_at", set(at.unix_seconds())),
    ]);
    event(EventType::DeviceRegistered, device, None, at, data)
}

/// `device.heartbeat`, the `nth` since the session began.
pub fn heartbeat(
    device: &PhyId,
    vitals: &Vitals,
    ports: &[(PortNo, PortState, Power)],
    nth: u64,
    at: Timestamp,
) -> WebhookEvent {
    let ports: Vec<Value> = ports
        .iter()
        .map(|(port, state, power)| {
            Value::Object(object([
                ("port_no", set(port.0)),
                ("state", set(published_state(*state))),
                ("power", set(power.watts())),
            ]))
        })
        .collect();
    let data = object([
        ("voltage", set(vitals.voltage.map(Voltage::volts))),
        ("rssi", set(vitals.signal)),
        ("temp", set(vitals.temperature_c)),
        ("ports", set(ports)),
        ("seq", set(nth)),
    ]);
    event(EventType::DeviceHeartbeat, device, None, at, data)
}

/// `device.alarm`. `began` is when the alarm was first raised; `recovered` says it is over.
pub fn alarm(
    device: &PhyId,
    alarm: &Alarm,
    began: Timestamp,
    recovered: bool,
    at: Timestamp,
) -> WebhookEvent {
    let data = object([
        ("alarm_type", set(alarm.code.as_str())),
        ("alarm_code", set(alarm.code.as_str())),
        ("level", set(alarm.code.level().as_str())),
        ("port_no", alarm.port.map(|port| port.0.into())),
        ("fault_code", alarm.fault_code.map(Value::from)),
        ("fault_msg", set(alarm.message.as_str())),
        ("order_no", alarm.order.map(|order| order.as_str().into())),
        ("alarm_at", set(began.unix_seconds())),
        ("recovered", set(recovered)),
    ]);
    event(EventType::DeviceAlarm, device, alarm.port, at, data)
}

/// `device.online` or `device.offline`.
pub fn connectivity(device: &PhyId, online: bool, at: Timestamp) -> WebhookEvent {
    let (event_type, key) = if online {
        (EventType::DeviceOnline, "online_at")
    } else {
        (EventType::DeviceOffline, "offline_at")
    };
    let data = object([("online", set(online)), (key, set(at.unix_seconds()))]);
    event(event_type, device, None, at, data)
}

/// `device.param_result`: what became of a parameter command.
pub fn param_result(
    device: &PhyId,
    msg_id: i64,
    accepted: bool,
    error: Option<&str>,
    at: Timestamp,
) -> WebhookEvent {
    let data = object([
        ("msg_id", set(msg_id)),
        ("success", set(accepted)),
        ("error", error.map(Value::from)),
    ]);
    event(EventType::DeviceParamResult, device, None, at, data)
}

fn event(
    event_type: EventType,
    device: &PhyId,
    port_no: Option<PortNo>,
    at: Timestamp,
    data: Map<String, Value>,
) -> WebhookEvent {
    WebhookEvent {
        event_type,
        device: device.clone(),
        order_no: None,
        port_no,
        at,
        data,
    }
}
