//! Simulated devices in thousands as their users know them: every family's own logins, rhythms
//! and reports, from several local addresses.

use super::metrics::Metrics;
use super::server::Server;
use crate::Target;
use crate::family::{Device, FAMILIES, Family, UnknownModel};
use crate::fleet::{FIRST_ID, Fleet, FleetSetup};
use ::pile::Automatic;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// Local addresses that the devices are spread over.
const SOURCES: u8 = 8;
/// Between two devices that are switched on: their enrolment keeps pace with it.
const APART: Duration = Duration::from_millis(3);
/// A crowd that is not there by then never will be.
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two looks at the server.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Who is in the crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The usual device of one family.
    Only(Family),
    /// The usual devices of all families, in turn.
    Mixed,
}

/// Devices that live until this is dropped.
pub struct Crowd {
    setup: FleetSetup,
    fleets: Vec<Fleet>,
    count: usize,
}

impl Kind {
    /// For the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Only(family) => family.name(),
            Self::Mixed => "mixed",
        }
    }
}

impl Crowd {
    /// Nobody yet. Users plug their vehicles in when a charge has been started and leave them
    /// there.
    ///
    /// # Errors
    /// When there is no such device.
    pub fn new(kind: Kind) -> Result<Self, UnknownModel> {
        let families = match kind {
            Kind::Only(family) => vec![family],
            Kind::Mixed => FAMILIES.to_vec(),
        };
        let models = families
            .into_iter()
            .map(|family| family.model(None, "normal"));
        let setup = FleetSetup {
            models: models.collect::<Result<_, _>>()?,
            ports: 2,
            automatic: Some(Automatic {
                unplug_after: None,
                ..Automatic::default()
            }),
            sources: SOURCES,
            ..FleetSetup::default()
        };
        Ok(Self {
            setup,
            fleets: Vec::new(),
            count: 0,
        })
    }

    /// Switches devices on until there are so many, evenly one after the other, and waits until
    /// the server knows them all.
    ///
    /// # Errors
    /// When they are not logged in in time.
    pub async fn grow(&mut self, server: &Server, count: usize) -> Result<()> {
        let more = count.saturating_sub(self.count);
        let setup = FleetSetup {
            devices: more,
            first_id: FIRST_ID + u64::try_from(self.count)?,
            ramp: APART * u32::try_from(more)?,
            ..self.setup.clone()
        };
        self.fleets
            .push(Fleet::launch(&setup, Target::loopback(server.tcp)?)?);
        self.count = count;
        let began = Instant::now();
        let wanted = f64::from(u32::try_from(count)?);
        loop {
            let metrics = Metrics::read(server.http).await?;
            let there = metrics.sum("openpile_sessions_active", None);
            if there >= wanted {
                return Ok(());
            }
            ensure!(
                began.elapsed() < PATIENCE,
                "only {there} of {count} devices logged in"
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The id that the API knows the device with this number by, counted from 0.
    pub fn id(&self, number: usize) -> String {
        self.setup.device(number).owner_of_first_port()
    }

    /// Whether a device charges nobody before the platform has told it its prices.
    pub fn needs_prices(&self, number: usize) -> bool {
        matches!(self.setup.device(number), Device::Ykc(_))
    }

    /// Charges that run now.
    pub fn charging(&self) -> u64 {
        let counts = self.fleets.iter().map(Fleet::count);
        counts
            .map(|count| count.begun.saturating_sub(count.ended))
            .sum()
    }
}
