use device::TARIFF_RATES_MAX;
use domain::pricing::time_of_use::BillSheet;
use serde::Serialize;
use utoipa::ToSchema;

/// Kinds of prices, in the order of their numbers.
pub(crate) const KINDS: [&str; TARIFF_RATES_MAX] =
    ["sharp", "peak", "flat", "valley", "deep_valley"];

/// One price kind of a bill.
#[derive(Serialize, ToSchema)]
pub(crate) struct BillLineOut {
    /// `sharp`, `peak`, `flat`, `valley`, `deep_valley`.
    kind: &'static str,
    /// Energy, kWh.
    kwh: f64,
    /// Electricity, fen.
    elec_fen: i64,
    /// Service, fen.
    service_fen: i64,
}

/// A bill.
#[derive(Serialize, ToSchema)]
pub(crate) struct BillOut {
    /// One per kind that was used.
    lines: Vec<BillLineOut>,
    /// Electricity, fen.
    elec_fen: i64,
    /// Service, fen.
    service_fen: i64,
    /// Both, fen.
    total_fen: i64,
}

impl From<&BillSheet> for BillOut {
    fn from(sheet: &BillSheet) -> Self {
        let lines = sheet.lines.iter().map(|line| BillLineOut {
            kind: KINDS
                .get(usize::from(line.kind))
                .copied()
                .unwrap_or("unknown"),
            kwh: line.e4.kwh(),
            elec_fen: line.elec_fen.0,
            service_fen: line.service_fen.0,
        });
        Self {
            lines: lines.collect(),
            elec_fen: sheet.elec_fen.0,
            service_fen: sheet.service_fen.0,
            total_fen: sheet.total().0,
        }
    }
}
