use super::{Node, Tree};
use serde::Serialize;

/// An entry of the console's sidebar: a menu, or a page of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The node's id.
    pub id: String,
    /// What is shown.
    pub label: String,
    /// The same in English.
    pub label_en: String,
    /// The pages of a menu.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Entry>,
}

/// What an account with that tree sees in the sidebar: pages whose `.view` leaf is granted, and
/// menus with at least one such page.
pub fn sidebar(tree: &Tree) -> Vec<Entry> {
    tree.access
        .iter()
        .filter_map(|menu| {
            let pages: Vec<Entry> = menu
                .children
                .iter()
                .filter(|page| is_visible(page))
                .map(|page| entry(page, Vec::new()))
                .collect();
            (!pages.is_empty()).then(|| entry(menu, pages))
        })
        .collect()
}

fn is_visible(page: &Node) -> bool {
    page.children.iter().any(|leaf| {
        leaf.toggle && leaf.is_leaf() && leaf.id.strip_prefix(&page.id) == Some(".view")
    })
}

fn entry(node: &Node, children: Vec<Entry>) -> Entry {
    Entry {
        id: node.id.clone(),
        label: node.label.clone(),
        label_en: node.label_en.clone(),
        children,
    }
}
