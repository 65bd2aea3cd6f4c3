//! Points of a member, and the daily check-in.

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Failure};
use crate::payload::Filter;
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::{CheckInCalendar, PointsBalance};
use axum::extract::State;
use domain::checkin::CheckIn;
use serde::{Deserialize, Serialize};
use store::points::PointsLine;
use utoipa::{IntoParams, ToSchema};

/// A member's points.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointsOut {
    /// All of them; below zero when points are owed for a charge that was paid back.
    #[schema(example = 320)]
    balance: i64,
    /// What may be spent today, a hundred of them being worth one yuan.
    #[schema(example = 320)]
    available: i64,
    /// Those that end first.
    ending: Option<i64>,
    /// Their last day.
    #[schema(example = "2027-12-31")]
    ending_on: Option<String>,
}

impl From<PointsBalance> for PointsOut {
    fn from(points: PointsBalance) -> Self {
        Self {
            balance: points.balance,
            available: points.available.0,
            ending: points.ending.map(|(points, _)| points.0),
            ending_on: points.ending.map(|(_, day)| day.to_string()),
        }
    }
}

/// A movement of points.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointsLineOut {
    /// When, Unix seconds.
    at: i64,
    /// `order`, `checkin`, `spend`, `returned`, `reversed`, `expired`, `staff`.
    #[schema(example = "order")]
    reason: String,
    /// The order, the date … that it belongs to.
    biz_no: String,
    /// How many; less than nothing when they went away.
    #[schema(example = 20)]
    points: i64,
    /// How many there were then.
    balance: i64,
    /// Their last day, where they came.
    expires_on: Option<String>,
}

impl From<PointsLine> for PointsLineOut {
    fn from(line: PointsLine) -> Self {
        Self {
            at: line.created_at.unix_seconds(),
            reason: line.reason,
            biz_no: line.biz_no,
            points: line.change,
            balance: line.balance,
            expires_on: line.expires_on,
        }
    }
}

/// A check-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckInOut {
    /// Its date in Shanghai.
    #[schema(example = "2026-03-01")]
    day: String,
    /// Day of the streak, 1 to 7.
    #[schema(example = 3)]
    streak: u8,
    /// Points that it earned.
    #[schema(example = 3)]
    points: i64,
}

impl From<CheckIn> for CheckInOut {
    fn from(done: CheckIn) -> Self {
        Self {
            day: done.day.to_string(),
            streak: done.streak,
            points: done.points.0,
        }
    }
}

/// A month of check-ins.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarOut {
    /// Those of the month, the first first.
    days: Vec<CheckInOut>,
    /// Day of the streak that goes on, 0 for none.
    streak: u8,
    /// Today is done.
    checked_in_today: bool,
}

impl From<CheckInCalendar> for CalendarOut {
    fn from(month: CheckInCalendar) -> Self {
        Self {
            days: month.days.into_iter().map(CheckInOut::from).collect(),
            streak: month.streak,
            checked_in_today: month.today,
        }
    }
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MonthQuery {
    /// `2026-03`; the present one when absent.
    #[param(example = "2026-03")]
    month: Option<String>,
}

impl MonthQuery {
    fn month(&self) -> Result<Option<[u16; 2]>, Failure> {
        let Some(text) = &self.month else {
            return Ok(None);
        };
        let parsed = text.split_once('-').and_then(|(year, month)| {
            let digits = year.len() == 4 && month.len() == 2;
            Some([year.parse().ok()?, month.parse().ok()?]).filter(|_| digits)
        });
        match parsed {
            Some(month) => Ok(Some(month)),
            None => Err(Failure::invalid("month", "must be a month like 2026-03")),
        }
    }
}

/// Shows how many points there are.
#[utoipa::path(
    get,
    path = "/api/v1/member/points",
    tag = "member",
    operation_id = "member_points",
    responses((status = 200, description = "The points", body = Envelope<PointsOut>))
)]
pub(crate) async fn show(State(api): State<Api>, caller: Caller) -> Answer<PointsOut> {
    let points = api.app().points(caller.member.member_id()).await?;
    Ok(ok(points.into()))
}

/// Lists what happened to the points, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/points/lines",
    tag = "member",
    operation_id = "member_points_lines",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<PointsLineOut>>))
)]
pub(crate) async fn lines(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<PointsLineOut>> {
    let member = caller.member.member_id();
    let page = api
        .app()
        .points_lines(member, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, PointsLineOut::from)))
}

/// Checks in, once a day.
#[utoipa::path(
    post,
    path = "/api/v1/member/check-ins",
    tag = "member",
    operation_id = "member_check_in",
    responses(
        (status = 200, description = "The check-in", body = Envelope<CheckInOut>),
        (status = 409, description = "`already checked in today`", body = Conflict),
    )
)]
pub(crate) async fn check_in(State(api): State<Api>, caller: Caller) -> Answer<CheckInOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let done = run_to_end(async move { app.check_in(member).await }).await?;
    Ok(ok(done.into()))
}

/// Shows the check-ins of a month.
#[utoipa::path(
    get,
    path = "/api/v1/member/check-ins",
    tag = "member",
    operation_id = "member_check_ins",
    params(MonthQuery),
    responses((status = 200, description = "The month", body = Envelope<CalendarOut>))
)]
pub(crate) async fn calendar(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<MonthQuery>,
) -> Answer<CalendarOut> {
    let member = caller.member.member_id();
    let month = api.app().check_ins(member, query.month()?).await?;
    Ok(ok(month.into()))
}
