use super::{Entry, Node, NodeType, Tree, VERSION, default_tree, sidebar, union};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn node(id: &str, toggle: bool, children: Vec<Node>) -> Node {
    Node {
        id: id.to_owned(),
        label: id.to_owned(),
        label_en: String::new(),
        kind: NodeType::Action,
        toggle,
        children,
    }
}

fn leaf(id: &str, toggle: bool) -> Node {
    node(id, toggle, Vec::new())
}

fn tree(access: Vec<Node>) -> Tree {
    Tree {
        version: 1,
        access,
        dataset: Vec::new(),
    }
}

#[test]
fn a_new_leaf_is_false_and_a_parent_never_true() {
    let stored = tree(vec![node("A", true, vec![leaf("a1", true)])]);
    let now = tree(vec![node(
        "A",
        false,
        vec![leaf("a1", false), leaf("a2", false)],
    )]);
    let expected = tree(vec![node(
        "A",
        false,
        vec![leaf("a1", true), leaf("a2", false)],
    )]);
    assert_eq!(now.merged(&stored), expected);
}

#[test]
fn children_do_not_inherit_from_a_former_leaf() {
    let stored = tree(vec![node("A", false, vec![leaf("a1", true)])]);
    let now = tree(vec![node(
        "A",
        false,
        vec![node("a1", false, vec![leaf("x", false), leaf("y", false)])],
    )]);
    assert_eq!(now.clone().merged(&stored), now);
}

#[test]
fn a_former_parent_that_became_a_leaf_is_false() {
    let stored = tree(vec![node("A", true, vec![leaf("a1", true)])]);
    let now = tree(vec![leaf("A", false)]);
    assert_eq!(now.clone().merged(&stored), now);
}

#[test]
fn what_only_the_stored_tree_has_is_dropped() {
    let stored = tree(vec![
        node("A", false, vec![leaf("a1", true)]),
        node("B", false, vec![leaf("b1", true)]),
    ]);
    let now = tree(vec![node("A", false, vec![leaf("a1", false)])]);
    let merged = now.merged(&stored);
    assert!(merged.has("a1"));
    assert!(!merged.has("b1"));
}

#[test]
fn a_new_page_is_false_for_roles_and_true_for_the_super_administrator() {
    let mut before = default_tree().all_granted();
    let lost = before.access.pop().expect("a menu");
    let merged = default_tree().merged(&before);
    let page = &lost.children[0];
    assert!(page.children.iter().all(|leaf| !merged.has(&leaf.id)));
    assert_eq!(
        default_tree().new_leaves(&before),
        lost.children
            .iter()
            .map(|page| page.children.len())
            .sum::<usize>()
    );
    assert!(before.checked_keys().iter().all(|id| merged.has(id)));
    let all = default_tree().all_granted();
    assert!(page.children.iter().all(|leaf| all.has(&leaf.id)));
}

#[test]
fn the_default_tree_grants_nothing_and_repeats_nothing() {
    let tree = default_tree();
    assert_eq!(tree.version, VERSION);
    assert!(tree.checked_keys().is_empty());
    assert_eq!(tree.repeated_id(), None);
    let json = serde_json::to_string(&tree).expect("JSON");
    assert!(!json.contains("\"toggle\":true"));
    assert!(json.starts_with(&format!(
        r#"{{"version":{VERSION},"accessPermission":[{{"id":"#
    )));
    let read: Tree = serde_json::from_str(&json).expect("the same");
    assert_eq!(read, tree);
}

#[test]
fn no_parent_of_a_full_tree_is_true() {
    fn check(node: &Node) {
        assert_eq!(node.toggle, node.is_leaf(), "{}", node.id);
        node.children.iter().for_each(check);
    }
    let all = default_tree().all_granted();
    all.access.iter().chain(&all.dataset).for_each(check);
}

#[test]
fn an_empty_list_of_children_is_a_leaf() {
    let read: Node = serde_json::from_str(
        r#"{"id":"a","label":"甲","type":"action","toggle":true,"children":[]}"#,
    )
    .expect("a node");
    assert!(read.is_leaf());
    assert!(tree(vec![read]).has("a"));
}

#[test]
fn ids_that_are_not_there_are_not_granted() {
    let all = default_tree().all_granted();
    assert!(all.has("order.charge.refund"));
    assert!(all.has("order"));
    assert!(!all.has("order.charge.nothing"));
    assert!(!all.has(""));
}

#[test]
fn a_page_needs_its_view_and_a_menu_a_page() {
    let granted = |ids: &[&str]| {
        let ids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        sidebar(&default_tree().with(&ids))
    };
    assert!(granted(&[]).is_empty());
    assert!(granted(&["order.charge.export", "ds.orders.vin"]).is_empty());
    let shown = granted(&["order.charge.view", "system.role.edit"]);
    assert_eq!(shown.len(), 1);
    assert_eq!(
        (shown[0].id.as_str(), shown[0].label.as_str()),
        ("order", "订单管理")
    );
    let pages: Vec<&Entry> = shown[0].children.iter().collect();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].id, "order.charge");
}

#[test]
fn every_page_has_an_entry_in_the_full_sidebar() {
    let all = default_tree().all_granted();
    let pages: usize = all.access.iter().map(|menu| menu.children.len()).sum();
    let shown: usize = sidebar(&all).iter().map(|menu| menu.children.len()).sum();
    assert_eq!(shown, pages);
}

#[test]
fn roles_add_up() {
    let set = |ids: &[&str]| {
        ids.iter()
            .map(|id| (*id).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        union([&set(&["a", "b"]), &set(&["b", "c"])]),
        set(&["a", "b", "c"])
    );
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = ("[a-e][0-9]", any::<bool>()).prop_map(|(id, toggle)| leaf(&id, toggle));
    let nodes = leaf.prop_recursive(3, 24, 4, |inner| {
        (
            "[a-e][0-9]",
            any::<bool>(),
            prop::collection::vec(inner, 1..4),
        )
            .prop_map(|(id, toggle, children)| node(&id, toggle, children))
    });
    prop::collection::vec(nodes, 0..4).prop_map(tree)
}

proptest! {
    #[test]
    fn merging_twice_changes_nothing(now in any_tree(), stored in any_tree()) {
        let once = now.clone().merged(&stored);
        prop_assert_eq!(now.merged(&once), once);
    }

    #[test]
    fn merging_never_grants_what_was_not_granted(now in any_tree(), stored in any_tree()) {
        let granted = stored.checked_keys();
        for id in now.merged(&stored).checked_keys() {
            prop_assert!(granted.contains(&id));
        }
    }

    #[test]
    fn normalising_twice_changes_nothing(stored in any_tree()) {
        let once = stored.normalized();
        prop_assert_eq!(once.clone().normalized(), once);
    }
}
