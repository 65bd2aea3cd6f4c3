use crate::envelope::{Answer, Envelope, ok};
use device::{ChargeMode, EndReason, Fault, PortState};
use domain::command::CommandState;
use domain::device_status::DeviceStatus;
use domain::order::OrderStatus;
use serde::Serialize;
use utoipa::ToSchema;

/// The values of every enumeration of this API.
#[derive(Serialize, ToSchema)]
pub(crate) struct Definitions {
    /// `status` of an order.
    order_status: Vec<&'static str>,
    /// `status` of a device.
    device_status: Vec<&'static str>,
    /// `status` of a port.
    port_status: Vec<Meaning>,
    /// `state` of a port, with its `status`.
    port_state: Vec<Meaning>,
    /// `charge_mode`.
    charge_mode: Vec<Meaning>,
    /// `end_reason`, with its number and its default text.
    end_reason: Vec<Meaning>,
    /// `fault_code`, with its default text; other codes are faults that the device does not name.
    fault_code: Vec<Meaning>,
    /// `state` of a command.
    command_state: Vec<&'static str>,
}

/// A value and what it means.
#[derive(Serialize, ToSchema)]
pub(crate) struct Meaning {
    /// The number.
    #[schema(example = 1)]
    code: i64,
    /// The name.
    #[schema(example = "charging")]
    name: &'static str,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

const fn plain(code: i64, name: &'static str) -> Meaning {
    Meaning {
        code,
        name,
        text: None,
    }
}

/// Explains the values of every enumeration.
#[utoipa::path(
    get,
    path = "/api/v1/third/status/definitions",
    tag = "third-party",
    operation_id = "definitions",
    responses((status = 200, description = "All enumerations", body = Envelope<Definitions>))
)]
pub(crate) async fn definitions() -> Answer<Definitions> {
    use DeviceStatus as D;
    use OrderStatus as O;
    Ok(ok(Definitions {
        order_status: [
            O::Pending,
            O::Charging,
            O::Completed,
            O::Cancelled,
            O::Failed,
        ]
        .map(O::as_str)
        .to_vec(),
        device_status: [
            D::Registered,
            D::Active,
            D::Disabled,
            D::Maintenance,
            D::Retired,
        ]
        .map(D::as_str)
        .to_vec(),
        port_status: vec![plain(0, "idle"), plain(1, "charging"), plain(2, "fault")],
        port_state: PORT_STATES
            .iter()
            .map(|state| plain(i64::from(state.status_code()), state.as_str()))
            .collect(),
        charge_mode: (1..=4)
            .filter_map(ChargeMode::from_code)
            .map(|mode| plain(i64::from(mode.code()), mode.name()))
            .collect(),
        end_reason: (0..=6)
            .filter_map(EndReason::from_code)
            .map(|reason| Meaning {
                code: i64::from(reason.code()),
                name: reason.as_str(),
                text: Some(reason.message()),
            })
            .collect(),
        fault_code: FAULTS
            .iter()
            .map(|(fault, name)| Meaning {
                code: i64::from(fault.code()),
                name,
                text: Some(fault.message()),
            })
            .collect(),
        command_state: COMMAND_STATES.map(CommandState::as_str).to_vec(),
    }))
}

const PORT_STATES: [PortState; 10] = [
    PortState::Unknown,
    PortState::Idle,
    PortState::Plugged,
    PortState::Reserved,
    PortState::Starting,
    PortState::Charging,
    PortState::Suspended,
    PortState::Finishing,
    PortState::Fault,
    PortState::Disabled,
];

const FAULTS: [(Fault, &str); 22] = [
    (Fault::ShortCircuit, "short_circuit"),
    (Fault::OverCurrent, "over_current"),
    (Fault::OverTemperature, "over_temperature"),
    (Fault::OverPower, "over_power"),
    (Fault::OverVoltage, "over_voltage"),
    (Fault::UnderVoltage, "under_voltage"),
    (Fault::Leakage, "leakage"),
    (Fault::Smoke, "smoke"),
    (Fault::EmergencyStop, "emergency_stop"),
    (Fault::Meter, "meter"),
    (Fault::Relay, "relay"),
    (Fault::Insulation, "insulation"),
    (Fault::GunLock, "gun_lock"),
    (Fault::Bms, "bms"),
    (Fault::ChargingModule, "charging_module"),
    (Fault::SurgeProtector, "surge_protector"),
    (Fault::Door, "door"),
    (Fault::ControlPilot, "control_pilot"),
    (Fault::PowerLoss, "power_loss"),
    (Fault::BatteryReversed, "battery_reversed"),
    (Fault::InnerLink, "inner_link"),
    (Fault::Earth, "earth"),
];

const COMMAND_STATES: [CommandState; 7] = [
    CommandState::Queued,
    CommandState::Sent,
    CommandState::Acked,
    CommandState::Nacked,
    CommandState::Dead,
    CommandState::Expired,
    CommandState::Cancelled,
];
