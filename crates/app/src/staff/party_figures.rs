use crate::{App, AppError};
use kernel::Timestamp;
use std::collections::BTreeMap;
use store::party_figures::{self, PartyFigures};

impl App {
    /// Figures of organisations, by their ids: stations, devices, what they earned in the present
    /// month of the Shanghai calendar, what they hold.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn party_figures(
        &self,
        orgs: &[i64],
    ) -> Result<BTreeMap<i64, PartyFigures>, AppError> {
        let [year, month, ..] = self.now().shanghai();
        let first = Timestamp::from_shanghai([year, month, 1, 0, 0, 0]).unwrap_or(self.now());
        let mut view = self.db.view().await?;
        let mut figures = BTreeMap::new();
        for org in orgs {
            if let Some(found) = party_figures::of(view.conn(), *org, first).await? {
                figures.insert(*org, found);
            }
        }
        Ok(figures)
    }
}
