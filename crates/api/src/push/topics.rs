//! The names of topics, and what watching each takes.

use bus::Topic;
use domain::permission::default_tree;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use store::row_owners::Addressed;

/// A topic by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) topic: Topic,
    /// The leaf that its page takes.
    pub(super) leaf: String,
    /// The row that it is about, which must be one that is seen.
    pub(super) row: Option<(Addressed, String)>,
    /// Whether its page is the platform's alone.
    pub(super) platform: bool,
}

/// Topics without an id: name, topic, leaf, whether they are the platform's alone.
const LISTS: &[(&str, Topic, &str, bool)] = &[
    ("orders", Topic::Orders, "order.charge.view", false),
    ("devices", Topic::Devices, "device.device.view", false),
    ("ports", Topic::Ports, "device.port.view", false),
    ("stations", Topic::Stations, "device.station.view", false),
    ("alarms", Topic::Alarms, "device.alarm.view", false),
    ("commands", Topic::Commands, "ops.command.view", false),
    ("comm_log", Topic::CommLog, "ops.commlog.view", false),
    ("noise", Topic::Noise, "ops.commlog.view", true),
    ("sessions", Topic::Sessions, "ops.session.view", false),
    ("webhooks", Topic::Webhooks, "ops.webhook.view", true),
    ("findings", Topic::Findings, "ops.consistency.view", false),
    ("modules", Topic::Modules, "ops.degrade.view", true),
    ("screen", Topic::Screen, "screen.main.view", false),
];

/// Pages whose list has a topic of its own.
const LIST_OF_PAGE: &[(&str, Topic)] = &[
    ("order.charge", Topic::Orders),
    ("order.abnormal", Topic::Orders),
    ("device.device", Topic::Devices),
    ("device.port", Topic::Ports),
    ("device.station", Topic::Stations),
    ("device.alarm", Topic::Alarms),
    ("ops.command", Topic::Commands),
    ("ops.session", Topic::Sessions),
    ("ops.webhook", Topic::Webhooks),
    ("ops.consistency", Topic::Findings),
    ("ops.stuck", Topic::Findings),
    ("ops.degrade", Topic::Modules),
];

/// The pages of the console that can be looked at.
static PAGES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let leaves = default_tree().leaves().into_iter();
    let pages = leaves.filter_map(|leaf| leaf.strip_suffix(".view").map(str::to_owned));
    pages.collect()
});

/// The topics that change when somebody has done by hand what takes that leaf.
pub(crate) fn of_page(leaf: &str) -> impl Iterator<Item = Topic> {
    let page = leaf.rsplit_once('.').map_or(leaf, |(page, _)| page);
    let list = LIST_OF_PAGE.iter().find(|(known, _)| *known == page);
    let list = list.map(|(_, topic)| topic.clone());
    std::iter::once(Topic::Page(Arc::from(page))).chain(list)
}

impl Named {
    /// The topic of that name; none when there is no such topic.
    pub(super) fn read(name: &str) -> Option<Self> {
        if let Some((_, topic, leaf, platform)) = LISTS.iter().find(|(known, ..)| *known == name) {
            return Some(Self {
                topic: topic.clone(),
                leaf: (*leaf).to_owned(),
                row: None,
                platform: *platform,
            });
        }
        let (kind, id) = name.split_once(':')?;
        let (topic, leaf, what) = match kind {
            "order" => {
                let topic = Topic::Order(id.parse().ok()?);
                (topic, "order.charge.view", Some(Addressed::Order))
            }
            "device" => {
                let topic = Topic::Device(id.parse().ok()?);
                (topic, "device.device.view", Some(Addressed::Device))
            }
            "comm_log" => {
                let topic = Topic::CommLogOf(id.parse().ok()?);
                (topic, "ops.commlog.view", Some(Addressed::Device))
            }
            "station" => {
                let topic = Topic::Station(id.parse().ok()?);
                (topic, "device.station.view", Some(Addressed::Station))
            }
            "page" if PAGES.contains(id) => {
                return Some(Self {
                    topic: Topic::Page(Arc::from(id)),
                    leaf: format!("{id}.view"),
                    row: None,
                    platform: false,
                });
            }
            _ => return None,
        };
        Some(Self {
            topic,
            leaf: leaf.to_owned(),
            row: what.map(|what| (what, id.to_owned())),
            platform: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LIST_OF_PAGE, LISTS, Named, PAGES, of_page};
    use bus::Topic;
    use domain::permission::default_tree;

    #[test]
    fn every_topic_takes_a_leaf_that_exists() {
        let leaves = default_tree().leaves();
        for (name, ..) in LISTS {
            let named = Named::read(name).expect("a topic");
            assert!(leaves.contains(&named.leaf), "{name}: {}", named.leaf);
        }
        for name in [
            "order:THD1729407600001",
            "device:82210225000520",
            "comm_log:82210225000520",
            "station:7",
            "page:order.refund",
        ] {
            let named = Named::read(name).expect("a topic");
            assert!(leaves.contains(&named.leaf), "{name}: {}", named.leaf);
        }
        for (page, _) in LIST_OF_PAGE {
            assert!(PAGES.contains(*page), "{page}");
        }
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        for name in [
            "",
            "order",
            "order:",
            "order:x y",
            "station:one",
            "device:",
            "device:ä",
            "page:",
            "page:order",
            "page:order.refund.view",
            "everything",
            "orders:1",
        ] {
            assert_eq!(Named::read(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_done_by_hand_changes_its_page_and_its_list() {
        let topics: Vec<Topic> = of_page("device.alarm.ack").collect();
        assert_eq!(topics, [Topic::Page("device.alarm".into()), Topic::Alarms]);
        let topics: Vec<Topic> = of_page("finance.invoice.issue").collect();
        assert_eq!(topics, [Topic::Page("finance.invoice".into())]);
    }
}
