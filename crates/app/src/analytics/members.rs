use crate::kpi::StepQuery;
use crate::{App, AppError};
use kernel::Timestamp;
use store::analytics::{self, Active, Cohort, Conversion, RfmClass};

/// Members of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberStep {
    /// When it begins.
    pub at: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
    /// Who registered; none of less than the whole platform, whose members they are.
    pub new: Option<u64>,
    /// Who charged.
    pub active: Active,
}

/// Members who registered in a time, and who of them came again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionStep {
    /// When it begins.
    pub at: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
    /// How many.
    pub cohort: Cohort,
}

/// Members who registered in a time, and who of them paid into their wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionStep {
    /// When it begins.
    pub at: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
    /// How many.
    pub conversion: Conversion,
}

impl App {
    /// Who came and who charged, by step; each person counts once in a step.
    ///
    /// # Errors
    /// As [`App::figure_steps`]; [`AppError::Invalid`] for more than 400 days.
    pub async fn member_steps(&self, query: &StepQuery) -> Result<Vec<MemberStep>, AppError> {
        self.bounded_span(query)?;
        let cut = self.cut(&query.slice).await?;
        let steps = query.steps(self.now())?;
        let found = Box::pin(self.active_members(&cut, query.granularity, &steps)).await?;
        let mut view = self.db.view().await?;
        let mut rows = Vec::new();
        for ((at, until), active) in steps.into_iter().zip(found) {
            let new = if cut.whole {
                Some(store::members::registered(view.conn(), at, until).await?)
            } else {
                None
            };
            rows.push(MemberStep {
                at,
                until,
                new,
                active,
            });
        }
        Ok(rows)
    }

    /// Who of the members that registered in each step charged on the first, seventh and thirtieth
    /// day after it.
    ///
    /// # Errors
    /// As [`App::member_steps`].
    pub async fn member_retention(
        &self,
        query: &StepQuery,
    ) -> Result<Vec<RetentionStep>, AppError> {
        self.bounded_span(query)?;
        let cut = self.cut(&query.slice).await?;
        let mut view = self.db.view().await?;
        let mut rows = Vec::new();
        for (at, until) in query.steps(self.now())? {
            let cohort = analytics::cohort(view.conn(), cut.at(), at, until).await?;
            rows.push(RetentionStep { at, until, cohort });
        }
        Ok(rows)
    }

    /// The members who charged in the time of a question, by how lately, how often and for how
    /// much.
    ///
    /// # Errors
    /// As [`App::member_steps`].
    pub async fn member_classes(&self, query: &StepQuery) -> Result<Vec<RfmClass>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let (from, to) = self.bounded_span(query)?;
        let mut view = self.db.view().await?;
        Ok(analytics::rfm(view.conn(), cut.at(), from, to).await?)
    }

    /// Who of the members that registered in each step paid into their wallets since.
    ///
    /// # Errors
    /// As [`App::member_steps`].
    pub async fn recharge_conversion(
        &self,
        query: &StepQuery,
    ) -> Result<Vec<ConversionStep>, AppError> {
        self.bounded_span(query)?;
        let mut view = self.db.view().await?;
        let mut rows = Vec::new();
        for (at, until) in query.steps(self.now())? {
            rows.push(ConversionStep {
                at,
                until,
                conversion: analytics::conversion(view.conn(), at, until).await?,
            });
        }
        Ok(rows)
    }
}
