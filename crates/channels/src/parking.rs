//! Operators of car parks, who grant relief to those who charged.
//!
//! Their interfaces differ; [`ParkingVendor`] is what they have in common. A record is named by
//! the order's number, under which a repeat does nothing and gets the same answer.

mod http;

pub use http::{HttpParking, HttpParkingError, HttpParkingSettings};

use domain::parking::{Answer, ParkingRecord};
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// What a call will have come to.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// An operator of car parks.
pub trait ParkingVendor: fmt::Debug + Send + Sync + 'static {
    /// Hands a record over. `lot_id`: the car park's id there.
    fn tell<'a>(&'a self, lot_id: &'a str, record: &'a ParkingRecord) -> Telling<'a>;
}

/// The operators that are configured, by the names that rules call them.
#[derive(Clone, Debug, Default)]
pub struct ParkingVendors(BTreeMap<String, Arc<dyn ParkingVendor>>);

impl ParkingVendors {
    /// And one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, vendor: Arc<dyn ParkingVendor>) -> Self {
        self.0.insert(name.into(), vendor);
        self
    }

    /// The one of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<dyn ParkingVendor>> {
        self.0.get(name)
    }
}
