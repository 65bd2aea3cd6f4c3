//! What of the quality of protocols is shown.

use crate::{App, AppError};
use device::Duty;
use domain::day::Day;
use domain::org::Scope;
use kernel::PhyId;
use store::protocol_quality::{self, Example, Found, Grouping, QualityFilter};
use store::{Page, PageRequest};

/// Days that are shown when nothing else is said.
const USUAL_DAYS: i64 = 6;
/// Longest time of one look.
const DAYS_MAX: i64 = 92;
/// Examples of one look.
const EXAMPLES_MAX: u32 = 100;

/// Which devices and days are shown.
#[derive(Clone, Debug, Default)]
pub struct QualityQuery {
    /// From this day on.
    pub from: Option<Day>,
    /// Until this day, included.
    pub to: Option<Day>,
    /// This device only.
    pub device: Option<PhyId>,
    /// Of this protocol only, by its name or an alias.
    pub protocol: Option<String>,
    /// This model only.
    pub model: Option<String>,
    /// This firmware only.
    pub firmware: Option<String>,
    /// At this station only.
    pub station: Option<i64>,
    /// What whoever asks may see.
    pub scope: Scope,
}

/// All that is known of some devices together.
#[derive(Clone, Debug)]
pub struct QualityDetail {
    /// Everything added up.
    pub sum: Found,
    /// By day, the oldest first.
    pub days: Vec<Found>,
    /// The last examples of broken rules, the newest first.
    pub examples: Vec<Example>,
    /// What the device, or any device of its protocol, has to tell.
    pub duties: &'static [Duty],
}

impl App {
    /// What was counted, by device, firmware or model.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device; [`AppError::Invalid`] for days that are too
    /// many or the wrong way round, and for a protocol that is not known.
    pub async fn protocol_quality(
        &self,
        query: &QualityQuery,
        grouping: Grouping,
    ) -> Result<Vec<Found>, AppError> {
        let filter = self.quality_filter(query).await?;
        let mut view = self.db.view().await?;
        Ok(protocol_quality::groups(view.conn(), &filter, grouping).await?)
    }

    /// The last examples of broken rules, the newest first.
    ///
    /// # Errors
    /// As [`App::protocol_quality`].
    pub async fn protocol_quality_examples(
        &self,
        query: &QualityQuery,
        page: PageRequest,
    ) -> Result<Page<Example>, AppError> {
        let filter = self.quality_filter(query).await?;
        let mut view = self.db.view().await?;
        Ok(protocol_quality::examples(view.conn(), &filter, page).await?)
    }

    /// Everything about a device, a firmware or a model: sums, days, examples.
    ///
    /// # Errors
    /// As [`App::protocol_quality`]; [`AppError::NotFound`] when nothing was counted.
    pub async fn protocol_quality_detail(
        &self,
        query: &QualityQuery,
    ) -> Result<QualityDetail, AppError> {
        let filter = self.quality_filter(query).await?;
        let grouping = match (&query.device, &query.firmware) {
            (Some(_), _) => Grouping::Device,
            (None, Some(_)) => Grouping::Firmware,
            (None, None) => Grouping::Model,
        };
        let mut view = self.db.view().await?;
        let groups = protocol_quality::groups(view.conn(), &filter, grouping).await?;
        let mut groups = groups.into_iter();
        let Some(mut sum) = groups.next() else {
            return Err(AppError::NotFound("protocol quality"));
        };
        for more in groups {
            sum.add(&more);
        }
        let days = protocol_quality::days(view.conn(), &filter).await?;
        let page = PageRequest {
            page: 1,
            size: EXAMPLES_MAX,
        };
        let examples = protocol_quality::examples(view.conn(), &filter, page).await?;
        drop(view);
        let own = query.device.as_ref().and_then(|device| {
            self.live
                .read(device, |live| live.protocol.duties(&live.profile))
        });
        let of_protocol = || {
            let protocol = self.protocols.find(&sum.protocol)?;
            Some(protocol.duties(&device::Profile::default()))
        };
        let duties = own.or_else(of_protocol).unwrap_or_default();
        Ok(QualityDetail {
            sum,
            days,
            examples: examples.items,
            duties,
        })
    }

    async fn quality_filter(&self, query: &QualityQuery) -> Result<QualityFilter, AppError> {
        let invalid = |problem: &str| AppError::Invalid {
            field: "to".to_owned(),
            problem: problem.to_owned(),
        };
        let to = query.to.unwrap_or_else(|| Day::of(self.now()));
        let from = query.from.unwrap_or_else(|| to.before(USUAL_DAYS));
        match to.since(from) {
            days if days < 0 => return Err(invalid("must not be before from")),
            days if days >= DAYS_MAX => return Err(invalid("must be within 92 days")),
            _ => {}
        }
        let device_id = match &query.device {
            Some(device) => Some(self.device_summary(device).await?.row.id),
            None => None,
        };
        let protocol = match query.protocol.as_deref() {
            None => None,
            Some(said) => {
                let known = self.protocols.find(said).ok_or_else(|| {
                    let names: Vec<_> = self.protocols.iter().map(|known| known.name()).collect();
                    AppError::Invalid {
                        field: "protocol".to_owned(),
                        problem: format!("must be one of {}", names.join(", ")),
                    }
                })?;
                Some(known.name().to_owned())
            }
        };
        Ok(QualityFilter {
            protocol,
            from: from.to_string(),
            to: to.to_string(),
            device_id,
            model: query.model.clone(),
            firmware: query.firmware.clone(),
            station_id: query.station,
            scope: query.scope.clone(),
        })
    }
}
