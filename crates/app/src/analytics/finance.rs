use crate::kpi::{Fresh, Granularity, Step, StepQuery};
use crate::{App, AppError};
use std::time::Duration;
use store::analytics::{self, Owed};

const DAY: Duration = Duration::from_hours(24);

/// Money of a time.
#[derive(Clone, Debug)]
pub struct FinanceStep {
    /// When, and what was counted.
    pub step: Step,
    /// Everything of the platform is looked at: only then there are top-ups, shares and fees of
    /// channels to tell of.
    pub whole: bool,
    /// What payment channels kept, fen; none by the hour, which their statements do not know.
    pub channel_fen: Option<i64>,
}

impl App {
    /// Money by step.
    ///
    /// # Errors
    /// As [`App::figure_steps`].
    pub async fn finance_steps(&self, query: &StepQuery) -> Result<Vec<FinanceStep>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let steps = self.steps_of(&cut, query, Fresh::Now).await?;
        let told = cut.whole && query.granularity != Granularity::Hour;
        let fees = if told {
            let (from, to) = query.span(self.now())?;
            let mut view = self.db.view().await?;
            analytics::channel_fees(view.conn(), from, to).await?
        } else {
            Vec::new()
        };
        let rows = steps.into_iter().map(|step| {
            let within = fees
                .iter()
                .filter(|fee| fee.at >= step.at && fee.at < step.until);
            FinanceStep {
                channel_fen: told.then(|| within.map(|fee| fee.fen).sum()),
                whole: cut.whole,
                step,
            }
        });
        Ok(rows.collect())
    }

    /// What is owed to the platform, by who owes it and how old it is.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn receivables(&self) -> Result<Vec<Owed>, AppError> {
        let ages = [30, 60, 90].map(|days| self.now() - DAY * days);
        let mut view = self.db.view().await?;
        Ok(analytics::receivables(view.conn(), ages).await?)
    }
}
