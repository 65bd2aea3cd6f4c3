//! The parameters of a rule, as the document describes them; `domain` reads and checks them.

use serde::Serialize;
use utoipa::ToSchema;

/// A window of every day; one that ends before it begins goes over midnight.
#[derive(Serialize, ToSchema)]
pub(crate) struct WindowTerms {
    /// `HH:MM`.
    #[schema(example = "22:00")]
    from: String,
    /// `HH:MM`.
    #[schema(example = "07:00")]
    to: String,
}

/// The parameters of an occupancy fee. What is absent is as usual.
#[derive(Serialize, ToSchema)]
pub(crate) struct OccupancyTerms {
    /// Whether a fee is taken at all; usually true.
    enabled: Option<bool>,
    /// Minutes that cost nothing; usually 15.
    #[schema(minimum = 0, maximum = 1440)]
    free_minutes: Option<u16>,
    /// Length of a unit; started units count; usually 1.
    #[schema(minimum = 1, maximum = 1440)]
    unit_minutes: Option<u16>,
    /// Price of a unit, fen; usually 50.
    #[schema(minimum = 1, maximum = 1_000_000)]
    price_fen_per_unit: Option<i64>,
    /// Most that it costs, fen; usually 5000; 0: no cap.
    #[schema(minimum = 0, maximum = 1_000_000)]
    cap_fen: Option<i64>,
    /// When leaving the plug in costs nothing; at most 8.
    exempt_windows: Option<Vec<WindowTerms>>,
    /// The time counts from: `after_end` (usual), the end of the order; `after_full`, the moment
    /// the vehicle was full, where that was earlier.
    trigger: Option<String>,
    /// Who pays nothing, by `member_ref`; at most 1000.
    exempt_members: Option<Vec<String>>,
}
