//! Organisations: the platform, its agents, merchants and companies, in one tree.

use serde::{Deserialize, Serialize};

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
}

impl Scope {
    /// The scope of an organisation's account.
    pub fn of(kind: OrgType, path: &str) -> Self {
        match kind {
            OrgType::Platform => Self::Everything,
            _ => Self::Within(path.to_owned()),
        }
    }

    /// The subtree, where there is a limit.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Everything => None,
            Self::Within(path) => Some(path),
        }
    }

    /// Whether a row of that owner and operator is seen. A row without an owner is the
    /// platform's.
    pub fn covers(&self, row_path: Option<&str>, operator_path: Option<&str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Within(path) => may_see(path, row_path.unwrap_or(PLATFORM_PATH), operator_path),
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
    fn rows_without_an_owner_are_the_platforms() {
        assert!(Scope::of(Platform, "/1/").covers(None, None));
        assert!(!Scope::of(Merchant, "/1/2/").covers(None, None));
        assert!(Scope::of(Merchant, "/1/2/").covers(Some("/1/2/"), None));
    }
}
