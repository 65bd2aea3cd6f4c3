//! Cards at readers and vehicles at guns: whether they may charge, and the start that follows.

use crate::attachment::Attachment;
use crate::card_day::OVER_DAY;
use crate::money::{BALANCE_TOO_LOW, Funds, UNPAID_DEBT};
use crate::origin::Origin;
use crate::start_charging::NO_PRICE;
use crate::{App, AppError, Caller};
use device::{
    CardRefusal, CardStart, CardSwipe, CardVerdict, ChargeMode, ChargePlan, EndReason, VinOffer,
};
use domain::card::{self, Bearer, Card, Situation, Vehicle};
use domain::order::{Actor, Begins, Order, OrderEvent, OrderSource, OrderStatus};
use domain::payer::Payer;
use domain::policy::PortConflictPolicy;
use domain::request::{PortChoice, StartPlan};
use kernel::{DeviceId, Fen, MemberId, PhyId, PortNo};
use store::{members, orders};
use tracing::info;

/// Who wants to charge, once known.
struct Guest {
    what: &'static str,
    balance: Fen,
    plan: StartPlan,
    origin: Origin,
}

/// The place where a card was held or a vehicle was plugged in.
struct Spot {
    device_id: DeviceId,
    lifecycle: domain::device_status::DeviceStatus,
    station_id: Option<i64>,
    card_start: CardStart,
}

impl App {
    /// A card was held to a reader.
    pub(crate) async fn card_swiped(
        &self,
        device: &PhyId,
        swipe: &CardSwipe,
    ) -> Result<CardVerdict, AppError> {
        let Some(spot) = self.spot(device) else {
            return Ok(refused(CardRefusal::NotServed, Fen::ZERO));
        };
        let found = self.find_card(&swipe.card_no, swipe.physical_no.as_deref());
        let Some(row) = found.await? else {
            return Ok(told(device, swipe.port, "card", refused_unknown()));
        };
        let (mut card, owner) = (row.card, row.org_path);
        let payer = card.payer();
        let agreed = card.limit;
        let owing = self.reach(payer.as_ref(), &mut card.limit).await?;
        if let Some(verdict) = self.at_occupied_port(device, swipe.port, &card).await? {
            return Ok(told(device, swipe.port, "card", verdict));
        }
        if !self
            .serves(device, payer.as_ref(), owner.as_deref())
            .await?
        {
            return Ok(told(device, swipe.port, "card", refused_unknown()));
        }
        if !self.may_charge(card.member()).await? {
            let verdict = refused(CardRefusal::Blocked, Fen::ZERO);
            return Ok(told(device, swipe.port, "card", verdict));
        }
        let mut view = self.db.view().await?;
        let in_use =
            orders::card_in_use(view.conn(), &card.card_no, spot.device_id, swipe.port).await?;
        drop(view);
        let situation = Situation {
            now: self.now(),
            device: spot.lifecycle,
            station_id: spot.station_id,
            password: swipe.password.as_ref(),
            in_use,
            min_start: self.money_rules().min_start,
        };
        let verdict = match card::admit(&card, &situation) {
            Bearer::Refused(reason) => refused(reason, card.limit),
            Bearer::AskPassword => CardVerdict::AskPassword {
                balance: card.limit,
            },
            Bearer::Welcome if owing => refused(CardRefusal::Unsettled, card.limit),
            Bearer::Welcome => {
                let guest = guest_of_card(&card, agreed, swipe, spot.card_start);
                self.begin(device, spot.card_start, guest).await?
            }
        };
        Ok(told(device, swipe.port, "card", verdict))
    }

    /// A vehicle was plugged in and offers its number.
    pub(crate) async fn vin_offered(
        &self,
        device: &PhyId,
        offer: &VinOffer,
    ) -> Result<CardVerdict, AppError> {
        let Some(spot) = self.spot(device) else {
            return Ok(refused(CardRefusal::NotServed, Fen::ZERO));
        };
        let unknown = refused(CardRefusal::VehicleUnknown, Fen::ZERO);
        let Some(row) = self.find_vehicle(offer).await? else {
            return Ok(told(device, offer.port, "vin", unknown));
        };
        let (mut vehicle, owner) = (row.entry.vehicle, row.org_path);
        let payer = vehicle.payer();
        let agreed = vehicle.limit;
        let owing = self.reach(payer.as_ref(), &mut vehicle.limit).await?;
        if let Some(order) = self.order_at(device, offer.port).await {
            let verdict = if order.vin.as_ref() == Some(&vehicle.vin) {
                again(&order, vehicle.limit)
            } else {
                refused(CardRefusal::PortUnavailable, vehicle.limit)
            };
            return Ok(told(device, offer.port, "vin", verdict));
        }
        if !self
            .serves(device, payer.as_ref(), owner.as_deref())
            .await?
        {
            return Ok(told(device, offer.port, "vin", unknown));
        }
        if !self.may_charge(vehicle.member).await? {
            let verdict = refused(CardRefusal::Blocked, Fen::ZERO);
            return Ok(told(device, offer.port, "vin", verdict));
        }
        let mut view = self.db.view().await?;
        let in_use =
            orders::vehicle_in_use(view.conn(), &vehicle.vin, spot.device_id, offer.port).await?;
        drop(view);
        let situation = Situation {
            now: self.now(),
            device: spot.lifecycle,
            station_id: spot.station_id,
            password: None,
            // The other gun of a parallel charge is the same vehicle.
            in_use: in_use && offer.parallel.is_none(),
            min_start: self.money_rules().min_start,
        };
        let verdict = match card::admit_vehicle(&vehicle, &situation) {
            Bearer::Refused(reason) => refused(reason, vehicle.limit),
            Bearer::AskPassword => refused(CardRefusal::NotServed, vehicle.limit),
            Bearer::Welcome if owing => refused(CardRefusal::Unsettled, vehicle.limit),
            Bearer::Welcome => {
                // Whoever asks with a vehicle waits for the number of its order.
                let start = match spot.card_start {
                    CardStart::ByDevice => CardStart::ByAnswer,
                    other => other,
                };
                let guest = guest_of_vehicle(&vehicle, agreed, offer, start);
                self.begin(device, start, guest).await?
            }
        };
        Ok(told(device, offer.port, "vin", verdict))
    }

    /// Whether the member behind a card or vehicle, if there is one, is neither frozen nor
    /// blacklisted.
    async fn may_charge(&self, member: Option<MemberId>) -> Result<bool, AppError> {
        let Some(member) = member else {
            return Ok(true);
        };
        let mut view = self.db.view().await?;
        let found = members::find(view.conn(), member).await?;
        Ok(found.is_some_and(|member| member.is_active()))
    }

    /// What a device shows for a card.
    pub(crate) async fn balance_asked(&self, card_no: &str) -> Result<Fen, AppError> {
        let card = self.find_card(card_no, None).await?.map(|row| row.card);
        let served = card.filter(|card| card.status.refusal().is_none());
        let Some(mut card) = served else {
            return Ok(Fen::ZERO);
        };
        self.reach(card.payer().as_ref(), &mut card.limit).await?;
        Ok(card.limit)
    }

    /// Cuts a limit to what its payer has; whether something is owed from before.
    pub(crate) async fn reach(
        &self,
        payer: Option<&Payer>,
        limit: &mut Fen,
    ) -> Result<bool, AppError> {
        let Some(payer) = payer else {
            return Ok(false);
        };
        match self.funds(payer).await? {
            Funds::Enough(funds) => {
                *limit = funds.min(*limit);
                Ok(false)
            }
            Funds::Owing => Ok(true),
        }
    }

    fn spot(&self, device: &PhyId) -> Option<Spot> {
        self.live.read(device, |live| Spot {
            device_id: live.id,
            lifecycle: live.lifecycle,
            station_id: live.station_id,
            card_start: live.protocol.card_start(&live.profile),
        })
    }

    async fn order_at(&self, device: &PhyId, port: PortNo) -> Option<Order> {
        let order_no = self.orders.on_port(device, port)?;
        let order = self.orders.peek(order_no).await?;
        order.status.is_active().then_some(order)
    }

    /// A card at a port that has an order: the same card again stops it, or asks once more
    /// because the first answer was lost; another card has to wait.
    async fn at_occupied_port(
        &self,
        device: &PhyId,
        port: PortNo,
        card: &Card,
    ) -> Result<Option<CardVerdict>, AppError> {
        let Some(order) = self.order_at(device, port).await else {
            return Ok(None);
        };
        if order.card_no.as_ref() != Some(&card.card_no) {
            return Ok(Some(refused(CardRefusal::PortUnavailable, card.limit)));
        }
        if order.status == OrderStatus::Charging {
            let event = OrderEvent::StopRequested {
                reason: EndReason::UserStop,
                actor: Actor::Card,
            };
            let stopped = self.apply(order.order_no, event, Attachment::None, "card");
            match stopped.await {
                // It has ended in this very moment, which is what the card asks for.
                Ok(_) | Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            return Ok(Some(CardVerdict::Accepted {
                balance: card.limit,
                plan: None,
            }));
        }
        Ok(Some(again(&order, card.limit)))
    }

    /// Makes the order of a welcome guest.
    async fn begin(
        &self,
        device: &PhyId,
        start: CardStart,
        guest: Guest,
    ) -> Result<CardVerdict, AppError> {
        let balance = guest.balance;
        if start == CardStart::ByDevice {
            if self.over_day(&guest.origin, &guest.plan).await? {
                return Ok(refused(CardRefusal::DailyLimit, balance));
            }
            return Ok(CardVerdict::Accepted {
                balance,
                plan: None,
            });
        }
        let caller = at_device(guest.what, self);
        match self
            .start_from(&guest.origin, &caller, device, guest.plan)
            .await
        {
            Ok(started) => Ok(CardVerdict::Accepted {
                balance,
                plan: plan_of(&started.order, start),
            }),
            Err(AppError::Unavailable) => Err(AppError::Unavailable),
            Err(AppError::Conflict("device disabled" | "device in maintenance")) => {
                Ok(refused(CardRefusal::DeviceDisabled, balance))
            }
            Err(AppError::Conflict(NO_PRICE)) => Ok(refused(CardRefusal::NotServed, balance)),
            Err(AppError::Conflict(BALANCE_TOO_LOW)) => {
                Ok(refused(CardRefusal::BalanceTooLow, balance))
            }
            Err(AppError::Conflict(UNPAID_DEBT)) => Ok(refused(CardRefusal::Unsettled, balance)),
            Err(AppError::Conflict(OVER_DAY)) => Ok(refused(CardRefusal::DailyLimit, balance)),
            Err(AppError::PortBusy { .. } | AppError::Conflict(_)) => {
                Ok(refused(CardRefusal::PortUnavailable, balance))
            }
            Err(_) => Ok(refused(CardRefusal::NotServed, balance)),
        }
    }
}

/// Logs and counts what a device is told.
fn told(device: &PhyId, port: PortNo, what: &'static str, verdict: CardVerdict) -> CardVerdict {
    let result = match &verdict {
        CardVerdict::Accepted { .. } => "accepted",
        CardVerdict::AskPassword { .. } => "ask_password",
        CardVerdict::Refused { reason, .. } => name_of(*reason),
    };
    info!(%device, port_no = port.0, what, result, "card or vehicle at the device");
    metrics::counter!("openpile_cards_total", "result" => result).increment(1);
    verdict
}

/// Whoever stands at the device.
pub(crate) fn at_device(what: &str, app: &App) -> Caller {
    Caller {
        api_key: None,
        name: what.to_owned(),
        port_conflict: PortConflictPolicy::Reject,
        service_fee_mode: app.settings.policy.service_fee_mode,
        settles_with_us: false,
    }
}

/// `agreed` is what the charge may cost at most, should more money come while it runs.
fn guest_of_card(card: &Card, agreed: Fen, swipe: &CardSwipe, start: CardStart) -> Guest {
    Guest {
        what: "card",
        balance: card.limit,
        plan: StartPlan {
            port: place(swipe.port),
            parallel_port: None,
            charge_mode: card.charge_mode,
            duration_s: card.duration_s,
            energy: card.energy,
            power_limit: None,
            amount: agreed,
            price_per_kwh: None,
            service_fee: None,
            plan_id: None,
            member_ref: None,
            notify_url: None,
        },
        origin: Origin {
            payer: card.payer().map(Box::new),
            card_no: Some(card.card_no.clone()),
            physical_card: swipe
                .physical_no
                .clone()
                .or_else(|| card.physical_no.clone()),
            proposed_session: swipe.proposed_session,
            parallel_no: swipe.parallel.clone(),
            begins: begins(start),
            ..Origin::from_source(OrderSource::Card, false)
        },
    }
}

fn guest_of_vehicle(vehicle: &Vehicle, agreed: Fen, offer: &VinOffer, start: CardStart) -> Guest {
    Guest {
        what: "vin",
        balance: vehicle.limit,
        plan: StartPlan {
            port: place(offer.port),
            parallel_port: None,
            charge_mode: ChargeMode::Full,
            duration_s: None,
            energy: None,
            power_limit: None,
            amount: agreed,
            price_per_kwh: None,
            service_fee: None,
            plan_id: None,
            member_ref: None,
            notify_url: None,
        },
        origin: Origin {
            payer: vehicle.payer().map(Box::new),
            card_no: vehicle.card_no.clone(),
            vin: Some(vehicle.vin.clone()),
            parallel_no: offer.parallel.clone(),
            begins: begins(start),
            ..Origin::from_source(OrderSource::Vin, false)
        },
    }
}

fn place(port: PortNo) -> PortChoice {
    if port == PortNo::AUTOMATIC {
        PortChoice::Automatic
    } else {
        PortChoice::Number(port)
    }
}

const fn begins(start: CardStart) -> Begins {
    match start {
        CardStart::ByCommand => Begins::ByCommand,
        CardStart::ByAnswer => Begins::ByAnswer,
        CardStart::ByDevice => Begins::ByDevice,
    }
}

fn plan_of(order: &Order, start: CardStart) -> Option<Box<ChargePlan>> {
    (start == CardStart::ByAnswer).then(|| Box::new(order.charge_plan()))
}

/// The same answer once more, for a device that did not hear it.
fn again(order: &Order, balance: Fen) -> CardVerdict {
    CardVerdict::Accepted {
        balance,
        plan: Some(Box::new(order.charge_plan())),
    }
}

const fn refused(reason: CardRefusal, balance: Fen) -> CardVerdict {
    CardVerdict::Refused { reason, balance }
}

const fn refused_unknown() -> CardVerdict {
    refused(CardRefusal::Unknown, Fen::ZERO)
}

const fn name_of(reason: CardRefusal) -> &'static str {
    match reason {
        CardRefusal::Unknown => "unknown",
        CardRefusal::Blocked => "blocked",
        CardRefusal::BalanceTooLow => "balance_too_low",
        CardRefusal::PortUnavailable => "port_unavailable",
        CardRefusal::NotServed => "not_served",
        CardRefusal::PasswordWrong => "password_wrong",
        CardRefusal::VehicleUnknown => "vehicle_unknown",
        CardRefusal::Unsettled => "unsettled",
        CardRefusal::NotAllowedHere => "not_allowed_here",
        CardRefusal::DeviceDisabled => "device_disabled",
        CardRefusal::Expired => "expired",
        CardRefusal::InUse => "in_use",
        CardRefusal::DailyLimit => "daily_limit",
    }
}
