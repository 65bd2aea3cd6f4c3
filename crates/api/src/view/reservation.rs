use super::seconds;
use serde::Serialize;
use store::reservations::ReservationRow;
use utoipa::ToSchema;

/// A port that is kept for a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReservationOut {
    /// Its number.
    #[schema(example = "RS2026010212000000000100")]
    reservation_no: String,
    /// For whom.
    member_id: i64,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port.
    #[schema(example = 1)]
    port_no: u16,
    /// `reserved`, `used`, `expired`, `cancelled`.
    #[schema(example = "reserved")]
    state: &'static str,
    /// From when on, Unix seconds.
    start_at: i64,
    /// Until when, Unix seconds.
    end_at: i64,
    /// What it costs, fen.
    fee_fen: i64,
    /// What it costs not to come: `free`, `keeps_fee`.
    #[schema(example = "free")]
    no_show: &'static str,
    /// The charge that used it.
    order_no: Option<String>,
    /// Why it is over.
    note: Option<String>,
    /// When it was made, Unix seconds.
    created_at: Option<i64>,
}

impl From<ReservationRow> for ReservationOut {
    fn from(row: ReservationRow) -> Self {
        Self {
            reservation_no: row.reservation_no,
            member_id: row.says.member.0,
            device_phy_id: row.phy_id.to_string(),
            port_no: row.port_no.0,
            state: row.says.state.as_str(),
            start_at: row.says.start.unix_seconds(),
            end_at: row.says.end.unix_seconds(),
            fee_fen: row.says.fee.0,
            no_show: row.says.no_show.as_str(),
            order_no: row.order_no.map(|number| number.to_string()),
            note: row.note,
            created_at: seconds(Some(row.created_at)),
        }
    }
}
