//! Where those who have a role work: areas (行政区划) and stations that it is limited to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Most areas and stations that one role names.
pub const PLACES_MAX: usize = 500;

/// Areas and stations that a role is limited to; with neither, it holds everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataScope {
    /// Codes of areas, six digits: `510000` is a province, `510100` a city, `510104` a district.
    /// What lies in an area belongs to it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub areas: BTreeSet<String>,
    /// Ids of stations.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub stations: BTreeSet<i64>,
}

/// What is wrong with a data scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDataScope {
    /// No area has such a code.
    #[error("areas: {0} is no code of six digits")]
    Area(String),
    /// No station has such an id.
    #[error("stations: {0} is no id")]
    Station(i64),
    /// More than [`PLACES_MAX`].
    #[error("names more than 500 places")]
    TooMany,
}

impl DataScope {
    /// What is stored about a role: `{}` holds everywhere. What cannot be read, or names places
    /// of which none is left, opens nothing.
    pub fn stored(value: &Value) -> Self {
        let blank = value.as_object().is_some_and(Map::is_empty);
        match Self::deserialize(value) {
            Ok(scope) if blank || !scope.is_everywhere() => scope,
            // No station has the id 0.
            _ => Self {
                stations: [0].into(),
                ..Self::default()
            },
        }
    }

    /// Whether it limits nothing.
    pub fn is_everywhere(&self) -> bool {
        self.areas.is_empty() && self.stations.is_empty()
    }

    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), BadDataScope> {
        let code = |area: &&String| area.len() == 6 && area.bytes().all(|b| b.is_ascii_digit());
        if let Some(area) = self.areas.iter().find(|area| !code(area)) {
            return Err(BadDataScope::Area(area.clone()));
        }
        if let Some(id) = self.stations.iter().find(|id| **id <= 0) {
            return Err(BadDataScope::Station(*id));
        }
        if self.areas.len() + self.stations.len() > PLACES_MAX {
            return Err(BadDataScope::TooMany);
        }
        Ok(())
    }

    /// What all of several roles together are limited to; none when one of them holds
    /// everywhere, or when there is no role.
    pub fn union(scopes: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut all = Self::default();
        for scope in scopes {
            if scope.is_everywhere() {
                return None;
            }
            all.areas.extend(scope.areas);
            all.stations.extend(scope.stations);
        }
        (!all.is_everywhere()).then_some(all)
    }

    /// Whether everything in another scope lies in this one. That a station lies in an area is
    /// not known here.
    pub fn holds(&self, other: &Self) -> bool {
        let within = |code: &String| {
            self.areas
                .iter()
                .any(|area| code.starts_with(area_prefix(area)))
        };
        self.is_everywhere()
            || (!other.is_everywhere()
                && other.areas.iter().all(within)
                && other.stations.is_subset(&self.stations))
    }
}

/// What the codes of everything in an area begin with: `5101` for `510100`.
pub fn area_prefix(code: &str) -> &str {
    let mut prefix = code;
    while prefix.len() > 2
        && let Some(shorter) = prefix.strip_suffix("00")
    {
        prefix = shorter;
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::{BadDataScope, DataScope, area_prefix};
    use serde_json::json;

    fn scope(areas: &[&str], stations: &[i64]) -> DataScope {
        DataScope {
            areas: areas.iter().map(|&area| area.to_owned()).collect(),
            stations: stations.iter().copied().collect(),
        }
    }

    #[test]
    fn areas_hold_what_lies_in_them() {
        for (code, prefix) in [
            ("510000", "51"),
            ("510100", "5101"),
            ("510104", "510104"),
            ("100000", "10"),
        ] {
            assert_eq!(area_prefix(code), prefix);
        }
        assert!(scope(&["510000"], &[]).holds(&scope(&["510104"], &[])));
        assert!(!scope(&["510100"], &[]).holds(&scope(&["510000"], &[])));
        assert!(!scope(&["510100"], &[1]).holds(&scope(&[], &[1, 2])));
        assert!(!scope(&["510100"], &[]).holds(&scope(&[], &[])));
        assert!(scope(&[], &[]).holds(&scope(&[], &[])));
    }

    #[test]
    fn one_role_without_limits_lifts_those_of_others() {
        let both = DataScope::union([scope(&["510100"], &[]), scope(&[], &[7])]);
        assert_eq!(both, Some(scope(&["510100"], &[7])));
        assert_eq!(DataScope::union([scope(&[], &[]), scope(&[], &[7])]), None);
        assert_eq!(DataScope::union([]), None);
    }

    #[test]
    fn a_role_without_a_place_left_holds_nowhere() {
        for (stored, everywhere) in [
            (json!({}), true),
            (json!({"stations":[]}), false),
            (json!({"areas":[]}), false),
            (json!({"stations":[7]}), false),
            (json!({"provinces":[]}), false),
            (json!(null), false),
        ] {
            let scope = DataScope::stored(&stored);
            assert_eq!(scope.is_everywhere(), everywhere, "{stored}");
        }
        assert_eq!(json!(DataScope::default()), json!({}));
        assert_eq!(
            DataScope::stored(&json!({"stations":[7]})),
            scope(&[], &[7])
        );
    }

    #[test]
    fn bad_places_are_named() {
        assert_eq!(
            scope(&["51"], &[]).check(),
            Err(BadDataScope::Area("51".to_owned()))
        );
        assert_eq!(scope(&[], &[0]).check(), Err(BadDataScope::Station(0)));
        assert_eq!(scope(&["510104"], &[1]).check(), Ok(()));
    }
}
