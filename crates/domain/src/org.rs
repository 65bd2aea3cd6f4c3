//! Organisations: the platform, its agents, merchants and companies, in one tree.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Agents are at most so deep: 一级, 二级, 三级代理.
pub const AGENT_LEVEL_MAX: i16 = 3;

/// The platform's own path.
pub const PLATFORM_PATH: &str = "/1/";

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrgType {
    /// The root; there is one.
    Platform,
    /// Sells and operates for a commission.
    Agent,
    /// Owns or operates stations.
    Merchant,
    /// Pays for its staff and vehicles; owns no stations.
    Company,
}

impl OrgType {
    /// As the database has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Agent => "agent",
            Self::Merchant => "merchant",
            Self::Company => "company",
        }
    }

    /// The type of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Platform, Self::Agent, Self::Merchant, Self::Company]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Why an organisation cannot stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// There is one platform.
    #[error("there is one platform only")]
    SecondPlatform,
    /// That type does not stand under that one.
    #[error("does not stand under an organisation of that type")]
    WrongParent,
    /// The chain of agents would be too long.
    #[error("agents are at most three levels deep")]
    TooDeep,
}

/// The level of a new organisation under a parent of that type and level: 1 to 3 for agents,
/// none otherwise.
pub const fn place(
    kind: OrgType,
    parent: OrgType,
    parent_level: Option<i16>,
) -> Result<Option<i16>, Misplaced> {
    match (kind, parent) {
        (OrgType::Platform, _) => Err(Misplaced::SecondPlatform),
        (OrgType::Agent, OrgType::Platform) => Ok(Some(1)),
        (OrgType::Agent, OrgType::Agent) => {
            let level = match parent_level {
                Some(level) => level + 1,
                None => 2,
            };
            if level > AGENT_LEVEL_MAX {
                Err(Misplaced::TooDeep)
            } else {
                Ok(Some(level))
            }
        }
        (OrgType::Merchant, OrgType::Platform | OrgType::Agent)
        | (OrgType::Company, OrgType::Platform | OrgType::Merchant) => Ok(None),
        _ => Err(Misplaced::WrongParent),
    }
}

/// The path of a child.
pub fn path_of(parent: &str, id: i64) -> String {
    format!("{parent}{id}/")
}

/// Whether a row belongs to an actor: it lies in the actor's subtree, by its owner or by its
/// operator.
pub fn may_see(actor_path: &str, row_path: &str, operator_path: Option<&str>) -> bool {
    is_within(actor_path, row_path)
        || operator_path.is_some_and(|operator| is_within(actor_path, operator))
}

/// Whether a path lies in a subtree. Paths end with a slash, so `/1/1/` does not hold `/1/12/`.
pub fn is_within(subtree: &str, path: &str) -> bool {
    is_path(subtree) && path.starts_with(subtree)
}

fn is_path(text: &str) -> bool {
    text.len() >= 3
        && text.starts_with('/')
        && text.ends_with('/')
        && text
            .bytes()
            .all(|byte| byte == b'/' || byte.is_ascii_digit())
}

/// Which rows somebody sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All: the platform, keys of the administration, the program itself.
    #[default]
    Everything,
    /// Those of an organisation and of what is below it.
    Within(String),
    /// Those of an organisation, less what its stations exclude, and more by what was granted.
    Narrowed(Arc<Narrowed>),
}

/// A subtree whose rows depend on the station that they stand at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    path: String,
    granted: BTreeSet<i64>,
    limit: Option<BTreeSet<i64>>,
}

impl Narrowed {
    /// Stations of others that were shown to the organisation.
    pub const fn granted(&self) -> &BTreeSet<i64> {
        &self.granted
    }

    /// The only stations whose rows are seen, where roles name some. What stands at no station
    /// is not seen then.
    pub const fn limit(&self) -> Option<&BTreeSet<i64>> {
        self.limit.as_ref()
    }
}

impl Scope {
    /// The scope of an organisation's account.
    pub fn of(kind: OrgType, path: &str) -> Self {
        match kind {
            OrgType::Platform => Self::Everything,
            _ => Self::Within(path.to_owned()),
        }
    }

    /// The same with stations of others that were granted, and limited to some stations where
    /// there is a limit.
    pub fn narrowed(
        kind: OrgType,
        path: &str,
        granted: BTreeSet<i64>,
        limit: Option<BTreeSet<i64>>,
    ) -> Self {
        if limit.is_none() && (granted.is_empty() || kind == OrgType::Platform) {
            return Self::of(kind, path);
        }
        Self::Narrowed(Arc::new(Narrowed {
            path: path.to_owned(),
            granted,
            limit,
        }))
    }

    /// The subtree, where there is a limit of any kind.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Everything => None,
            Self::Within(path) => Some(path),
            Self::Narrowed(narrowed) => Some(&narrowed.path),
        }
    }

    /// What is theirs to change: a granted station is only shown.
    #[must_use]
    pub fn without_grants(&self) -> Self {
        match self {
            Self::Narrowed(narrowed) => match &narrowed.limit {
                None => Self::Within(narrowed.path.clone()),
                Some(limit) => Self::Narrowed(Arc::new(Narrowed {
                    path: narrowed.path.clone(),
                    granted: BTreeSet::new(),
                    limit: Some(limit.clone()),
                })),
            },
            other => other.clone(),
        }
    }

    /// Whether a row of that owner and operator, which stands at no station, is seen. A row
    /// without an owner is the platform's.
    pub fn covers(&self, row_path: Option<&str>, operator_path: Option<&str>) -> bool {
        self.covers_at(row_path, operator_path, None)
    }

    /// Whether a row of that owner and operator at that station is seen.
    pub fn covers_at(
        &self,
        row_path: Option<&str>,
        operator_path: Option<&str>,
        station: Option<i64>,
    ) -> bool {
        let within = |path| may_see(path, row_path.unwrap_or(PLATFORM_PATH), operator_path);
        match self {
            Self::Everything => true,
            Self::Within(path) => within(path),
            Self::Narrowed(narrowed) => {
                let among = |set: &BTreeSet<i64>| station.is_some_and(|id| set.contains(&id));
                (within(&narrowed.path) || among(&narrowed.granted))
                    && narrowed.limit.as_ref().is_none_or(among)
            }
        }
    }
}

/// How a station is run (运营模式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationMode {
    /// The owner runs it.
    SelfSelf,
    /// Another operator runs what the owner built.
    SelfOther,
    /// The platform runs it for its owner (代运营).
    Entrusted,
    /// Only shown on a third platform.
    Aggregated,
}

impl OperationMode {
    /// As the database has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfSelf => "self_self",
            Self::SelfOther => "self_other",
            Self::Entrusted => "entrusted",
            Self::Aggregated => "aggregated",
        }
    }

    /// The mode of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::SelfSelf,
            Self::SelfOther,
            Self::Entrusted,
            Self::Aggregated,
        ]
        .into_iter()
        .find(|mode| mode.as_str() == text)
    }

    /// Whether somebody else than the owner operates, so that an operator must be named.
    pub const fn has_operator(self) -> bool {
        matches!(self, Self::SelfOther | Self::Entrusted)
    }
}

#[cfg(test)]
mod tests {
    use super::OrgType::{Agent, Company, Merchant, Platform};
    use super::{Misplaced, Scope, may_see, place};
    use std::collections::BTreeSet;

    #[test]
    fn every_type_has_its_place() {
        for (kind, parent, level, outcome) in [
            (Agent, Platform, None, Ok(Some(1))),
            (Agent, Agent, Some(1), Ok(Some(2))),
            (Agent, Agent, Some(2), Ok(Some(3))),
            (Agent, Agent, Some(3), Err(Misplaced::TooDeep)),
            (Agent, Merchant, None, Err(Misplaced::WrongParent)),
            (Merchant, Platform, None, Ok(None)),
            (Merchant, Agent, Some(3), Ok(None)),
            (Merchant, Merchant, None, Err(Misplaced::WrongParent)),
            (Company, Platform, None, Ok(None)),
            (Company, Merchant, None, Ok(None)),
            (Company, Agent, Some(1), Err(Misplaced::WrongParent)),
            (Company, Company, None, Err(Misplaced::WrongParent)),
            (Platform, Platform, None, Err(Misplaced::SecondPlatform)),
        ] {
            assert_eq!(
                place(kind, parent, level),
                outcome,
                "{kind:?} under {parent:?}"
            );
        }
    }

    #[test]
    fn an_account_sees_its_subtree_and_what_it_operates() {
        assert!(may_see("/1/2/", "/1/2/", None));
        assert!(may_see("/1/2/", "/1/2/7/", None));
        assert!(!may_see("/1/2/", "/1/22/", None));
        assert!(!may_see("/1/2/", "/1/", None));
        assert!(may_see("/1/2/", "/1/3/", Some("/1/2/9/")));
        assert!(!may_see("", "/1/3/", None));
        assert!(!may_see("/", "/1/3/", None));
        assert!(!may_see("/%/", "/1/3/", None));
    }

    #[test]
    fn stations_narrow_and_widen_a_subtree() {
        let limited = Scope::narrowed(Platform, "/1/", BTreeSet::new(), Some([7].into()));
        assert_eq!(limited.path(), Some("/1/"));
        assert!(limited.covers_at(Some("/1/2/"), None, Some(7)));
        assert!(!limited.covers_at(Some("/1/2/"), None, Some(8)));
        assert!(!limited.covers(Some("/1/2/"), None));
        assert!(!limited.covers(None, None));

        let granted = Scope::narrowed(Merchant, "/1/2/", [7].into(), None);
        assert!(granted.covers_at(Some("/1/3/"), None, Some(7)));
        assert!(!granted.covers_at(Some("/1/3/"), None, Some(8)));
        assert!(granted.covers(Some("/1/2/"), None));
        let own = granted.without_grants();
        assert!(!own.covers_at(Some("/1/3/"), None, Some(7)));
        assert!(own.covers(Some("/1/2/"), None));

        // A role that names stations of others shows nothing more.
        let both = Scope::narrowed(Merchant, "/1/2/", [7].into(), Some([7, 9].into()));
        assert!(both.covers_at(Some("/1/3/"), None, Some(7)));
        assert!(!both.covers_at(Some("/1/3/"), None, Some(9)));
        let none = Scope::narrowed(Merchant, "/1/2/", BTreeSet::new(), Some(BTreeSet::new()));
        assert!(!none.covers_at(Some("/1/2/"), None, Some(9)));
        assert_eq!(
            Scope::narrowed(Platform, "/1/", BTreeSet::new(), None),
            Scope::Everything
        );
    }

    #[test]
    fn rows_without_an_owner_are_the_platforms() {
        assert!(Scope::of(Platform, "/1/").covers(None, None));
        assert!(!Scope::of(Merchant, "/1/2/").covers(None, None));
        assert!(Scope::of(Merchant, "/1/2/").covers(Some("/1/2/"), None));
    }
}
