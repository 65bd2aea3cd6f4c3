//! How the quality of protocols looks in JSON.

use app::App;
use domain::kpi::{Counts, Figure, Kpi, Millionths, Rating};
use domain::quality::{Points, Rule};
use serde::Serialize;
use store::kpis::Tally;
use store::protocol_quality::{Example, Found};
use utoipa::ToSchema;

/// Points of a hundred, or a share of one, to six decimals.
#[expect(
    clippy::cast_precision_loss,
    reason = "a hundred million millionths are exact"
)]
fn points(value: Millionths) -> f64 {
    value.0 as f64 / 1_000_000.0
}

/// How well a device, a firmware or a model keeps to its protocol.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProtocolQualityOut {
    /// The device; null for what is of no device of ours, and for groups of several.
    phy_id: Option<String>,
    /// The model; empty when it is not known.
    model: String,
    /// The firmware; empty when it is not known.
    firmware: String,
    /// What it speaks.
    #[schema(example = "bkv")]
    protocol: String,
    /// How many devices there are.
    devices: i64,
    /// 0 to 100 points; null when nothing was checked.
    #[schema(example = 97.5)]
    score: Option<f64>,
    /// Charges that ended.
    sessions: u64,
    /// Of them, those that kept every rule.
    compliant: u64,
    /// Frames that could be read.
    frames: u64,
    /// Frames that could not.
    bad_frames: u64,
    /// How often rules were broken.
    violations: u64,
    /// Bytes that came: decoded, unknown, malformed and noise together, but for frames that are
    /// still coming in.
    bytes_received: i64,
    /// In frames that were understood.
    bytes_decoded: i64,
    /// In well-formed frames of an unknown kind.
    bytes_unknown: i64,
    /// In frames that could not be read.
    bytes_malformed: i64,
    /// Between frames.
    bytes_noise: i64,
    /// Heartbeats that were due.
    heartbeats_expected: u64,
    /// Heartbeats that came.
    heartbeats_received: u64,
    /// Status reports of running charges that were due.
    reports_expected: u64,
    /// Those that came.
    reports_received: u64,
    /// What the score is made of.
    areas: Vec<QualityAreaOut>,
    /// Rules that were broken.
    rules: Vec<QualityRuleOut>,
    /// Key figures of these devices alone: those that are made of what devices say.
    figures: Vec<QualityFigureOut>,
}

impl ProtocolQualityOut {
    pub(super) fn of(found: &Found, app: &App) -> Self {
        let evidence = &found.evidence;
        let [received, decoded, unknown, malformed, noise] = found.bytes;
        Self {
            phy_id: found.phy_id.as_ref().map(ToString::to_string),
            model: found.model.clone(),
            firmware: found.firmware.clone(),
            protocol: found.protocol.clone(),
            devices: found.devices,
            score: evidence.score().map(points),
            sessions: evidence.sessions,
            compliant: evidence.compliant,
            frames: evidence.frames,
            bad_frames: evidence.bad_frames,
            violations: evidence.violations(),
            bytes_received: received,
            bytes_decoded: decoded,
            bytes_unknown: unknown,
            bytes_malformed: malformed,
            bytes_noise: noise,
            heartbeats_expected: evidence.heartbeats.whole,
            heartbeats_received: evidence.heartbeats.part,
            reports_expected: evidence.reports.whole,
            reports_received: evidence.reports.part,
            areas: evidence
                .points()
                .into_iter()
                .map(QualityAreaOut::from)
                .collect(),
            rules: evidence
                .violations
                .iter()
                .map(QualityRuleOut::from)
                .collect(),
            figures: figures(&found.figures, app),
        }
    }
}

/// A key figure of some devices.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityFigureOut {
    /// Its name, as among the key figures of everything.
    #[schema(example = "protocol_compliance_rate")]
    kpi: &'static str,
    /// What it is called.
    #[schema(example = "协议合规率")]
    title: &'static str,
    /// The same in English.
    title_en: &'static str,
    /// The first count.
    #[schema(example = 957)]
    part: u64,
    /// The second count; 0 makes no figure.
    #[schema(example = 980)]
    whole: u64,
    /// A share of one, to six decimals; null without anything counted.
    #[schema(example = 0.976_531)]
    value: Option<f64>,
    /// `good`, `warning`, `critical`; null where less than twenty were counted.
    #[schema(example = "warning")]
    rating: Option<&'static str>,
}

/// All figures that are made of what devices say, counted or not.
fn figures(counted: &Tally, app: &App) -> Vec<QualityFigureOut> {
    const FIGURES: [Kpi; 7] = [
        Kpi::ProtocolCompliance,
        Kpi::StatusReportMissing,
        Kpi::EndReport,
        Kpi::ProtocolError,
        Kpi::OrderCompletion,
        Kpi::Stuck,
        Kpi::HeartbeatLoss,
    ];
    let shown = FIGURES.iter().map(|kpi| {
        let known = counted.get(&Figure::Kpi(*kpi)).copied();
        let counts: Counts = known.unwrap_or_default();
        let definition = kpi.definition();
        QualityFigureOut {
            kpi: kpi.as_str(),
            title: definition.title,
            title_en: definition.title_en,
            part: counts.part,
            whole: counts.whole,
            value: kpi.value(counts).map(points),
            rating: kpi.rating(counts, app.kpi_bounds(*kpi)).map(Rating::as_str),
        }
    });
    shown.collect()
}

/// What one area of a protocol came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityAreaOut {
    /// `link`, `status`, `control`, `reporting`, `exceptions`.
    #[schema(example = "link")]
    area: &'static str,
    /// What it is called.
    title: &'static str,
    /// The same in English.
    title_en: &'static str,
    /// What it is worth of a hundred points.
    #[schema(example = 15)]
    weight: u64,
    /// Checks that were kept.
    kept: u64,
    /// Checks.
    checks: u64,
    /// Points; null without checks, which then do not count.
    points: Option<f64>,
}

impl From<Points> for QualityAreaOut {
    fn from(area: Points) -> Self {
        let (title, title_en) = area.area.titles();
        Self {
            area: area.area.as_str(),
            title,
            title_en,
            weight: area.area.weight(),
            kept: area.counts.part,
            checks: area.counts.whole,
            points: area.points.map(points),
        }
    }
}

/// A rule that was broken.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityRuleOut {
    /// Its name.
    #[schema(example = "status_incomplete")]
    rule: &'static str,
    /// What it is called.
    title: &'static str,
    /// The same in English.
    title_en: &'static str,
    /// The area that it belongs to.
    area: &'static str,
    /// How often.
    count: u64,
}

impl From<(&Rule, &u64)> for QualityRuleOut {
    fn from((rule, count): (&Rule, &u64)) -> Self {
        let (title, title_en) = rule.titles();
        Self {
            rule: rule.as_str(),
            title,
            title_en,
            area: rule.area().as_str(),
            count: *count,
        }
    }
}

/// The last example of a rule that was broken on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityExampleOut {
    /// The rule.
    rule: &'static str,
    /// The day.
    day: String,
    /// The device.
    phy_id: Option<String>,
    /// What it spoke.
    #[schema(example = "ap3000")]
    protocol: String,
    /// The model; empty when it is not known.
    model: String,
    /// What it ran.
    firmware: String,
    /// How often on that day.
    count: i64,
    /// When it was last broken, Unix seconds: the communication log has the frame under it.
    last_at: i64,
    /// At which port.
    port_no: Option<u16>,
    /// In which order.
    order_no: Option<String>,
    /// The frame in hex, as far as it was kept.
    raw_hex: Option<String>,
}

impl From<Example> for QualityExampleOut {
    fn from(example: Example) -> Self {
        Self {
            rule: example.rule.as_str(),
            day: example.day,
            phy_id: example.phy_id.map(|phy_id| phy_id.to_string()),
            protocol: example.protocol,
            model: example.model,
            firmware: example.firmware,
            count: example.count,
            last_at: example.last_at.unix_seconds(),
            port_no: example.last_port_no.map(|port| port.0),
            order_no: example.last_order_no.map(|order| order.to_string()),
            raw_hex: example.last_raw_hex,
        }
    }
}

/// A day.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityDayOut {
    /// The day.
    #[schema(example = "2026-03-01")]
    day: String,
    /// 0 to 100 points; null when nothing was checked.
    score: Option<f64>,
    /// Charges that ended.
    sessions: u64,
    /// Of them, those that kept every rule.
    compliant: u64,
    /// Frames that could be read.
    frames: u64,
    /// Frames that could not.
    bad_frames: u64,
    /// How often rules were broken.
    violations: u64,
    /// Key figures of these devices alone: those that are made of what devices say.
    figures: Vec<QualityFigureOut>,
}

impl QualityDayOut {
    pub(super) fn of(found: &Found, app: &App) -> Self {
        let evidence = &found.evidence;
        Self {
            day: found.day.clone(),
            score: evidence.score().map(points),
            sessions: evidence.sessions,
            compliant: evidence.compliant,
            frames: evidence.frames,
            bad_frames: evidence.bad_frames,
            violations: evidence.violations(),
            figures: figures(&found.figures, app),
        }
    }
}
