//! Tariffs in the hands of people: written by one, approved by another, bound to places.

use crate::{App, AppError};
use device::{Rate, TariffTable};
use domain::order::SlotEnergy;
use domain::org::Scope as Seen;
use domain::pricing::time_of_use::{self, BillSheet};
use domain::tariff::{VersionState, check};
use kernel::{Energy, PhyId, PortNo, Timestamp};
use store::row_owners::{self, Addressed};
use store::tariffs::{self, Binding, PushNote, Scope, Tariff, TariffVersion};
use store::{Lease, Page, PageRequest};
use tracing::info;

const NO_TARIFF: AppError = AppError::NotFound("tariff");
const NO_VERSION: AppError = AppError::NotFound("tariff version");

/// Prices as somebody writes them.
#[derive(Clone, Debug)]
pub struct Prices {
    /// By kind.
    pub rates: Vec<Rate>,
    /// The kind of each half hour.
    pub slots: Vec<u8>,
    /// From when on they are in force.
    pub effective_at: Timestamp,
    /// The energy may cost nothing.
    pub free: bool,
}

/// A tariff with its versions and where it applies.
#[derive(Clone, Debug)]
pub struct TariffView {
    /// The tariff.
    pub tariff: Tariff,
    /// Its versions, newest first.
    pub versions: Vec<TariffVersion>,
    /// Where it applies.
    pub bindings: Vec<Binding>,
}

/// Where a tariff is to apply.
#[derive(Clone, Debug)]
pub enum Place {
    /// At all devices of a station.
    Station(i64),
    /// At a device.
    Device(PhyId),
    /// At one port.
    Port(PhyId, PortNo),
}

impl Place {
    /// As the audit log names it.
    pub fn object(&self) -> String {
        match self {
            Self::Station(station) => format!("station:{station}"),
            Self::Device(device) => format!("device:{device}"),
            Self::Port(device, port) => format!("port:{device}:{port}"),
        }
    }
}

/// What a person decides about a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is ready to be looked at.
    Submit,
    /// It comes into force.
    Approve,
    /// It goes back.
    Reject,
    /// It goes out of force.
    Retire,
}

impl App {
    /// Makes a tariff with its first version, a draft.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for the first price that is out of range.
    pub async fn create_tariff(
        &self,
        actor: &str,
        name: &str,
        prices: &Prices,
    ) -> Result<TariffView, AppError> {
        checked(prices)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let id = tariffs::insert(tx.conn(), name, actor, now).await?;
        let written = (prices.rates.as_slice(), prices.slots.as_slice());
        tariffs::insert_version(tx.conn(), id, written, prices.effective_at, actor, now).await?;
        tx.commit().await?;
        info!(tariff = id, actor, "tariff made");
        self.tariff(id).await
    }

    /// Writes the next version of a tariff, or rewrites the last one while that is still open.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a tariff, [`AppError::Conflict`] while a version
    /// waits for its decision, [`AppError::Semantic`] for a price out of range.
    pub async fn write_tariff(
        &self,
        actor: &str,
        id: i64,
        prices: &Prices,
    ) -> Result<TariffView, AppError> {
        checked(prices)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        tariffs::find(tx.conn(), id).await?.ok_or(NO_TARIFF)?;
        let written = (prices.rates.as_slice(), prices.slots.as_slice());
        let last = tariffs::list_versions(tx.conn(), id)
            .await?
            .into_iter()
            .next();
        let from = prices.effective_at;
        match last {
            Some(version) if version.state == VersionState::Submitted => {
                return Err(AppError::Conflict("a version waits for its decision"));
            }
            Some(version) if version.state.is_open() => {
                tariffs::rewrite_version(tx.conn(), version.id, written, from, actor, now).await?;
            }
            _ => {
                tariffs::insert_version(tx.conn(), id, written, from, actor, now).await?;
            }
        }
        tx.commit().await?;
        info!(tariff = id, actor, "prices written");
        self.tariff(id).await
    }

    /// Submits, approves, rejects or retires a version. Whoever wrote it does not approve it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a version, [`AppError::Conflict`] when its state does
    /// not allow it or the same person would approve.
    pub async fn decide_tariff(
        &self,
        actor: &str,
        (id, version): (i64, i32),
        decision: Decision,
        note: Option<&str>,
    ) -> Result<TariffView, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let found = tariffs::find_version(tx.conn(), id, version).await?;
        let found = found.ok_or(NO_VERSION)?;
        let to = match decision {
            Decision::Submit => VersionState::Submitted,
            Decision::Approve => VersionState::Approved,
            Decision::Reject => VersionState::Rejected,
            Decision::Retire => VersionState::Retired,
        };
        if !found.state.may_become(to) {
            return Err(AppError::Conflict("not possible in the version's state"));
        }
        if decision == Decision::Approve && found.written_by == actor {
            return Err(AppError::Conflict("a second person has to approve"));
        }
        let review = (decision != Decision::Submit).then_some((actor, note));
        let moved =
            tariffs::move_version(tx.conn(), found.id, (found.state, to), review, now).await?;
        if !moved {
            return Err(AppError::Conflict("not possible in the version's state"));
        }
        tx.commit().await?;
        info!(
            tariff = id,
            version,
            actor,
            state = to.as_str(),
            "tariff version decided"
        );
        self.tariff(id).await
    }

    /// A tariff with its versions and where it applies.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a tariff.
    pub async fn tariff(&self, id: i64) -> Result<TariffView, AppError> {
        let mut view = self.db.view().await?;
        let tariff = tariffs::find(view.conn(), id).await?.ok_or(NO_TARIFF)?;
        Ok(TariffView {
            tariff,
            versions: tariffs::list_versions(view.conn(), id).await?,
            bindings: tariffs::list_bindings(view.conn(), id).await?,
        })
    }

    /// A page of tariffs, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_tariffs(
        &self,
        seen: &Seen,
        page: PageRequest,
    ) -> Result<Page<Tariff>, AppError> {
        let mut view = self.db.view().await?;
        Ok(tariffs::list(view.conn(), seen, page).await?)
    }

    /// A tariff with its versions, and where it applies among what somebody sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a tariff.
    pub async fn tariff_seen_by(&self, seen: &Seen, id: i64) -> Result<TariffView, AppError> {
        let mut found = self.tariff(id).await?;
        let mut view = self.db.view().await?;
        found.bindings = seen_bindings(&mut view, seen, found.bindings).await?;
        Ok(found)
    }

    /// Lets a tariff apply somewhere; none lets whatever applied there apply no more. Running
    /// charges keep their prices. Tells what applied there before.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a tariff or device.
    pub async fn bind_tariff(
        &self,
        actor: &str,
        tariff: Option<i64>,
        place: Place,
    ) -> Result<Option<i64>, AppError> {
        let scope = match &place {
            Place::Station(station) => Scope::Station(*station),
            Place::Device(device) => Scope::Device(self.device_summary(device).await?.row.id),
            Place::Port(device, port) => {
                Scope::Port(self.device_summary(device).await?.row.id, *port)
            }
        };
        let mut tx = self.db.begin().await?;
        let was = tariffs::bound(tx.conn(), scope).await?;
        match tariff {
            Some(id) => {
                tariffs::find(tx.conn(), id).await?.ok_or(NO_TARIFF)?;
                tariffs::bind(tx.conn(), id, scope, actor, self.now()).await?;
            }
            None => {
                tariffs::unbind(tx.conn(), scope).await?;
            }
        }
        tx.commit().await?;
        info!(?place, ?tariff, actor, "tariff bound");
        Ok(was)
    }

    /// The prices in force at a port at an instant.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown device or when none are in force.
    pub async fn prices_at(
        &self,
        device: &PhyId,
        port: PortNo,
        at: Timestamp,
    ) -> Result<domain::order::TariffSnapshot, AppError> {
        let id = self.device_summary(device).await?.row.id;
        let mut view = self.db.view().await?;
        let found = tariffs::in_force(view.conn(), id, Some(port), at).await?;
        found.ok_or(NO_TARIFF)
    }

    /// What became of prices on their way to a device, newest first.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown device.
    pub async fn tariff_pushes(
        &self,
        device: &PhyId,
        page: PageRequest,
    ) -> Result<Page<PushNote>, AppError> {
        let id = self.device_summary(device).await?.row.id;
        let mut view = self.db.view().await?;
        Ok(tariffs::list_pushes(view.conn(), id, page).await?)
    }
}

/// What a charge with even power would cost.
pub fn preview(
    table: &TariffTable,
    from: Timestamp,
    until: Timestamp,
    energy: Energy,
) -> BillSheet {
    let mut slots = SlotEnergy::default();
    slots.add(from, until, energy);
    time_of_use::bill(table, &time_of_use::by_kind(table, slots.slots()))
}

/// Those places that somebody sees.
pub(crate) async fn seen_bindings(
    view: &mut Lease,
    seen: &Seen,
    bindings: Vec<Binding>,
) -> Result<Vec<Binding>, AppError> {
    if seen.path().is_none() {
        return Ok(bindings);
    }
    let mut kept = Vec::new();
    for binding in bindings {
        let (what, key) = match (&binding.phy_id, binding.station_id) {
            (Some(device), _) => (Addressed::Device, device.to_string()),
            (None, Some(station)) => (Addressed::Station, station.to_string()),
            (None, None) => continue,
        };
        if row_owners::is_seen(view.conn(), what, &key, seen).await? {
            kept.push(binding);
        }
    }
    Ok(kept)
}

fn checked(prices: &Prices) -> Result<(), AppError> {
    check(&prices.rates, &prices.slots, prices.free).map_err(|fault| AppError::Semantic {
        field: fault.field,
        problem: fault.problem,
    })
}
