//! A stage for order stories: one order, one clock, everything that was said about it.

use device::{ChargeKey, ChargeMode, CommandFault, EndReason, EndReport, PortState, Progress};
use domain::Policy;
use domain::device_status::DeviceStatus;
use domain::order::{
    Begins, Connectivity, Context, DeviceSituation, Effect, NewOrder, NotPossible, Order,
    OrderEvent, OrderSource, OrderStatus, PortFacts, RecordKind, StartRefusal, Transition, apply,
    create, next_deadline, sweep,
};
use domain::request::{PortChoice, StartPlan};
use domain::webhook::order_event;
use kernel::{DeviceId, Energy, Fen, Permille, PortNo, Power, Timestamp};
use std::time::Duration;

pub(crate) const START: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

/// Body A of the contract: one hour for 10 yuan at 1.50 yuan/kWh.
pub(crate) fn plan() -> StartPlan {
    StartPlan {
        port: PortChoice::Number(PortNo(1)),
        parallel_port: None,
        charge_mode: ChargeMode::Time,
        duration_s: Some(3600),
        energy: None,
        power_limit: None,
        amount: Fen(1000),
        price_per_kwh: Some(150),
        service_fee: Some(Permille(100)),
        plan_id: None,
        member_ref: None,
        notify_url: None,
    }
}

pub(crate) fn new_order(plan: StartPlan) -> NewOrder {
    NewOrder {
        order_no: "THD1729407600001".parse().expect("legal number"),
        device_id: DeviceId(1),
        phy_id: "82210225000520".parse().expect("legal id"),
        port_no: PortNo(1),
        source: OrderSource::Third,
        api_key_id: None,
        trace: None,
        payer: None,
        card_no: None,
        physical_card: None,
        vin: None,
        trade_no: None,
        proposed_session: None,
        parallel_no: None,
        begins: Begins::ByCommand,
        tariff: None,
        ebike: None,
        plan,
    }
}

pub(crate) fn ready() -> DeviceSituation<'static> {
    DeviceSituation {
        status: DeviceStatus::Active,
        online: true,
        may_queue: true,
        overloaded: false,
        port: Some(PortFacts {
            state: PortState::Idle,
            active: None,
        }),
        check: Ok::<(), &CommandFault>(()),
    }
}

pub(crate) struct Stage {
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) connectivity: Connectivity,
    pub(crate) port_taken: bool,
    /// Event types in the order in which they were told.
    pub(crate) told: Vec<&'static str>,
    /// Effects of the last step.
    pub(crate) effects: Vec<Effect>,
}

impl Stage {
    pub(crate) fn created(plan: StartPlan) -> Self {
        Self::with_policy(plan, &Policy::default()).expect("accepted")
    }

    pub(crate) fn with_policy(plan: StartPlan, policy: &Policy) -> Result<Self, StartRefusal> {
        let ctx = Context {
            now: START,
            policy,
            port_taken: false,
        };
        let created = create(new_order(plan), &ready(), &ctx)?;
        let mut stage = Self {
            order: created.order.clone(),
            now: START,
            policy: *policy,
            connectivity: Connectivity::Online,
            port_taken: false,
            told: Vec::new(),
            effects: Vec::new(),
        };
        stage.take(created);
        Ok(stage)
    }

    /// An order that charges since [`START`].
    pub(crate) fn charging() -> Self {
        let mut stage = Self::created(plan());
        stage.on(OrderEvent::StartWritten);
        stage.on(OrderEvent::StartAccepted { session: None });
        stage.on(OrderEvent::Confirmed { accepted: true });
        stage
    }

    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now + Duration::from_secs(seconds);
        self
    }

    pub(crate) fn try_on(&mut self, event: OrderEvent) -> Result<(), NotPossible> {
        let ctx = Context {
            now: self.now,
            policy: &self.policy,
            port_taken: self.port_taken,
        };
        let transition = apply(&self.order, event, &ctx)?;
        self.take(transition);
        Ok(())
    }

    pub(crate) fn on(&mut self, event: OrderEvent) -> &mut Self {
        self.try_on(event).expect("possible");
        self
    }

    pub(crate) fn sweep(&mut self) -> &mut Self {
        let ctx = Context {
            now: self.now,
            policy: &self.policy,
            port_taken: self.port_taken,
        };
        let transition = sweep(&self.order, self.connectivity, &ctx);
        self.take(transition);
        self
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let ctx = Context {
            now: self.now,
            policy: &self.policy,
            port_taken: self.port_taken,
        };
        next_deadline(&self.order, self.connectivity, &ctx)
    }

    /// Goes to the next deadline and sweeps.
    pub(crate) fn sweep_next(&mut self) -> &mut Self {
        self.now = self.deadline().expect("a deadline").max(self.now);
        self.sweep()
    }

    fn take(&mut self, transition: Transition) {
        for effect in &transition.effects {
            if let Effect::Emit(news) = effect {
                let event = order_event(&transition.order, news, self.now);
                self.told.push(event.event_type.as_str());
            }
        }
        self.order = transition.order;
        self.effects = transition.effects;
    }

    pub(crate) fn record(&self) -> Option<&RecordKind> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Record(kind) => Some(kind),
            _ => None,
        })
    }

    pub(crate) fn stops(&self) -> usize {
        let stop = |effect: &&Effect| matches!(effect, Effect::SendStop);
        self.effects.iter().filter(stop).count()
    }

    pub(crate) fn alarms(&self) -> Vec<&'static str> {
        let raised = |effect: &Effect| match effect {
            Effect::Raise(alarm) => Some(alarm.code.as_str()),
            _ => None,
        };
        self.effects.iter().filter_map(raised).collect()
    }

    pub(crate) fn is(&self, status: OrderStatus, reason: Option<EndReason>) {
        assert_eq!((self.order.status, self.order.end_reason), (status, reason));
    }
}

pub(crate) fn progress(duration_s: u32, centi_kwh: i64) -> OrderEvent {
    OrderEvent::Progress(Progress {
        charge: ChargeKey::Order("THD1729407600001".parse().expect("legal number")),
        port: PortNo(1),
        duration_s,
        energy: Energy::from_centi_kwh(centi_kwh),
        power: Some(Power::from_watts(1500)),
        peak_power: Some(Power::from_watts(1800)),
        voltage: None,
        current: None,
        temperature_c: None,
        soc: None,
        remaining_min: None,
        device_amount: None,
    })
}

pub(crate) fn report(duration_s: u32, centi_kwh: i64, reason: EndReason) -> EndReport {
    EndReport {
        charge: ChargeKey::Order("THD1729407600001".parse().expect("legal number")),
        port: PortNo(1),
        duration_s,
        energy: Energy::from_centi_kwh(centi_kwh),
        device_amount: None,
        reason,
        reason_raw: 0,
        peak_power: Some(Power::from_watts(1800)),
        tier_minutes: Vec::new(),
        card_no: None,
        ended_at: None,
        details: None,
    }
}

pub(crate) fn ended(duration_s: u32, centi_kwh: i64, reason: EndReason) -> OrderEvent {
    OrderEvent::Ended(report(duration_s, centi_kwh, reason))
}
