//! Which prices apply where, and which prices devices hold.

use crate::{App, AppError};
use device::TariffTable;
use domain::order::TariffSnapshot;
use domain::request::StartPlan;
use kernel::{PhyId, PortNo, Timestamp};
use store::Tx;

impl App {
    /// The prices by the time of the day that a new order is billed by: those of its port,
    /// unless the caller named a price.
    pub(crate) async fn tariff_of(
        &self,
        _tx: &mut Tx,
        _device: &PhyId,
        _port: PortNo,
        plan: &StartPlan,
        _at: Timestamp,
    ) -> Result<Option<Box<TariffSnapshot>>, AppError> {
        if plan.price_per_kwh.is_some() {
            return Ok(None);
        }
        Ok(None)
    }

    /// A device says which prices it holds, or asks for them.
    pub(crate) async fn tariff_asked(
        &self,
        _device: &PhyId,
        _model: Option<u16>,
    ) -> Result<Option<TariffTable>, AppError> {
        Ok(None)
    }
}
