//! Somebody wants a charge to end.

use crate::attachment::Attachment;
use crate::cluster::Reach;
use crate::{App, AppError, Caller};
use device::EndReason;
use domain::order::{Actor, Order, OrderEvent};
use kernel::{OrderNo, PhyId, PortNo};
use std::time::Duration;

/// No such charge is going on.
const NO_SESSION: AppError = AppError::NotFound("active session");

/// The orders of one vehicle are made so close to each other.
const BEGUN_TOGETHER: Duration = Duration::from_mins(2);

/// Which charge is to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopRequest {
    /// Its port.
    pub port: Option<PortNo>,
    /// Its number. With a port as well, both must fit.
    pub order_no: Option<OrderNo>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
}

/// A stop that is under way.
#[derive(Clone, Debug)]
pub struct Stopping {
    /// The order: charging with a requested stop, or cancelled when it had not begun.
    pub order: Order,
}

impl App {
    /// Stops the charge of a port. Asked again it changes nothing; a device that is away hears
    /// of it when it returns.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the device is unknown or no such charge is going on.
    pub async fn stop_charging(
        &self,
        caller: &Caller,
        phy_id: &PhyId,
        request: StopRequest,
    ) -> Result<Stopping, AppError> {
        self.require(phy_id).await?;
        let order_no = self.active_order(phy_id, &request).await?;
        let waits = self.live.read(phy_id, |live| live.protocol.stops_wait());
        if waits == Some(false) && self.reach_of(phy_id) == Reach::Away {
            return Err(AppError::Conflict("device offline"));
        }
        let event = OrderEvent::StopRequested {
            reason: EndReason::RemoteStop,
            actor: Actor::Api(request.reason),
        };
        let partner = self.partner_of(phy_id, order_no).await;
        // The partner first: who asks again names the order that was meant.
        if let Some(partner) = partner {
            let stopped = self
                .apply(partner, event.clone(), Attachment::None, &caller.actor())
                .await;
            match stopped {
                Ok(_) | Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let applied = self
            .apply(order_no, event, Attachment::None, &caller.actor())
            .await?;
        Ok(Stopping {
            order: applied.ok_or(NO_SESSION)?.order,
        })
    }

    /// The other order of a vehicle that two ports feed: who stops one of them means the vehicle.
    async fn partner_of(&self, phy_id: &PhyId, order_no: OrderNo) -> Option<OrderNo> {
        let order = self.order_now(order_no).await.ok().flatten()?;
        let number = order.parallel_no.as_ref()?;
        for other in self.orders.of_device(phy_id) {
            let Some(held) = self.order_now(other).await.ok().flatten() else {
                continue;
            };
            let (one, two) = (held.created_at, order.created_at);
            // A pile may give its own number again.
            let at_once = one.since(two).max(two.since(one)) <= BEGUN_TOGETHER;
            if other != order_no && held.parallel_no.as_ref() == Some(number) && at_once {
                return Some(other);
            }
        }
        None
    }

    /// Takes an order back: a pending one is cancelled, a charging one stopped.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such order or it is over.
    pub async fn cancel_order(
        &self,
        caller: &Caller,
        order_no: OrderNo,
        reason: &str,
    ) -> Result<(), AppError> {
        let event = OrderEvent::StopRequested {
            reason: EndReason::UserStop,
            actor: Actor::Api(Some(reason.to_owned())),
        };
        let applied = self
            .apply(order_no, event, Attachment::None, &caller.actor())
            .await?;
        applied.map(|_| ()).ok_or(AppError::NotFound("order"))
    }

    /// Fails unless the device is one of ours.
    pub(crate) async fn require(&self, phy_id: &PhyId) -> Result<(), AppError> {
        if self.live.read(phy_id, |_| ()).is_some() || self.ensure_live(phy_id).await? {
            return self.freshen(phy_id).await;
        }
        Err(AppError::NotFound("device"))
    }

    async fn active_order(
        &self,
        phy_id: &PhyId,
        request: &StopRequest,
    ) -> Result<OrderNo, AppError> {
        match (request.order_no, request.port) {
            (Some(order_no), port) => {
                let order = self.order_now(order_no).await?.ok_or(NO_SESSION)?;
                let fits = order.phy_id == *phy_id && port.is_none_or(|port| port == order.port_no);
                if fits && order.status.is_active() {
                    Ok(order_no)
                } else {
                    Err(NO_SESSION)
                }
            }
            (None, Some(port)) => self.orders.on_port(phy_id, port).ok_or(NO_SESSION),
            (None, None) => Err(AppError::Invalid {
                field: "port_no".to_owned(),
                problem: "is required".to_owned(),
            }),
        }
    }
}
