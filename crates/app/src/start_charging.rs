//! A start: one transaction makes the order, its command and its news.

use crate::cluster::Reach;
use crate::money::{Hold, Strictness};
use crate::origin::{Origin, serial_seed};
use crate::trace::{current_trace, new_trace};
use crate::transact::{Aftermath, announce};
use crate::{App, AppError, Caller};
use device::{ChargePlan, Command, CommandFault, PortState};
use domain::order::{
    ActiveOrder, Begins, Context, DeviceSituation, NewOrder, Order, OrderEvent, PlanSnapshot,
    PortFacts, PortMove, StartRefusal, TariffSnapshot, Transition, apply, choose_port, create,
};
use domain::payer::Payer;
use domain::policy::PortConflictPolicy;
use domain::port::{self, PortMemory};
use domain::request::{PortChoice, RequestFault, StartPlan};
use kernel::{DeviceId, Fen, MemberId, OrderNo, PhyId, PortNo, Power};
use std::time::Duration;
use store::devices::NewDevice;
use store::{Tx, constraint, devices, orders};
use tracing::{error, info};

/// Tries to find a port that stays free while the order is written.
const TRIES_MAX: usize = 16;

/// How long, and how often, a half of a parallel start is tried to be taken back.
const TAKE_BACK_WITHIN: Duration = Duration::from_mins(2);
const TAKE_BACK_EVERY: Duration = Duration::from_secs(1);

/// Nobody has said what the charge costs.
pub(crate) const NO_PRICE: &str = "no price applies here";

/// A start that was accepted.
#[derive(Clone, Debug)]
pub struct Started {
    /// The order, pending.
    pub order: Order,
    /// Money that is held for it here.
    pub held: Fen,
    /// The order of the second port that feeds the same vehicle, pending as well.
    pub parallel: Option<OrderNo>,
    /// The order that it took the port from.
    pub replaced: Option<OrderNo>,
}

/// What is known of the device before anything is locked.
struct Situation {
    device_id: DeviceId,
    lifecycle: domain::device_status::DeviceStatus,
    overloaded: bool,
    port: PortNo,
}

/// Who starts what at which prices.
struct Wish<'a> {
    origin: &'a Origin,
    caller: &'a Caller,
    plan: &'a StartPlan,
    tariff: Option<Box<TariffSnapshot>>,
    ebike: Option<Box<PlanSnapshot>>,
}

impl App {
    /// Starts a charge: the order is stored and its start command is on its way, or waits for a
    /// device that is away.
    ///
    /// # Errors
    /// The first rule that the request breaks: [`AppError::NotFound`] for an unknown device,
    /// [`AppError::PortBusy`], [`AppError::Conflict`], [`AppError::Semantic`],
    /// [`AppError::NotSupported`]; [`AppError::Unavailable`] when the database is away, nothing
    /// having changed.
    pub async fn start_charging(
        &self,
        caller: &Caller,
        phy_id: &PhyId,
        request: StartPlan,
    ) -> Result<Started, AppError> {
        let origin = Origin::of(caller);
        match request.halves() {
            Some(halves) => self.start_together(origin, caller, phy_id, halves).await,
            None => self.start_from(&origin, caller, phy_id, request).await,
        }
    }

    /// Starts both ports that feed one vehicle, or none. What the device says later is its
    /// link's: when one of them does not start, it stops the other.
    async fn start_together(
        &self,
        origin: Origin,
        caller: &Caller,
        phy_id: &PhyId,
        [first, second]: [StartPlan; 2],
    ) -> Result<Started, AppError> {
        self.require(phy_id).await?;
        let can = self
            .live
            .read(phy_id, |live| live.protocol.feeds_together(&live.profile));
        if can != Some(true) {
            let what = CommandFault::NotSupported("two ports for one vehicle");
            return Err(AppError::NotSupported(what.to_string()));
        }
        let origin = Origin {
            parallel_no: Some(self.parallel_no(phy_id).await),
            // Both begin within seconds of each other, or not at all.
            may_queue: false,
            ..origin
        };
        let started = self.start_from(&origin, caller, phy_id, first).await?;
        match self.start_from(&origin, caller, phy_id, second).await {
            Ok(partner) => Ok(Started {
                parallel: Some(partner.order.order_no),
                ..started
            }),
            Err(error) => {
                self.take_back_alone(caller, started.order.order_no).await;
                Err(error)
            }
        }
    }

    /// One port alone is not what was asked for, whether the database is away or not.
    async fn take_back_alone(&self, caller: &Caller, order_no: OrderNo) {
        let since = self.now();
        while let Err(AppError::Unavailable) = self
            .cancel_order(caller, order_no, "the second port could not be started")
            .await
        {
            if self.now() > since + TAKE_BACK_WITHIN {
                error!(%order_no, "a charge of one port of two could not be taken back");
                return;
            }
            tokio::time::sleep(TAKE_BACK_EVERY).await;
        }
    }

    /// The number that ties two orders of a device together, yyMMddHHmmss: no other two have it.
    async fn parallel_no(&self, phy_id: &PhyId) -> String {
        let mut taken = Vec::new();
        for order_no in self.orders.of_device(phy_id) {
            let order = self.order_now(order_no).await.ok().flatten();
            taken.extend(order.and_then(|order| order.parallel_no));
        }
        let mut at = self.now();
        loop {
            let parts = at.shanghai().map(|part| format!("{:02}", part % 100));
            let number = parts.concat();
            if !taken.contains(&number) {
                return number;
            }
            at = at + Duration::from_secs(1);
        }
    }

    /// The same for charges that are started at the device.
    pub(crate) async fn start_from(
        &self,
        origin: &Origin,
        caller: &Caller,
        phy_id: &PhyId,
        request: StartPlan,
    ) -> Result<Started, AppError> {
        let outcome = self.try_to_start(origin, caller, phy_id, request).await;
        if let Err(error) = &outcome {
            metrics::counter!("openpile_start_result_total", "result" => "refused").increment(1);
            info!(device = %phy_id, caller = caller.name, reason = %error, "start refused");
        }
        outcome
    }

    async fn try_to_start(
        &self,
        origin: &Origin,
        caller: &Caller,
        phy_id: &PhyId,
        plan: StartPlan,
    ) -> Result<Started, AppError> {
        // A charge that its device began by itself runs already.
        if origin.begins != Begins::ByDevice {
            self.room_for_charges()?;
        }
        self.know(phy_id).await?;
        let mut tries = 0;
        loop {
            let member = origin.payer.as_deref().and_then(Payer::member);
            let mut situation = self.situation(phy_id, &plan, member)?;
            situation.overloaded |= tries == 0 && self.lacks_room(phy_id);
            let attempt = self
                .write_start(origin, caller, phy_id, &plan, &situation)
                .await;
            tries += 1;
            match attempt {
                // Somebody else took the port between the look and the write.
                Err(AppError::PortBusy { .. })
                    if plan.port == PortChoice::Automatic && tries < TRIES_MAX => {}
                other => return other,
            }
        }
    }

    /// Brings the device into memory, or makes it where the operator wants that.
    async fn know(&self, phy_id: &PhyId) -> Result<(), AppError> {
        if self.live.read(phy_id, |_| ()).is_some() || self.ensure_live(phy_id).await? {
            return self.freshen(phy_id).await;
        }
        let mut tx = self.db.begin().await?;
        if let Some(row) = devices::find_by_phy_id(tx.conn(), phy_id).await? {
            tx.rollback().await?;
            return match row.status {
                domain::device_status::DeviceStatus::Retired => {
                    Err(AppError::Conflict("device disabled"))
                }
                _ => Err(AppError::Conflict("protocol_retired")),
            };
        }
        if !self.settings.auto_create_device {
            return Err(AppError::NotFound("device"));
        }
        let new = NewDevice {
            phy_id: Some(phy_id.clone()),
            ..NewDevice::default()
        };
        devices::insert(tx.conn(), &new, self.now()).await?;
        tx.commit().await?;
        info!(device = %phy_id, "device created by a start");
        if self.ensure_live(phy_id).await? {
            Ok(())
        } else {
            Err(AppError::NotFound("device"))
        }
    }

    fn situation(
        &self,
        phy_id: &PhyId,
        plan: &StartPlan,
        member: Option<MemberId>,
    ) -> Result<Situation, AppError> {
        let own = member.and_then(|member| self.reserved.port_of(phy_id, member));
        let found = self.live.read(phy_id, |live| {
            let on_port = |port: PortNo| {
                let order_no = self.orders.on_port(phy_id, port)?;
                Some(ActiveOrder {
                    order_no,
                    status: domain::order::OrderStatus::Pending,
                })
            };
            let port = match plan.port {
                PortChoice::Number(port) => port,
                // The one that is kept for who asks, else none that is kept.
                PortChoice::Automatic if let Some(own) = own => own,
                PortChoice::Automatic => choose_port(live.ports.iter().map(|port| {
                    let active = on_port(port.port);
                    let kept = self.reserved.holder(phy_id, port.port).is_some();
                    let state = if kept {
                        PortState::Reserved
                    } else if live.locks(port.port) {
                        PortState::Disabled
                    } else {
                        port.memory.state
                    };
                    (port.port, PortFacts { state, active })
                }))?,
                PortChoice::Hole { socket, hole } => live
                    .protocol
                    .port_of_hole(&live.profile, socket, hole)
                    .ok_or(StartRefusal::Unsupported(CommandFault::NotSupported(
                        "sockets with holes",
                    )))?,
            };
            let rated = live.rated_power;
            Ok(Situation {
                device_id: live.id,
                lifecycle: live.lifecycle,
                overloaded: rated > Power::ZERO && live.total_power() > rated,
                port,
            })
        });
        let found: Option<Result<Situation, StartRefusal>> = found;
        found.ok_or(AppError::NotFound("device"))?.map_err(refused)
    }

    async fn write_start(
        &self,
        origin: &Origin,
        caller: &Caller,
        phy_id: &PhyId,
        plan: &StartPlan,
        situation: &Situation,
    ) -> Result<Started, AppError> {
        let port = situation.port;
        // Locks come before the transaction: on SQLite it is the only one.
        let mut held = match self.orders.on_port(phy_id, port) {
            Some(order_no) => Some((order_no, self.orders.lock(order_no).await)),
            None => None,
        };
        let holder = match &held {
            Some((order_no, guard)) => self.order_behind(guard, *order_no).await?,
            None => None,
        };
        let holder = holder.filter(|order| order.status.is_active());
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let order_no = self.numbers.next(tx.conn(), origin.source, now).await?;
        let kept_at = (situation.device_id, port);
        let mut kept = self
            .reservation_for_in(&mut tx, kept_at, origin.payer.as_deref())
            .await?;
        let within_day = self.within_day_in(&mut tx, origin, plan).await?;
        let within_day = within_day.map(|amount| StartPlan {
            amount,
            ..plan.clone()
        });
        let plan = within_day.as_ref().unwrap_or(plan);
        let mut paid = None;
        let mut frozen = Hold::default();
        if let Some(payer) = &origin.payer {
            let wanted = self
                .company_agrees(&mut tx, payer, situation.device_id, plan.amount)
                .await?;
            frozen = self
                .hold_in(&mut tx, payer, order_no, wanted, Strictness::Required)
                .await?;
            paid = Some(StartPlan {
                amount: frozen.limit,
                ..plan.clone()
            });
        }
        let plan = paid.as_ref().unwrap_or(plan);
        let place = (situation.device_id, port);
        let mut tariff = self.tariff_of(&mut tx, phy_id, port, plan, now).await?;
        let ebike = self
            .plan_of(&mut tx, place, plan, tariff.is_some(), now)
            .await?;
        let limited = ebike
            .as_ref()
            .map(|snapshot| snapshot.limited(plan.clone()));
        let limited = limited.transpose().map_err(semantic)?;
        if ebike.is_some() {
            tariff = None;
        }
        let plan = limited.as_ref().unwrap_or(plan);
        let wish = Wish {
            origin,
            caller,
            plan,
            tariff,
            ebike,
        };
        let mut transition = self.create_order(
            wish,
            phy_id,
            situation,
            holder.as_ref(),
            (order_no, kept.is_some()),
        )?;
        let mut replaced = None;
        if let Some(holder) = holder {
            replaced = Some(self.replace_in(&mut tx, &holder, &caller.actor()).await?);
        }
        // A connected device is handed its command with the commit, if there is one.
        let waits = origin.begins == Begins::AfterPayment;
        transition.order.start_sent |= !waits && self.reach_of(phy_id) == Reach::Here;
        match orders::insert(tx.conn(), &mut transition.order).await {
            Ok(_) => {}
            Err(error) if error.violates(constraint::ONE_ACTIVE_ORDER_PER_PORT) => {
                tx.rollback().await?;
                return Err(self.busy_port(situation.device_id, port).await?);
            }
            Err(error) => return Err(error.into()),
        }
        self.write_hold(&mut tx, &transition.order, frozen, origin.wishes)
            .await?;
        let mut opens = false;
        if let Some(row) = &mut kept {
            opens = self.use_reservation_in(&mut tx, row, order_no).await?;
        }
        let mut after = Aftermath::default();
        self.write_effects(&mut tx, &transition, &caller.actor(), &mut after)
            .await?;
        let mut guard = self.orders.lock(order_no).await;
        // Should the commit be cut off, the sweep looks whether the order is there.
        guard.forget();
        if let (Some((_, held)), true) = (&mut held, replaced.is_some()) {
            held.forget();
        }
        tx.commit().await?;
        let mut old_no = None;
        if let (Some((_, mut held)), Some((old, old_after))) = (held, replaced) {
            old_no = Some(old.order.order_no);
            self.keep_order(&mut held, old.order.clone());
            drop(held);
            announce(&old);
            self.hint_order(&old.order);
            // The older order's stop goes out, and its port is released, first.
            self.follow_up(old_after);
        }
        self.keep_order(&mut guard, transition.order.clone());
        drop(guard);
        announce(&transition);
        self.hint_order(&transition.order);
        self.follow_up(after);
        if let Some(row) = &kept {
            self.reservation_gone(row, opens).await;
        }
        Ok(Started {
            order: transition.order,
            held: frozen.sums.total(),
            parallel: None,
            replaced: old_no,
        })
    }

    fn create_order(
        &self,
        mut wish: Wish<'_>,
        phy_id: &PhyId,
        situation: &Situation,
        holder: Option<&Order>,
        (order_no, arrives): (OrderNo, bool),
    ) -> Result<Transition, AppError> {
        let (port, origin) = (situation.port, wish.origin);
        let mut sent = wish.plan.charge_plan(order_no, port);
        let (at, count) = serial_seed(order_no, origin.source);
        let asked = self.live.read(phy_id, |live| {
            let protocol = &live.protocol;
            sent.serial = protocol.serial(phy_id, port, order_no, at, count);
            let mut told = sent.clone();
            told.proposed_session = origin.proposed_session;
            if let Some(snapshot) = &mut wish.ebike {
                told = holdable(snapshot, &told, |command| {
                    protocol.check(&live.profile, command).is_ok()
                });
            }
            let command = Command::StartCharge(told);
            let checked = protocol.check(&live.profile, &command);
            (checked.err(), protocol.queues(&command))
        });
        let (fault, queues) = asked.unwrap_or((None, false));
        let replacing = wish.caller.port_conflict == PortConflictPolicy::Replace;
        let device = DeviceSituation {
            status: situation.lifecycle,
            online: self.is_online(phy_id),
            may_queue: origin.may_queue && queues,
            overloaded: situation.overloaded,
            port: self.port_facts((phy_id, port), holder, replacing, arrives),
            check: fault.as_ref().map_or(Ok(()), Err),
        };
        let mut policy = self.policy_of(phy_id);
        policy.service_fee_mode = wish.caller.service_fee_mode;
        let ctx = Context {
            now: self.now(),
            policy: &policy,
            port_taken: false,
        };
        let new = NewOrder {
            order_no,
            device_id: situation.device_id,
            phy_id: phy_id.clone(),
            port_no: port,
            source: origin.source,
            api_key_id: wish.caller.api_key,
            trace: Some(current_trace().unwrap_or_else(new_trace)),
            payer: origin.payer.clone(),
            card_no: origin.card_no.clone(),
            physical_card: origin.physical_card.clone(),
            vin: origin.vin.clone(),
            trade_no: sent.serial,
            proposed_session: origin.proposed_session,
            parallel_no: origin.parallel_no.clone(),
            begins: origin.begins,
            tariff: wish.tariff,
            ebike: wish.ebike,
            plan: wish.plan.clone(),
        };
        let created = create(new, &device, &ctx).map_err(refused)?;
        if created.order.is_unpriced() {
            return Err(AppError::Conflict(NO_PRICE));
        }
        Ok(created)
    }

    /// The port as it is, or as it will be once the order that holds it has made room, or the
    /// member has arrived for whom it is kept.
    fn port_facts(
        &self,
        (phy_id, port): (&PhyId, PortNo),
        holder: Option<&Order>,
        replacing: bool,
        arrives: bool,
    ) -> Option<PortFacts> {
        let memory = self.live.read(phy_id, |live| match live.port(port) {
            Some(known) if live.locks(port) => Some(PortMemory {
                state: PortState::Disabled,
                ..known.memory.clone()
            }),
            Some(known) => Some(known.memory.clone()),
            // Nothing at all is known of its ports yet.
            None if live.ports.is_empty() && live.registration.port_count.is_none() => {
                Some(PortMemory::default())
            }
            None => None,
        })??;
        let makes_room = holder.is_some() && replacing;
        let is_kept = arrives && memory.state == PortState::Reserved;
        let memory = if makes_room || is_kept {
            port::moved(&memory, port, PortMove::Release).memory
        } else {
            memory
        };
        let active = holder.filter(|_| !makes_room).map(|order| ActiveOrder {
            order_no: order.order_no,
            status: order.status,
        });
        Some(PortFacts {
            state: memory.state,
            active,
        })
    }

    /// Ends the order that holds the port, in the transaction of the one that takes it.
    async fn replace_in(
        &self,
        tx: &mut Tx,
        holder: &Order,
        actor: &str,
    ) -> Result<(Transition, Aftermath), AppError> {
        let policy = self.policy_of(&holder.phy_id);
        let ctx = self.context(holder, &policy);
        let mut transition = apply(holder, OrderEvent::Replaced, &ctx)
            .map_err(|_| AppError::NotFound("active session"))?;
        if !orders::update(tx.conn(), &mut transition.order).await? {
            return Err(busy(holder));
        }
        let mut after = Aftermath::default();
        self.write_effects(tx, &transition, actor, &mut after)
            .await?;
        Ok((transition, after))
    }

    /// Who holds a port that was free a moment ago.
    async fn busy_port(&self, device: DeviceId, port: PortNo) -> Result<AppError, AppError> {
        let mut view = self.db.view().await?;
        let held = orders::find_active(view.conn(), device, port).await?;
        Ok(held.map_or(AppError::Conflict("port is busy"), |held| busy(&held)))
    }
}

/// The start command that tells a device as much of a plan as it can hold; what it was told is
/// kept with the plan.
fn holdable(
    snapshot: &mut PlanSnapshot,
    plain: &ChargePlan,
    fits: impl Fn(&Command) -> bool,
) -> ChargePlan {
    let mut told = plain.clone();
    for telling in snapshot.tellings() {
        snapshot.told = telling;
        told = plain.clone();
        snapshot.tell(&mut told);
        if fits(&Command::StartCharge(told.clone())) {
            break;
        }
    }
    told
}

/// A wish that the plan cannot fulfil.
pub(crate) fn semantic(fault: RequestFault) -> AppError {
    AppError::Semantic {
        field: fault.field,
        problem: fault.problem,
    }
}

/// A refusal in the words of this crate.
fn refused(refusal: StartRefusal) -> AppError {
    match refusal {
        StartRefusal::DeviceDisabled => AppError::Conflict("device disabled"),
        StartRefusal::DeviceInMaintenance => AppError::Conflict("device in maintenance"),
        StartRefusal::ProtocolRetired | StartRefusal::Unsupported(CommandFault::Retired) => {
            AppError::Conflict("protocol_retired")
        }
        StartRefusal::PortMissing(port) => AppError::Semantic {
            field: "port_no".to_owned(),
            problem: format!("device has no port {port}"),
        },
        StartRefusal::PortFault => AppError::Conflict("port fault"),
        StartRefusal::PortDisabled => AppError::Conflict("port disabled"),
        StartRefusal::PortBusy {
            port_no,
            current: Some(current),
        } => AppError::PortBusy {
            order_no: current.order_no,
            port: port_no,
            status: current.status,
        },
        StartRefusal::PortBusy { current: None, .. } => AppError::Conflict("port is busy"),
        StartRefusal::PortReserved => AppError::Conflict("port is reserved"),
        StartRefusal::NoIdlePort => AppError::Conflict("no idle port"),
        StartRefusal::DeviceOverloaded => AppError::Conflict("device power limit reached"),
        StartRefusal::DeviceOffline => AppError::Conflict("device offline"),
        StartRefusal::Unsupported(fault) => fault.into(),
    }
}

fn busy(held: &Order) -> AppError {
    AppError::PortBusy {
        order_no: held.order_no,
        port: held.port_no,
        status: held.status,
    }
}
