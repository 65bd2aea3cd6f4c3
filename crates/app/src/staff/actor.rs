use domain::org::{OrgType, PLATFORM_PATH, Scope};
use domain::permission::{Tree, default_tree};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who acts: an account of the console, a key of the administration, or the program itself.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The account; none for keys and the program.
    pub admin_id: Option<i64>,
    /// The session of the account.
    pub session_id: Option<i64>,
    /// User name, `api:7` for a key, `system`.
    pub name: String,
    /// Who that is.
    pub real_name: Option<String>,
    /// Where they work.
    pub org_id: i64,
    /// What that is.
    pub org_type: OrgType,
    /// Its path.
    pub org_path: String,
    /// Its name.
    pub org_name: String,
    /// Has every permission.
    pub is_super: bool,
    /// Nothing but a new password is accepted.
    pub must_change_password: bool,
    /// Six digits are asked for beside the password.
    pub has_second_factor: bool,
    /// Their roles.
    pub role_ids: Vec<i64>,
    /// The leaves that their roles grant.
    pub granted: Arc<BTreeSet<String>>,
    /// Stations of others that their organisation was shown.
    pub granted_stations: BTreeSet<i64>,
    /// The only stations whose rows they see, where their roles name some.
    pub only_stations: Option<BTreeSet<i64>>,
    /// Who looks through this account's eyes: such a session only reads.
    pub viewer: Option<Viewer>,
    /// They are a screen on a wall, and see the big screen only.
    pub screen: Option<ScreenSight>,
    /// Where the call came from.
    pub ip: Option<String>,
}

/// What the token of a screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenSight {
    /// This area only.
    pub area: Option<String>,
}

/// Somebody of the platform who sees the console as an agent does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Their own account.
    pub admin_id: i64,
    /// Its user name.
    pub name: String,
}

impl Actor {
    /// Somebody with every permission on the platform who has no account: a key, the program.
    pub fn trusted(name: impl Into<String>) -> Self {
        Self {
            admin_id: None,
            session_id: None,
            name: name.into(),
            real_name: None,
            org_id: 1,
            org_type: OrgType::Platform,
            org_path: PLATFORM_PATH.to_owned(),
            org_name: String::new(),
            is_super: true,
            must_change_password: false,
            has_second_factor: false,
            role_ids: Vec::new(),
            granted: Arc::default(),
            granted_stations: BTreeSet::new(),
            only_stations: None,
            viewer: None,
            screen: None,
            ip: None,
        }
    }

    /// Whether they have that leaf.
    pub fn has(&self, leaf: &str) -> bool {
        self.is_super || self.granted.contains(leaf)
    }

    /// Which rows they see.
    pub fn scope(&self) -> Scope {
        let granted = self.granted_stations.clone();
        let limit = self.only_stations.clone();
        Scope::narrowed(self.org_type, &self.org_path, granted, limit)
    }

    /// Whether a row of that owner, which stands at no station, is within their subtree. Being
    /// its operator is not enough.
    pub fn owns(&self, path: &str) -> bool {
        self.scope().covers(Some(path), None)
    }

    /// Whether a row of that owner at that station is within their subtree, to be changed.
    pub fn owns_at(&self, path: &str, station: Option<i64>) -> bool {
        let own = self.scope().without_grants();
        own.covers_at(Some(path), None, station)
    }

    /// Whether they work for the whole platform, not only for some places or for others.
    pub fn is_platform(&self) -> bool {
        self.scope().path().is_none()
    }

    /// Their name in logs: with the one who looks through their eyes.
    pub fn full_name(&self) -> String {
        match &self.viewer {
            Some(viewer) => format!("{} as {}", viewer.name, self.name),
            None => self.name.clone(),
        }
    }

    /// Their own tree, computed: all granted for the super administrator.
    pub fn tree(&self) -> Tree {
        if self.is_super {
            default_tree().all_granted()
        } else {
            default_tree().with(&self.granted)
        }
    }

    /// The first of those leaves that they do not have: nobody gives away what they lack.
    pub fn lacks<'a>(&self, leaves: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
        leaves
            .into_iter()
            .find(|leaf| !self.has(leaf))
            .map(String::as_str)
    }
}
