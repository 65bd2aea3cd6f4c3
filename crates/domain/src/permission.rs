//! What an account may do and see: a tree of functions (功能模块权限) and a tree of database
//! fields (数据库字段权限).
//!
//! Only leaves carry a meaning. A node with children always has `toggle: false`: the tree
//! component of the console takes a checked parent for "everything below it".

mod catalogue;
mod datasets;
mod mask;
mod sidebar;
#[cfg(test)]
mod tests;

pub use catalogue::{SCREEN_LEAF, VERSION, default_tree};
pub use datasets::{DATASETS, Dataset, Field, dataset, leaf_of, plain_leaf_of};
pub use mask::Mask;
pub use sidebar::{Entry, sidebar};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// What a node of the tree stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeType {
    /// A menu of the sidebar.
    Menu,
    /// A page of a menu.
    Page,
    /// Something that can be done on a page.
    Action,
    /// A table of the database.
    Dataset,
    /// A field of such a table.
    Field,
}

/// A node of the tree; a leaf when it has no children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Unique and stable, with dots.
    pub id: String,
    /// What the console shows.
    pub label: String,
    /// The same in English.
    #[serde(default)]
    pub label_en: String,
    /// What it stands for.
    #[serde(rename = "type")]
    pub kind: NodeType,
    /// Granted; false unless this is a leaf.
    #[serde(default)]
    pub toggle: bool,
    /// What it consists of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    /// Whether it has no children.
    pub const fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }

    fn any_granted(&self) -> bool {
        if self.is_leaf() {
            self.toggle
        } else {
            self.children.iter().any(Self::any_granted)
        }
    }

    fn set_leaves(&mut self, granted: &impl Fn(&str) -> bool) {
        self.toggle = self.is_leaf() && granted(&self.id);
        for child in &mut self.children {
            child.set_leaves(granted);
        }
    }
}

/// Both trees of a role or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// Which default tree it was made from.
    pub version: i32,
    /// Functions: menus, pages, actions.
    #[serde(rename = "accessPermission")]
    pub access: Vec<Node>,
    /// Fields of the database.
    #[serde(rename = "datasetPermission")]
    pub dataset: Vec<Node>,
}

impl Tree {
    fn roots(&self) -> impl Iterator<Item = &Node> {
        self.access.iter().chain(&self.dataset)
    }

    fn walk<'a>(&'a self, mut visit: impl FnMut(&'a Node)) {
        for root in self.roots() {
            root.walk(&mut visit);
        }
    }

    /// Whether that leaf is granted; of a node with children, whether any leaf below it is, which
    /// only decides what is visible. An unknown id is not granted.
    pub fn has(&self, id: &str) -> bool {
        fn find<'a>(node: &'a Node, id: &str) -> Option<&'a Node> {
            if node.id == id {
                return Some(node);
            }
            node.children.iter().find_map(|child| find(child, id))
        }
        self.roots()
            .find_map(|root| find(root, id))
            .is_some_and(Node::any_granted)
    }

    /// Takes the toggles of all nodes with children away. Done on every load and every save.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        let granted = self.checked_keys();
        self.set(|id| granted.contains(id));
        self
    }

    /// This default tree with the grants of a stored one. What the stored tree does not know as a
    /// leaf is not granted; what only the stored tree has is dropped.
    #[must_use]
    pub fn merged(mut self, stored: &Self) -> Self {
        let granted = stored.checked_keys();
        self.set(|id| granted.contains(id));
        self
    }

    /// This tree with exactly those leaves granted; ids that are no leaves of it are ignored.
    #[must_use]
    pub fn with(mut self, granted: &BTreeSet<String>) -> Self {
        self.set(|id| granted.contains(id));
        self
    }

    /// This tree with every leaf granted: the built-in super administrator's, never stored.
    #[must_use]
    pub fn all_granted(mut self) -> Self {
        self.set(|_| true);
        self
    }

    fn set(&mut self, granted: impl Fn(&str) -> bool) {
        for root in self.access.iter_mut().chain(&mut self.dataset) {
            root.set_leaves(&granted);
        }
    }

    /// The leaves that are granted: what a tree component is fed with.
    pub fn checked_keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        self.walk(|node| {
            if node.is_leaf() && node.toggle {
                keys.insert(node.id.clone());
            }
        });
        keys
    }

    /// All its leaves, granted or not.
    pub fn leaves(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        self.walk(|node| {
            if node.is_leaf() {
                keys.insert(node.id.clone());
            }
        });
        keys
    }

    /// Leaves of this tree that a stored one does not have: what an upgrade adds.
    pub fn new_leaves(&self, stored: &Self) -> usize {
        let known = stored.leaves();
        self.leaves()
            .iter()
            .filter(|id| !known.contains(*id))
            .count()
    }

    /// The first id that occurs twice.
    pub fn repeated_id(&self) -> Option<String> {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        self.walk(|node| *seen.entry(&node.id).or_default() += 1);
        seen.into_iter()
            .find(|(_, times)| *times > 1)
            .map(|(id, _)| id.to_owned())
    }
}

/// What somebody with several roles may do: what any of them may.
pub fn union<'a>(trees: impl IntoIterator<Item = &'a BTreeSet<String>>) -> BTreeSet<String> {
    trees.into_iter().flatten().cloned().collect()
}
