//! Lines of the audit log: what they show of a row follows the leaves of that row's fields.

use super::veil::Veil;
use crate::failure::Failure;
use app::staff::Actor;
use domain::permission::{DATASETS, Dataset, dataset};
use serde_json::Value;

/// What rows are called in the names of objects and in paths, and the datasets of their fields.
const OF_ROWS: &[(&[&str], &[&str])] = &[
    (&["card", "cards"], &["cards"]),
    (&["vehicle", "vehicles"], &["vehicles"]),
    (&["member", "members"], &["members"]),
    (&["org"], &["agents", "merchants", "companies"]),
    (&["agents"], &["agents"]),
    (&["merchants"], &["merchants"]),
    (&["companies"], &["companies"]),
    (
        &[
            "order",
            "orders",
            "occupancy",
            "occupancies",
            "reservation",
            "reservations",
        ],
        &["orders"],
    ),
    (
        &["recharge", "recharges", "refund", "refunds"],
        &["payments"],
    ),
    (&["admin", "admins", "session"], &["admins"]),
    (&["station", "stations"], &["stations"]),
    (&["device", "devices"], &["devices"]),
    (&["invoice", "invoices"], &["invoices"]),
    (&["operation", "operations"], &["members", "companies"]),
];
/// Rows whose names are fields themselves.
const NAMED_BY: &[(&[&str], &str, &str)] = &[
    (&["card", "cards"], "card_no", "ds.cards.card_no"),
    (&["vehicle", "vehicles"], "vin", "ds.vehicles.vin"),
];
/// What paths of the administration begin with.
const PATHS: &str = "/api/v1/admin/";

/// What somebody sees of a line about an object.
pub(crate) struct Trace {
    veil: Veil,
    /// The field that names the object, its leaf, and where its name stands in the text.
    named_by: Option<(&'static str, &'static str, usize, usize)>,
}

impl Trace {
    /// Of an object such as `card:1000000001` or `/api/v1/admin/cards/1000000001/bind`. What is
    /// not known is covered by all datasets.
    pub(crate) fn of(actor: &Actor, object: Option<&str>) -> Self {
        let object = object.unwrap_or_default();
        let (start, separator) = match object.strip_prefix(PATHS) {
            Some(_) => (PATHS.len(), '/'),
            None => (0, ':'),
        };
        let rest = &object[start..];
        let kind = rest.split(separator).next().unwrap_or_default();
        let known = OF_ROWS.iter().find(|(kinds, _)| kinds.contains(&kind));
        let datasets: Vec<&'static Dataset> = match known {
            Some((_, names)) => names.iter().filter_map(|name| dataset(name)).collect(),
            None => DATASETS
                .iter()
                .filter(|set| set.name != "audit_logs")
                .collect(),
        };
        let named = NAMED_BY.iter().find(|(kinds, ..)| kinds.contains(&kind));
        let named_by = named.and_then(|(_, field, leaf)| {
            let begins = start + kind.len() + separator.len_utf8();
            let name = object.get(begins..)?.split(separator).next()?;
            (!name.is_empty()).then_some((*field, *leaf, begins, begins + name.len()))
        });
        Self {
            veil: Veil::of(actor, &datasets),
            named_by,
        }
    }

    /// The object as it is to be seen.
    pub(crate) fn object(&self, object: &str) -> String {
        match self.named_by {
            Some((field, _, begins, ends)) if self.veil.covers(field) => {
                let name = self.veil.text(field, &object[begins..ends]);
                format!("{}{name}{}", &object[..begins], &object[ends..])
            }
            _ => object.to_owned(),
        }
    }

    /// Takes from what changed what is not to be seen.
    pub(crate) fn cover(&self, changed: &mut Option<Value>) {
        if let Some(changed) = changed {
            self.veil.cover(changed);
        }
    }

    /// Refuses to look for an object by a name that is not to be seen.
    pub(crate) fn check_filter(&self) -> Result<(), Failure> {
        match self.named_by {
            Some((field, leaf, ..)) if self.veil.covers(field) => Err(Failure::denied(leaf)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Trace;
    use app::staff::Actor;
    use serde_json::json;
    use std::sync::Arc;

    fn actor(leaves: &[&str]) -> Actor {
        Actor {
            is_super: false,
            granted: Arc::new(leaves.iter().map(|leaf| (*leaf).to_owned()).collect()),
            ..Actor::trusted("test")
        }
    }

    #[test]
    fn names_and_changes_follow_the_leaves_of_the_row() {
        let none = actor(&[]);
        let some = actor(&["ds.cards.card_no", "ds.cards.phone", "ds.members.phone"]);
        for (actor, object, shown) in [
            (&none, "card:1000000001", "card:******"),
            (&some, "card:1000000001", "card:****0001"),
            (
                &some,
                "/api/v1/admin/cards/1000000001/bind",
                "/api/v1/admin/cards/****0001/bind",
            ),
            (&some, "/api/v1/admin/cards", "/api/v1/admin/cards"),
            (
                &none,
                "/api/v1/admin/vehicles/LSGBC5345HG001234",
                "/api/v1/admin/vehicles/******",
            ),
            (&none, "role:7", "role:7"),
        ] {
            assert_eq!(Trace::of(actor, Some(object)).object(object), shown);
        }
        let change = json!({"asked":{"phone":"13800138000","holder":"X"},"state":"lost"});
        for (object, shown) in [
            (
                "card:1",
                json!({"asked":{"phone":"138****8000"},"state":"lost"}),
            ),
            ("setting:1", json!({"asked":{},"state":"lost"})),
        ] {
            let mut seen = Some(change.clone());
            Trace::of(&some, Some(object)).cover(&mut seen);
            assert_eq!(seen, Some(shown), "{object}");
        }
        assert!(Trace::of(&some, Some("card:1")).check_filter().is_err());
        assert!(Trace::of(&some, Some("card")).check_filter().is_ok());
        assert!(
            Trace::of(&actor(&[]), Some("role:7"))
                .check_filter()
                .is_ok()
        );
    }
}
