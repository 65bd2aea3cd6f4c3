//! One search over everything that has a number or a name: each kind that the searcher may see,
//! a few hits of each.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::order::NumberPart;
use domain::org::Scope;
use kernel::{OrderNo, PhyId, Timestamp, TraceId};
use std::time::Duration;
use store::PageRequest;
use store::audit_logs::{AuditFilter, AuditLine};
use store::comm_logs::CommLogFilter;
use store::commands::{self, CommandFilter};
use store::events::EventFilter;
use store::members::MemberFilter;
use store::orders::{self, OrderFilter};
use store::row_owners::{self, Addressed};

/// Hits of each kind.
const HITS_MAX: u32 = 10;
/// Frames of an order are looked for from so long before it until so long after it.
const AROUND: Duration = Duration::from_mins(5);
/// An order that has not ended is looked at so long.
const ORDER_MAX: Duration = Duration::from_hours(24);

/// Characters of a vehicle's identification number (ISO 3779).
const VIN_LENGTH: usize = 17;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By which it is addressed: a number or an id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Its state, or what it is about.
    pub detail: Option<String>,
    /// The device, where it is about one.
    pub phy_id: Option<PhyId>,
    /// The order, where it is about one.
    pub order_no: Option<OrderNo>,
    /// When it began.
    pub at: Option<Timestamp>,
}

/// What was found of one kind.
#[derive(Clone, Debug)]
pub struct FoundGroup {
    /// `orders`, `devices`, `commands`, `frames`, `webhooks`, `audit`, `members`,
    /// `vehicles`.
    pub kind: &'static str,
    /// The newest, at most ten.
    pub hits: Vec<Found>,
    /// How many there are; counted up to 10 000.
    pub total: i64,
}

/// What somebody typed, and what it may be.
struct Words {
    text: String,
    order: Option<OrderNo>,
    device: Option<PhyId>,
    trace: Option<TraceId>,
}

impl App {
    /// Looks for a number or a name; kinds that the searcher may not see are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn search(&self, actor: &Actor, said: &str) -> Result<Vec<FoundGroup>, AppError> {
        let scope = actor.scope();
        let words = self.words(said, &scope).await?;
        let mut groups = Vec::new();
        if actor.has("order.charge.view") {
            groups.push(self.find_orders(&words, &scope).await?);
        }
        if actor.has("device.device.view") {
            groups.push(self.find_device(&words).await?);
        }
        if actor.has("ops.command.view") {
            groups.push(Box::pin(self.find_commands(&words, &scope)).await?);
        }
        if actor.has("ops.commlog.view") {
            groups.push(Box::pin(self.find_frames(&words, &scope)).await?);
        }
        // Events say nothing of whose they are.
        if actor.has("ops.webhook.view") && actor.is_platform() {
            groups.push(self.find_events(&words).await?);
        }
        if actor.has("system.audit.view") {
            groups.push(self.find_audit(&words, &scope).await?);
        }
        if actor.has("user.member.view") {
            groups.push(self.find_members(&words, &scope).await?);
        }
        if actor.has("user.vehicle.view") {
            groups.push(self.find_vehicles(&words, &scope).await?);
        }
        groups.retain(|group| !group.hits.is_empty());
        Ok(groups)
    }

    /// A device or an order of somebody else is none.
    async fn words(&self, said: &str, scope: &Scope) -> Result<Words, AppError> {
        let mut text = said.trim().to_owned();
        let mut view = self.db.view().await?;
        let trace = text.parse::<TraceId>().ok();
        // A flow is found by its order, as far as it has come to one.
        if let Some(trace) = trace
            && let Some(order_no) = orders::of_trace(view.conn(), trace).await?
        {
            text = order_no.to_string();
        }
        let order = text.parse::<OrderNo>().ok();
        let order_seen = row_owners::is_seen(view.conn(), Addressed::Order, &text, scope).await?;
        let device_seen = row_owners::is_seen(view.conn(), Addressed::Device, &text, scope).await?;
        let device = text.parse::<PhyId>().ok();
        Ok(Words {
            order: order.filter(|_| order_seen),
            device: device.filter(|_| device_seen),
            trace,
            text,
        })
    }

    async fn find_orders(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let number = NumberPart::parse(&words.text);
        let filter = OrderFilter {
            phy_id: words.device.clone(),
            number: number.filter(|_| words.device.is_none()),
            scope: scope.clone(),
            ..OrderFilter::default()
        };
        if filter.phy_id.is_none() && filter.number.is_none() {
            return Ok(nothing("orders"));
        }
        let page = self.list_orders(&filter, few()).await?;
        let hits = page.items.into_iter().map(|order| Found {
            id: order.order_no.to_string(),
            title: order.status.as_str().to_owned(),
            detail: order.end_reason.map(|reason| reason.as_str().to_owned()),
            phy_id: Some(order.phy_id.clone()),
            order_no: Some(order.order_no),
            at: Some(order.created_at),
        });
        Ok(group("orders", hits.collect(), page.total))
    }

    async fn find_device(&self, words: &Words) -> Result<FoundGroup, AppError> {
        let Some(device) = &words.device else {
            return Ok(nothing("devices"));
        };
        let found = self.device_summary(device).await?;
        let state = if found.online { "online" } else { "offline" };
        let hit = Found {
            id: device.to_string(),
            title: found.row.name.unwrap_or_else(|| device.to_string()),
            detail: Some(state.to_owned()),
            phy_id: Some(device.clone()),
            order_no: None,
            at: found.last_seen_at,
        };
        Ok(group("devices", vec![hit], 1))
    }

    async fn find_commands(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let named = words.order.is_none() && words.device.is_none() && words.trace.is_none();
        let filter = CommandFilter {
            order_no: words.order.filter(|_| words.trace.is_none()),
            trace: words.trace,
            phy_id: words.device.clone(),
            cmd: named.then(|| words.text.clone()),
            scope: scope.clone(),
            ..CommandFilter::default()
        };
        let page = self.commands(&filter, few()).await?;
        let hits = page.items.into_iter().map(|found| Found {
            id: found.row.id.to_string(),
            title: found.row.cmd.clone(),
            detail: Some(found.row.state.as_str().to_owned()),
            phy_id: Some(found.row.phy_id.clone()),
            order_no: found.row.order_no,
            at: Some(found.row.created_at),
        });
        Ok(group("commands", hits.collect(), page.total))
    }

    async fn find_frames(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let mut filter = CommLogFilter {
            scope: scope.clone(),
            ..CommLogFilter::default()
        };
        if let Some(order_no) = words.order {
            let order = self.order(order_no).await?;
            let until = order.end_time.unwrap_or(order.created_at + ORDER_MAX);
            filter.phy_id = Some(order.phy_id.clone());
            filter.from = Some(order.created_at - AROUND);
            filter.until = Some(until + AROUND);
        } else if let Some(device) = &words.device {
            filter.phy_id = Some(device.clone());
        } else if let Some(trace) = words.trace {
            let mut view = self.db.view().await?;
            let Some((device, at)) = commands::first_of_trace(view.conn(), trace).await? else {
                return Ok(nothing("frames"));
            };
            drop(view);
            filter.phy_id = Some(device);
            filter.from = Some(at);
            filter.until = Some(at + AROUND);
        } else {
            filter.kind = Some(words.text.clone());
        }
        let page = self.comm_log_lines(&filter, false, few()).await?;
        let hits = page.items.into_iter().map(|frame| Found {
            id: frame.line.id.to_string(),
            title: frame.line.kind,
            detail: Some(frame.line.direction),
            phy_id: frame.line.phy_id,
            order_no: words.order,
            at: Some(frame.line.at),
        });
        Ok(group("frames", hits.collect(), page.total))
    }

    async fn find_events(&self, words: &Words) -> Result<FoundGroup, AppError> {
        let named = words.order.is_none() && words.device.is_none();
        let filter = EventFilter {
            order_no: words.order,
            phy_id: words.device.clone(),
            event_type: named.then(|| words.text.clone()),
        };
        let page = self.events(&filter, few()).await?;
        let hits = page.items.into_iter().map(|event| Found {
            id: event.event_id,
            title: event.event_type,
            detail: None,
            phy_id: event.phy_id,
            order_no: event.order_no,
            at: Some(event.occurred_at),
        });
        Ok(group("webhooks", hits.collect(), page.total))
    }

    /// By what was done, or to what.
    async fn find_audit(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let text = &words.text;
        let mut hits: Vec<AuditLine> = Vec::new();
        let mut total = 0;
        let by_order = words.order.map(|order_no| format!("order:{order_no}"));
        let by_device = words
            .device
            .as_ref()
            .map(|device| format!("device:{device}"));
        let objects = [by_order, by_device, Some(text.clone())];
        let by_object = objects.into_iter().flatten().map(|object| AuditFilter {
            object: Some(object),
            scope: scope.clone(),
            ..AuditFilter::default()
        });
        let by_action = AuditFilter {
            action: Some(text.clone()),
            scope: scope.clone(),
            ..AuditFilter::default()
        };
        let filters: Vec<AuditFilter> = by_object.chain([by_action]).collect();
        for filter in filters {
            let page = self.list_audit(&filter, few()).await?;
            total += page.total;
            hits.extend(page.items);
        }
        hits.sort_by_key(|line| std::cmp::Reverse(line.id));
        hits.dedup_by_key(|line| line.id);
        let hits = hits
            .into_iter()
            .take(usize::try_from(HITS_MAX).unwrap_or(10));
        let hits = hits.map(|line| Found {
            id: line.id.to_string(),
            title: line.action,
            detail: line.object,
            phy_id: None,
            order_no: None,
            at: Some(line.at),
        });
        Ok(group("audit", hits.collect(), total))
    }

    /// By the whole telephone number, which is not shown.
    async fn find_members(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let is_phone =
            words.text.len() == 11 && words.text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_phone {
            return Ok(nothing("members"));
        }
        let filter = MemberFilter {
            phone: Some(words.text.clone()),
            scope: scope.clone(),
            ..MemberFilter::default()
        };
        let page = self.list_members(&filter, None, few()).await?;
        let hits = page.items.into_iter().map(|line| Found {
            id: line.member.id.to_string(),
            title: "member".to_owned(),
            detail: line.company,
            phy_id: None,
            order_no: None,
            at: None,
        });
        Ok(group("members", hits.collect(), page.total))
    }

    /// By the whole licence plate or VIN. What was typed names what is found: the other of the
    /// two may not be for the searcher's eyes.
    async fn find_vehicles(&self, words: &Words, scope: &Scope) -> Result<FoundGroup, AppError> {
        let text = words.text.to_uppercase();
        let (vin, plate) = if text.chars().count() == VIN_LENGTH {
            (Some(text.as_str()), None)
        } else {
            (None, Some(text.as_str()))
        };
        let page = self.list_vehicles(scope, vin, plate, None, few()).await?;
        let hits = page.items.into_iter().map(|row| Found {
            id: text.clone(),
            title: text.clone(),
            detail: Some(row.entry.vehicle.status.as_str().to_owned()),
            phy_id: None,
            order_no: None,
            at: None,
        });
        Ok(group("vehicles", hits.collect(), page.total))
    }
}

const fn few() -> PageRequest {
    PageRequest {
        page: 1,
        size: HITS_MAX,
    }
}

const fn nothing(kind: &'static str) -> FoundGroup {
    group(kind, Vec::new(), 0)
}

const fn group(kind: &'static str, hits: Vec<Found>, total: i64) -> FoundGroup {
    FoundGroup { kind, hits, total }
}
