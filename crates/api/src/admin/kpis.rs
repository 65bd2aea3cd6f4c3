//! Key figures (指标): how good the platform is now, and how it has been.

use super::analytics::paged;
use crate::Api;
use crate::choice::one_of;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named};
use crate::view::{PageOut, PageQuery};
use app::{CurveStep, KpiQuery, KpiTable, Period};
use axum::extract::State;
use domain::kpi::{Business, Counts, Figure, Kpi, Millionths, Rating, Ratio};
use domain::org::Scope;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Rows per page when nothing is said: all figures.
const USUAL_SIZE: u32 = 100;

/// Whose figures, and of when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpisQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 100)]
    size: Option<u32>,
    /// Of this station only.
    station_id: Option<i64>,
    /// Of this organisation only, with all below it.
    org_id: Option<i64>,
    /// `hour` (the last sixty minutes), `day` (today), `week`, `month`, `year`; `hour` when absent.
    period: Option<String>,
}

impl PageQuery for KpisQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size.or(Some(USUAL_SIZE)))
    }
}

impl KpisQuery {
    fn period(&self) -> Result<Period, Failure> {
        let said = self.period.as_deref();
        let period = one_of("period", said, &Period::ALL, Period::as_str)?;
        Ok(period.unwrap_or(Period::Hour))
    }

    async fn table(&self, api: &Api, scope: Scope) -> Result<KpiTable, Failure> {
        let query = KpiQuery {
            station: self.station_id,
            org: self.org_id,
            scope,
        };
        Ok(api.app().kpi_table(&query, self.period()?).await?)
    }
}

/// A key figure.
#[derive(Serialize, ToSchema)]
pub(crate) struct KpiOut {
    /// Its name.
    #[schema(example = "charge_success_rate")]
    kpi: &'static str,
    /// What it is called.
    #[schema(example = "充电成功率")]
    title: &'static str,
    /// The same in English.
    #[schema(example = "Charge success")]
    title_en: &'static str,
    /// `share` (1 is all), `minutes`, `milliseconds`.
    #[schema(example = "share")]
    unit: &'static str,
    /// The first count.
    #[schema(example = 982)]
    part: u64,
    /// The second count; 0 makes no figure.
    #[schema(example = 990)]
    whole: u64,
    /// The figure, to six decimals; null without anything counted.
    #[schema(example = 0.991_919)]
    value: Option<f64>,
    /// What is wanted; the least of a band.
    #[schema(example = 0.99)]
    target: Option<f64>,
    /// Where a warning begins; the most of a band.
    #[schema(example = 0.99)]
    warning: Option<f64>,
    /// Beyond which it is critical.
    #[schema(example = 0.98)]
    critical: Option<f64>,
    /// `good`, `warning`, `critical`; null where less than twenty were counted.
    #[schema(example = "good")]
    rating: Option<&'static str>,
    /// When the period begins, Unix seconds.
    from: i64,
    /// When it ends, Unix seconds.
    to: i64,
}

/// Six decimals are exact in a float as long as figures have nine digits before the point.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is lost is far behind the sixth decimal"
)]
pub(super) fn shown(value: Millionths) -> f64 {
    value.0 as f64 / 1_000_000.0
}

fn kpi_row(api: &Api, kpi: Kpi, counts: Counts, table: &KpiTable) -> KpiOut {
    let definition = kpi.definition();
    let bounds = api.app().kpi_bounds(kpi);
    KpiOut {
        kpi: kpi.as_str(),
        title: definition.title,
        title_en: definition.title_en,
        unit: definition.unit.as_str(),
        part: counts.part,
        whole: counts.whole,
        value: kpi.value(counts).map(shown),
        target: bounds.target().map(shown),
        warning: bounds.warning().map(shown),
        critical: bounds.critical().map(shown),
        rating: kpi.rating(counts, bounds).map(Rating::as_str),
        from: table.from.unix_seconds(),
        to: table.to.unix_seconds(),
    }
}

/// Shows every key figure of a period with its two counts, its bounds and how good it is.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/kpis",
    tag = "administration",
    operation_id = "list_kpis",
    extensions(("x-access" = json!("ops.kpi.view")), ("x-scope" = json!("org"))),
    params(KpisQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<KpiOut>>),
        (status = 404, description = "No such station or organisation", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<KpisQuery>,
) -> Answer<PageOut<KpiOut>> {
    let table = query.table(&api, scope).await?;
    let rows = Kpi::ALL.iter().map(|kpi| {
        let counts = table.counts.get(&Figure::Kpi(*kpi)).copied();
        kpi_row(&api, *kpi, counts.unwrap_or_default(), &table)
    });
    let rows: Vec<KpiOut> = rows.collect();
    Ok(ok(paged(rows, &query)?))
}

/// A figure of the business.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusinessFigureOut {
    /// Its name.
    #[schema(example = "orders")]
    figure: &'static str,
    /// What it is called.
    #[schema(example = "完成订单数")]
    title: &'static str,
    /// The same in English.
    #[schema(example = "Completed orders")]
    title_en: &'static str,
    /// The sum, or the first count of a ratio.
    #[schema(example = 100)]
    part: u64,
    /// The second count of a ratio; null for a sum.
    whole: Option<u64>,
    /// The figure; null for a ratio of nothing.
    #[schema(example = 100.0)]
    value: Option<f64>,
    /// When the period begins, Unix seconds.
    from: i64,
    /// When it ends, Unix seconds.
    to: i64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sums stand beside it, to the last digit"
)]
fn quotient(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Shows the business of a period: energy, orders, revenue, members, and ratios of them.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/kpis/business",
    tag = "administration",
    operation_id = "list_business_figures",
    extensions(("x-access" = json!("ops.kpi.view")), ("x-scope" = json!("org"))),
    params(KpisQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<BusinessFigureOut>>),
        (status = 404, description = "No such station or organisation", body = Refusal),
    )
)]
pub(crate) async fn business(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<KpisQuery>,
) -> Answer<PageOut<BusinessFigureOut>> {
    let table = query.table(&api, scope).await?;
    let sum = |figure: Business| {
        let counts = table.counts.get(&Figure::Business(figure));
        counts.map_or(0, |counts| counts.part)
    };
    let (from, to) = (table.from.unix_seconds(), table.to.unix_seconds());
    let sums = Business::ALL.iter().map(|figure| {
        let (title, title_en) = figure.titles();
        let part = sum(*figure);
        BusinessFigureOut {
            figure: figure.as_str(),
            title,
            title_en,
            part,
            whole: None,
            value: quotient(part, 1),
            from,
            to,
        }
    });
    let ratios = Ratio::ALL.iter().map(|ratio| {
        let (title, title_en) = ratio.titles();
        let counts = ratio.counts(sum);
        BusinessFigureOut {
            figure: ratio.as_str(),
            title,
            title_en,
            part: counts.part,
            whole: Some(counts.whole),
            value: quotient(counts.part, counts.whole),
            from,
            to,
        }
    });
    let rows: Vec<BusinessFigureOut> = sums.chain(ratios).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Which points a curve has.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiCurveQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Points per page.
    #[param(minimum = 1, maximum = 500, example = 500)]
    size: Option<u32>,
    /// Of this station only.
    station_id: Option<i64>,
    /// Of this organisation only, with all below it.
    org_id: Option<i64>,
    /// `hour`, `day` or `month`; `hour` when absent. Hours are kept for 92 days.
    step: Option<String>,
    /// From here on, Unix seconds; when absent 48 hours, 30 days or a year back.
    from: Option<i64>,
    /// Until here, Unix seconds; now when absent.
    to: Option<i64>,
}

impl PageQuery for KpiCurveQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size.or(Some(store::PAGE_SIZE_MAX)))
    }
}

/// A point of a curve.
#[derive(Serialize, ToSchema)]
pub(crate) struct KpiPointOut {
    /// When its hour, day or month begins, Unix seconds.
    #[schema(example = 1_729_407_600)]
    at: i64,
    /// The first count, or the sum.
    #[schema(example = 982)]
    part: u64,
    /// The second count; 0 for sums of the business.
    #[schema(example = 990)]
    whole: u64,
    /// The figure; null without anything counted.
    #[schema(example = 0.991_919)]
    value: Option<f64>,
}

/// A figure's name in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct FigureName(String);

impl Named for FigureName {
    const NAME: &'static str = "figure";
}

/// What a curve is of.
enum Shape {
    Figure(Figure),
    Ratio(Ratio),
}

/// Shows how a figure has been, by the hour, the day or the month; the oldest first. Hours
/// without anything are left out.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/kpis/{kpi}/curve",
    tag = "administration",
    operation_id = "list_kpi_points",
    extensions(("x-access" = json!("ops.kpi.view")), ("x-scope" = json!("org"))),
    params(
        ("kpi" = String, Path, description = "The name of a key figure or a figure of the business",
            example = "charge_success_rate"),
        KpiCurveQuery
    ),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<KpiPointOut>>),
        (status = 404, description = "No such figure, station or organisation", body = Refusal),
    )
)]
pub(crate) async fn curve(
    State(api): State<Api>,
    Seen(scope): Seen,
    At(FigureName(name)): At<FigureName>,
    Filter(query): Filter<KpiCurveQuery>,
) -> Answer<PageOut<KpiPointOut>> {
    let figure = Figure::parse(&name).map(Shape::Figure);
    let shape = figure.or_else(|| Ratio::parse(&name).map(Shape::Ratio));
    let shape = shape.ok_or_else(|| Failure::not_found("figure"))?;
    let said = query.step.as_deref();
    let step = one_of("step", said, &CurveStep::ALL, CurveStep::as_str)?;
    let of = KpiQuery {
        station: query.station_id,
        org: query.org_id,
        scope,
    };
    let instant = |seconds: Option<i64>| seconds.map(Timestamp::from_unix_seconds);
    let (from, to) = (instant(query.from), instant(query.to));
    let step = step.unwrap_or(CurveStep::Hour);
    let points = api.app().kpi_curve(&of, step, from, to).await?;
    let rows = points.iter().map(|point| {
        let (counts, value) = match shape {
            Shape::Figure(Figure::Kpi(kpi)) => {
                let counts = point.of(kpi.into());
                (counts, kpi.value(counts).map(shown))
            }
            Shape::Figure(figure) => {
                let counts = point.of(figure);
                (counts, quotient(counts.part, 1))
            }
            Shape::Ratio(ratio) => {
                let counts = ratio.counts(|sum| point.of(sum.into()).part);
                (counts, quotient(counts.part, counts.whole))
            }
        };
        KpiPointOut {
            at: point.at.unix_seconds(),
            part: counts.part,
            whole: counts.whole,
            value,
        }
    });
    let rows: Vec<KpiPointOut> = rows.collect();
    Ok(ok(paged(rows, &query)?))
}
