use super::whole_days;
use crate::kpi::{Fresh, StepQuery};
use crate::{App, AppError};
use std::collections::BTreeMap;
use store::kpis::{self, Tally};

/// How coarse areas are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaLevel {
    /// Two digits.
    Province,
    /// Four.
    City,
    /// All six.
    District,
}

impl AreaLevel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Province, Self::City, Self::District];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::District => "district",
        }
    }

    /// The code of the area that a district lies in.
    fn of(self, code: &str) -> String {
        let digits = match self {
            Self::Province => 2,
            Self::City => 4,
            Self::District => 6,
        };
        let beginning = code.get(..digits).unwrap_or(code);
        format!("{beginning:0<6}")
    }
}

/// What was counted at a station.
#[derive(Clone, Debug)]
pub struct StationSum {
    /// The station.
    pub station_id: i64,
    /// Its name.
    pub name: String,
    /// Six digits of its administrative division.
    pub area_code: Option<String>,
    /// What was counted.
    pub counts: Tally,
}

/// What was counted in an area.
#[derive(Clone, Debug)]
pub struct AreaSum {
    /// Its code; empty of stations whose area nobody said.
    pub area_code: String,
    /// Its stations.
    pub stations: usize,
    /// What was counted.
    pub counts: Tally,
}

impl App {
    /// What was counted at each station in the days of a question, also at those with nothing.
    ///
    /// # Errors
    /// As [`App::figure_steps`]; [`AppError::Invalid`] for more than 400 days.
    pub async fn station_sums(&self, query: &StepQuery) -> Result<Vec<StationSum>, AppError> {
        let cut = self.cut(&query.slice).await?;
        let span = whole_days(self.bounded_span(query)?);
        let mut sums = self.sums_of_stations(&cut, span, Fresh::Now).await?;
        let rows = cut.places.into_iter().map(|place| StationSum {
            counts: sums.remove(&place.id).unwrap_or_default(),
            station_id: place.id,
            name: place.name,
            area_code: place.area_code,
        });
        Ok(rows.collect())
    }

    /// The same by area, in the order of their codes.
    ///
    /// # Errors
    /// As [`App::station_sums`].
    pub async fn area_sums(
        &self,
        query: &StepQuery,
        level: AreaLevel,
    ) -> Result<Vec<AreaSum>, AppError> {
        let mut areas: BTreeMap<String, AreaSum> = BTreeMap::new();
        for station in self.station_sums(query).await? {
            let code = station.area_code.as_deref().filter(|code| !code.is_empty());
            let code = code.map_or_else(String::new, |code| level.of(code));
            let area = areas.entry(code.clone()).or_insert_with(|| AreaSum {
                area_code: code,
                stations: 0,
                counts: Tally::new(),
            });
            area.stations += 1;
            kpis::add_all(&mut area.counts, &station.counts);
        }
        Ok(areas.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::AreaLevel;

    #[test]
    fn a_district_lies_in_a_city_and_a_province() {
        for (level, code) in [
            (AreaLevel::Province, "510000"),
            (AreaLevel::City, "510100"),
            (AreaLevel::District, "510104"),
        ] {
            assert_eq!(level.of("510104"), code);
        }
        assert_eq!(AreaLevel::City.of("51"), "510000");
    }
}
