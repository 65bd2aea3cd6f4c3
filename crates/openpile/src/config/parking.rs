//! The section about car parks. What each key means stands in `configs/defaults.yaml`.
#![expect(
    missing_docs,
    reason = "defaults.yaml documents the keys; saying it twice would drift"
)]

use super::{HttpUrl, Seconds, Secret};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parking {
    pub timeout_s: Seconds,
    pub vendors: BTreeMap<String, ParkingVendor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParkingVendor {
    pub base: HttpUrl,
    pub app_key: String,
    pub secret: Secret,
}
