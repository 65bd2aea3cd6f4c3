//! Charges that members start and stop with their telephones.

use crate::origin::Origin;
use crate::{App, AppError, Caller, Started};
use domain::order::{OrderEvent, OrderSource};
use domain::payer::Payer;
use domain::policy::PortConflictPolicy;
use domain::request::StartPlan;
use domain::settlement::Wishes;
use kernel::{MemberId, OrderNo, OrgId, PhyId};
use store::members::Member;
use store::order_money::{self, PaidBill};
use store::orders::{self, OrderFilter};
use store::{Page, PageRequest};

/// How a member pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayBy {
    /// Out of the wallet.
    #[default]
    Wallet,
    /// The company pays.
    Company,
    /// Afterwards.
    Later,
}

impl PayBy {
    /// From the API's text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "wallet" => Some(Self::Wallet),
            "company" => Some(Self::Company),
            "later" => Some(Self::Later),
            _ => None,
        }
    }
}

impl App {
    /// Starts a charge for a member, whose coupon it holds from then on. Points are taken when it
    /// is billed, as many as are there then.
    ///
    /// # Errors
    /// As [`App::start_charging`]; [`AppError::Conflict`] when the money does not reach, something
    /// is owed, nobody agreed to pay that way, or the coupon or the points are not free;
    /// [`AppError::Semantic`] for a coupon that is not for this charge.
    pub async fn start_for_member(
        &self,
        member: &Member,
        phy_id: &PhyId,
        plan: StartPlan,
        pay_by: PayBy,
        wishes: Wishes,
    ) -> Result<Started, AppError> {
        let id = member.member_id();
        if pay_by == PayBy::Company && wishes != Wishes::default() {
            return Err(AppError::Conflict("a company's charge takes no coupon"));
        }
        let payer = match (pay_by, member.company_id) {
            (PayBy::Wallet, _) => Payer::Wallet { member: id },
            (PayBy::Company, Some(org)) => Payer::Company {
                org: OrgId(org),
                member: Some(id),
            },
            (PayBy::Company, None) => return Err(AppError::Conflict("no company pays for you")),
            (PayBy::Later, _) if member.post_pay => Payer::PostPaid { member: id },
            (PayBy::Later, _) => return Err(AppError::Conflict("paying later is not agreed")),
        };
        let origin = Origin {
            payer: Some(Box::new(payer)),
            wishes,
            ..Origin::from_source(OrderSource::App, false)
        };
        // What a charge costs is the operator's word, not the telephone's.
        let plan = StartPlan {
            price_per_kwh: None,
            service_fee: None,
            notify_url: None,
            ..plan
        };
        self.start_from(&origin, &self.member_caller(id), phy_id, plan)
            .await
    }

    /// Stops a member's charge.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not the member's or not active.
    pub async fn stop_for_member(
        &self,
        member: MemberId,
        order_no: OrderNo,
    ) -> Result<(), AppError> {
        let order = self.member_order(member, order_no).await?;
        if !order.status.is_active() {
            return Err(AppError::NotFound("active session"));
        }
        let caller = self.member_caller(member);
        let stop = OrderEvent::StopRequested {
            reason: device::EndReason::UserStop,
            actor: domain::order::Actor::Member,
        };
        let actor = caller.actor();
        let applied = self
            .apply(order_no, stop, crate::attachment::Attachment::None, &actor)
            .await?;
        applied
            .map(|_| ())
            .ok_or(AppError::NotFound("active session"))
    }

    /// A member's order.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_order(
        &self,
        member: MemberId,
        order_no: OrderNo,
    ) -> Result<domain::order::Order, AppError> {
        let known = self.orders.peek(order_no).await;
        let order = if known.is_some() {
            known
        } else {
            let mut view = self.db.view().await?;
            orders::find_by_no(view.conn(), order_no).await?
        };
        let own = |order: &domain::order::Order| {
            order.payer.as_deref().and_then(Payer::member) == Some(member)
        };
        order.filter(own).ok_or(AppError::NotFound("order"))
    }

    /// A page of a member's orders, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_orders(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<domain::order::Order>, AppError> {
        let filter = OrderFilter {
            member: Some(member),
            ..OrderFilter::default()
        };
        self.list_orders(&filter, page).await
    }

    /// What a member bears of the bills of those orders of theirs.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn paid_bills(
        &self,
        member: MemberId,
        own: &[domain::order::Order],
    ) -> Result<Vec<PaidBill>, AppError> {
        let rows = || own.iter().map(|order| order.id);
        let (Some(first), Some(last)) = (rows().min(), rows().max()) else {
            return Ok(Vec::new());
        };
        let mut view = self.db.view().await?;
        Ok(order_money::paid_bills(view.conn(), member, first, last).await?)
    }

    pub(crate) fn member_caller(&self, member: MemberId) -> Caller {
        Caller {
            api_key: None,
            name: format!("member:{member}"),
            port_conflict: PortConflictPolicy::Reject,
            service_fee_mode: self.settings.policy.service_fee_mode,
            settles_with_us: false,
        }
    }
}
