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
    /// Their roles.
    pub role_ids: Vec<i64>,
    /// The leaves that their roles grant.
    pub granted: Arc<BTreeSet<String>>,
    /// Where the call came from.
    pub ip: Option<String>,
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
            role_ids: Vec::new(),
            granted: Arc::default(),
            ip: None,
        }
    }

    /// Whether they have that leaf.
    pub fn has(&self, leaf: &str) -> bool {
        self.is_super || self.granted.contains(leaf)
    }

    /// Which rows they see.
    pub fn scope(&self) -> Scope {
        Scope::of(self.org_type, &self.org_path)
    }

    /// Whether a row of that owner is within their subtree. Being its operator is not enough.
    pub fn owns(&self, path: &str) -> bool {
        self.scope().covers(Some(path), None)
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
