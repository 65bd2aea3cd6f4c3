//! A start request as JSON becomes a plan, or an error that names the field.
//!
//! Two classes of error: a request that is malformed in itself (400: missing, unknown or
//! wrongly typed fields, values outside their range) and one that makes no sense as a whole
//! (422: a mode without the field it needs).

mod number;

use crate::pricing::third_party::energy_for;
use device::{ChargeMode, ChargePlan};
use kernel::{Energy, Fen, OrderNo, Permille, PortNo, Power};
use serde_json::{Map, Value};

/// Highest port number; 255 in a request means "choose for me".
pub const PORT_NO_MAX: i64 = 500;
/// Sockets of one gateway.
pub const SOCKET_NO_MAX: i64 = 250;
/// Longest paid time in seconds: a day. Protocols may carry less.
pub const DURATION_S_MAX: i64 = 86_400;
/// Highest amount in fen: a million yuan.
pub const AMOUNT_MAX: i64 = 100_000_000;
/// Highest price in fen per kWh: a thousand yuan.
pub const PRICE_MAX: i64 = 100_000;
/// Highest service fee in thousandths.
pub const SERVICE_FEE_MAX: i64 = 10_000;
/// Highest energy target: 10 000 kWh.
pub const ENERGY_MAX: Energy = Energy(100_000_000);
/// Highest power limit: 1 MW.
pub const POWER_MAX: Power = Power(10_000_000);
/// Longest `member_ref` in characters.
pub const MEMBER_REF_MAX: usize = 128;
/// Longest `notify_url` in characters.
pub const NOTIFY_URL_MAX: usize = 500;

/// The fields of a start request.
const FIELDS: [&str; 15] = [
    "port_no",
    "parallel_port_no",
    "socket_no",
    "hole",
    "charge_mode",
    "duration",
    "amount",
    "price_per_kwh",
    "service_fee",
    "plan_id",
    "kwh",
    "energy",
    "power_limit_w",
    "member_ref",
    "notify_url",
];

/// Which port a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortChoice {
    /// By number, 1..=500 except 255.
    Number(PortNo),
    /// 255: the lowest idle port.
    Automatic,
    /// By socket and hole behind a gateway; [`device::Protocol::port_of_hole`] gives the number.
    Hole {
        /// 1..=250.
        socket: u8,
        /// 0 or 1.
        hole: u8,
    },
}

/// What is to be charged, and for how much.
#[derive(Clone, Debug, PartialEq)]
pub struct StartPlan {
    /// Which port.
    pub port: PortChoice,
    /// A second port that feeds the same vehicle.
    pub parallel_port: Option<PortNo>,
    /// What ends the charge.
    pub charge_mode: ChargeMode,
    /// Paid time in seconds; always there in mode 1.
    pub duration_s: Option<u32>,
    /// Paid energy; always there in mode 2.
    pub energy: Option<Energy>,
    /// Power limit of mode 3.
    pub power_limit: Option<Power>,
    /// Prepaid amount and limit of the bill; zero means no limit.
    pub amount: Fen,
    /// Price in fen per kWh.
    pub price_per_kwh: Option<i64>,
    /// Service fee in thousandths.
    pub service_fee: Option<Permille>,
    /// The e-bike plan to bill by.
    pub plan_id: Option<i64>,
    /// The caller's own reference, echoed.
    pub member_ref: Option<String>,
    /// Webhook address for this order alone.
    pub notify_url: Option<String>,
}

impl StartPlan {
    /// The plans of two ports that feed one vehicle: each has its own order, and half of what was
    /// paid for, because each keeps its limits by itself. None without a second port.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let port = self.parallel_port?;
        let second = Self {
            port: PortChoice::Number(port),
            parallel_port: None,
            amount: Fen(self.amount.0 / 2),
            energy: self.energy.map(|energy| Energy(energy.0 / 2)),
            ..self.clone()
        };
        let first = Self {
            parallel_port: None,
            amount: self.amount - second.amount,
            energy: self.energy.map(|energy| Energy(energy.0 - energy.0 / 2)),
            ..self.clone()
        };
        Some([first, second])
    }

    /// The limits as the device would be told them, to be checked before anything is stored.
    pub fn charge_plan(&self, order: OrderNo, port: PortNo) -> ChargePlan {
        ChargePlan {
            port,
            order,
            mode: self.charge_mode,
            duration_s: self.duration_s,
            energy: self.energy,
            power_limit: self.power_limit,
            amount: self.amount,
            tiers: Vec::new(),
            fees: None,
            proposed_session: None,
            serial: None,
            card_no: None,
            physical_card: None,
            parallel: None,
            price_model: None,
        }
    }
}

/// How wrong a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultClass {
    /// 400: wrong in itself.
    Malformed,
    /// 422: well-formed, but it makes no sense.
    Semantic,
}

impl FaultClass {
    /// The HTTP status, which is also the envelope's code.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Semantic => 422,
        }
    }
}

/// What is wrong with a request, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct RequestFault {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// Which class.
    pub class: FaultClass,
}

impl RequestFault {
    /// A field that is wrong in itself.
    pub fn malformed(field: &str, problem: impl Into<String>) -> Self {
        Self::new(field, problem, FaultClass::Malformed)
    }

    /// A field that does not fit the rest.
    pub fn semantic(field: &str, problem: impl Into<String>) -> Self {
        Self::new(field, problem, FaultClass::Semantic)
    }

    fn new(field: &str, problem: impl Into<String>, class: FaultClass) -> Self {
        Self {
            // Unknown field names come from outside: they are shortened.
            field: field.chars().take(64).collect(),
            problem: problem.into(),
            class,
        }
    }
}

/// Reads a start request.
///
/// # Errors
/// The first fault, malformed fields before senseless combinations.
pub fn start_plan(body: &Value) -> Result<StartPlan, RequestFault> {
    let body = body
        .as_object()
        .ok_or_else(|| RequestFault::malformed("body", "must be a JSON object"))?;
    if let Some(stranger) = body.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(RequestFault::malformed(stranger, "is not a known field"));
    }
    let plan = StartPlan {
        port: port_choice(body)?,
        parallel_port: number::whole(body, "parallel_port_no", 1, PORT_NO_MAX)?
            .and_then(|number| u16::try_from(number).ok())
            .map(PortNo),
        charge_mode: charge_mode(body)?,
        duration_s: number::whole(body, "duration", 1, i64::from(u32::MAX))?
            .and_then(|seconds| u32::try_from(seconds).ok()),
        energy: energy(body)?,
        power_limit: number::decimal(body, "power_limit_w", 1, POWER_MAX.0)?.map(Power),
        amount: Fen(number::whole(body, "amount", 0, AMOUNT_MAX)?.unwrap_or(0)),
        price_per_kwh: number::whole(body, "price_per_kwh", 0, PRICE_MAX)?,
        service_fee: number::whole(body, "service_fee", 0, SERVICE_FEE_MAX)?
            .and_then(|fee| i32::try_from(fee).ok())
            .map(Permille),
        plan_id: number::whole(body, "plan_id", 1, i64::MAX)?,
        member_ref: text(body, "member_ref", MEMBER_REF_MAX)?,
        notify_url: notify_url(body)?,
    };
    sensible(plan)
}

fn sensible(mut plan: StartPlan) -> Result<StartPlan, RequestFault> {
    let wrong = |field, problem: String| Err(RequestFault::semantic(field, problem));
    if plan
        .duration_s
        .is_some_and(|s| i64::from(s) > DURATION_S_MAX)
    {
        return wrong(
            "duration",
            format!("must be at most {DURATION_S_MAX} seconds"),
        );
    }
    if let Some(second) = plan.parallel_port {
        let problem = match plan.port {
            PortChoice::Number(first) if first == second => "must be another port than port_no",
            PortChoice::Number(_) if plan.amount == Fen(1) => "is too much for an amount of 1",
            PortChoice::Number(_) => "",
            PortChoice::Automatic | PortChoice::Hole { .. } => "needs a port_no that is a port",
        };
        if !problem.is_empty() {
            return wrong("parallel_port_no", problem.into());
        }
    }
    let mode = plan.charge_mode;
    let by_plan = plan.plan_id.is_some();
    if by_plan && plan.price_per_kwh.is_some() {
        return wrong(
            "price_per_kwh",
            "must not be given together with plan_id".into(),
        );
    }
    // What an amount buys by a plan is the plan's to say.
    if mode == ChargeMode::Time && plan.duration_s.is_none() && !by_plan {
        return wrong("duration", "is required in charge_mode 1 (seconds)".into());
    }
    if mode != ChargeMode::Energy && plan.energy.is_some() {
        return wrong("kwh", "is only for charge_mode 2".into());
    }
    if mode != ChargeMode::Power && plan.power_limit.is_some() {
        return wrong("power_limit_w", "is only for charge_mode 3".into());
    }
    if mode == ChargeMode::Energy && plan.energy.is_none() && !by_plan {
        plan.energy = plan
            .price_per_kwh
            .and_then(|price| energy_for(plan.amount, price))
            .filter(|target| (Energy::ZERO..=ENERGY_MAX).contains(target) && target.0 > 0);
        if plan.energy.is_none() {
            let problem = "is required in charge_mode 2, unless amount and price_per_kwh give it";
            return wrong("kwh", problem.into());
        }
    }
    if plan.amount == Fen::ZERO && plan.price_per_kwh.is_none() && !by_plan {
        return wrong(
            "amount",
            "is required where price_per_kwh is not given".into(),
        );
    }
    Ok(plan)
}

fn port_choice(body: &Map<String, Value>) -> Result<PortChoice, RequestFault> {
    let number = number::whole(body, "port_no", 1, PORT_NO_MAX)?;
    let socket = number::whole(body, "socket_no", 1, SOCKET_NO_MAX)?;
    let hole = number::whole(body, "hole", 0, 1)?;
    let small = |value: i64| u8::try_from(value).unwrap_or(u8::MAX);
    match (number, socket, hole) {
        (Some(number), None, None) => {
            let port = PortNo(u16::try_from(number).unwrap_or(u16::MAX));
            Ok(if port == PortNo::AUTOMATIC {
                PortChoice::Automatic
            } else {
                PortChoice::Number(port)
            })
        }
        (None, Some(socket), Some(hole)) => Ok(PortChoice::Hole {
            socket: small(socket),
            hole: small(hole),
        }),
        (None, None, None) => Err(RequestFault::malformed("port_no", "is required")),
        (None, Some(_), None) => Err(RequestFault::malformed(
            "hole",
            "is required with socket_no",
        )),
        (None, None, Some(_)) => Err(RequestFault::malformed(
            "socket_no",
            "is required with hole",
        )),
        (Some(_), _, _) => Err(RequestFault::malformed(
            "port_no",
            "must not be given together with socket_no and hole",
        )),
    }
}

fn charge_mode(body: &Map<String, Value>) -> Result<ChargeMode, RequestFault> {
    number::whole(body, "charge_mode", 1, 4)?
        .and_then(|code| i16::try_from(code).ok())
        .and_then(ChargeMode::from_code)
        .ok_or_else(|| RequestFault::malformed("charge_mode", "is required (1 to 4)"))
}

fn energy(body: &Map<String, Value>) -> Result<Option<Energy>, RequestFault> {
    let kwh = number::decimal(body, "kwh", 4, ENERGY_MAX.0)?;
    let alias = number::decimal(body, "energy", 4, ENERGY_MAX.0)?;
    if kwh.is_some() && alias.is_some() && kwh != alias {
        return Err(RequestFault::malformed("energy", "contradicts kwh"));
    }
    Ok(kwh.or(alias).map(Energy))
}

fn notify_url(body: &Map<String, Value>) -> Result<Option<String>, RequestFault> {
    let url = text(body, "notify_url", NOTIFY_URL_MAX)?;
    let legal = |url: &String| {
        let scheme = url.starts_with("http://") || url.starts_with("https://");
        scheme && url.chars().all(|c| c.is_ascii_graphic())
    };
    match url {
        Some(url) if !legal(&url) => Err(RequestFault::malformed(
            "notify_url",
            "must be an http or https address",
        )),
        url => Ok(url),
    }
}

fn text(
    body: &Map<String, Value>,
    field: &str,
    longest: usize,
) -> Result<Option<String>, RequestFault> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= longest => Ok(Some(text.clone())),
        Some(Value::String(_)) => Err(RequestFault::malformed(
            field,
            format!("must have at most {longest} characters"),
        )),
        Some(_) => Err(RequestFault::malformed(field, "must be text")),
    }
}

#[cfg(test)]
mod tests;
