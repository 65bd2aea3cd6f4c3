use super::whole_days;
use crate::kpi::StepQuery;
use crate::quality::QualityQuery;
use crate::{App, AppError};
use domain::day::Day;
use store::protocol_quality::{Found, Grouping};

impl App {
    /// What was counted of how devices keep to their protocols, in the days of a question.
    ///
    /// # Errors
    /// As [`App::figure_steps`] and [`App::protocol_quality`].
    pub async fn quality_groups(
        &self,
        query: &StepQuery,
        grouping: Grouping,
    ) -> Result<Vec<Found>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let (from, until) = whole_days(query.span(self.now())?);
        let asked = QualityQuery {
            from: Some(Day::of(from)),
            to: Some(Day::of(until).before(1)),
            scope: cut.scope,
            ..QualityQuery::default()
        };
        self.protocol_quality(&asked, grouping).await
    }
}
