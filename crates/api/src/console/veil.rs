//! Fields that an account may not see, or only in part.

use crate::failure::Failure;
use app::staff::Actor;
use domain::permission::{DATASETS, Dataset, Mask, leaf_of, plain_leaf_of};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The names in JSON that an account does not get, by dataset: what the console leaves out.
pub(crate) fn hidden_fields(actor: &Actor) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    DATASETS
        .iter()
        .map(|dataset| {
            let veil = Veil::of(actor, &[dataset]);
            (dataset.name, veil.hidden.into_keys().collect())
        })
        .filter(|(_, names): &(_, BTreeSet<_>)| !names.is_empty())
        .collect()
}

/// What lies over the fields of some datasets for one account.
#[derive(Clone, Debug, Default)]
pub(super) struct Veil {
    /// Names in JSON that are taken away, and the leaf that would show them.
    hidden: HashMap<&'static str, String>,
    /// Names in JSON that are masked.
    masked: HashMap<&'static str, Mask>,
}

impl Veil {
    pub(super) fn of(actor: &Actor, datasets: &[&'static Dataset]) -> Self {
        let mut veil = Self::default();
        if actor.is_super {
            return veil;
        }
        for dataset in datasets {
            if !actor.is_platform() {
                let own = dataset.platform_only.iter();
                veil.hidden
                    .extend(own.map(|key| (*key, "platform".to_owned())));
            }
            for field in dataset.fields {
                let leaf = leaf_of(dataset, field);
                if !actor.has(&leaf) {
                    for key in field.keys {
                        veil.hidden.insert(key, leaf.clone());
                    }
                } else if let Some(mask) = field.mask
                    && plain_leaf_of(dataset, field).is_some_and(|plain| !actor.has(&plain))
                {
                    for key in field.keys {
                        veil.masked.insert(key, mask);
                    }
                }
            }
        }
        veil
    }

    /// Whether a field is hidden or masked.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.hidden.contains_key(name) || self.masked.contains_key(name)
    }

    /// The text of a field as it is to be seen.
    pub(super) fn text(&self, name: &str, text: &str) -> String {
        match self.masked.get(name) {
            _ if self.hidden.contains_key(name) => Mask::Hidden.apply(text),
            Some(mask) => mask.apply(text),
            None => text.to_owned(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.hidden.is_empty() && self.masked.is_empty()
    }

    /// Whether a field of that name is taken away.
    pub(super) fn hides(&self, name: &str) -> bool {
        self.hidden.contains_key(name)
    }

    /// Refuses filters and sort orders by hidden fields: what they select would tell.
    pub(super) fn check_query(&self, pairs: &[(String, String)]) -> Result<(), Failure> {
        for (name, value) in pairs {
            let name = if matches!(name.as_str(), "sort" | "order_by") {
                value.trim_start_matches('-')
            } else {
                name
            };
            if let Some(leaf) = self.hidden.get(name) {
                return Err(Failure::denied(leaf));
            }
        }
        Ok(())
    }

    /// Refuses hidden fields in a body, and masked ones that would be written back as masked.
    pub(super) fn check_body(&self, body: &Value) -> Result<(), Failure> {
        match body {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some(leaf) = self.hidden.get(name.as_str()) {
                        return Err(Failure::denied(leaf));
                    }
                    if self.masked.contains_key(name.as_str())
                        && value.as_str().is_some_and(|text| text.contains("**"))
                    {
                        return Err(Failure::invalid(name, "is masked"));
                    }
                    self.check_body(value)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.check_body(item)),
            _ => Ok(()),
        }
    }

    /// Takes from an answer what is not to be seen, at any depth.
    pub(super) fn cover(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => self.cover_fields(fields),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cover(item)),
            _ => {}
        }
    }

    fn cover_fields(&self, fields: &mut Map<String, Value>) {
        fields.retain(|name, _| !self.hidden.contains_key(name.as_str()));
        for (name, value) in fields.iter_mut() {
            match self.masked.get(name.as_str()) {
                Some(mask) => cover_value(*mask, value),
                None => self.cover(value),
            }
        }
    }
}

fn cover_value(mask: Mask, value: &mut Value) {
    *value = match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String(mask.apply(text)),
        Value::Number(number) => Value::String(mask.apply(&number.to_string())),
        // A structure has no last four digits.
        _ => Value::String(Mask::Hidden.apply("")),
    };
}

#[cfg(test)]
mod tests {
    use super::Veil;
    use app::staff::Actor;
    use domain::permission::dataset;
    use serde_json::json;
    use std::sync::Arc;

    fn veil(leaves: &[&str]) -> Veil {
        let actor = Actor {
            is_super: false,
            granted: Arc::new(leaves.iter().map(|leaf| (*leaf).to_owned()).collect()),
            ..Actor::trusted("test")
        };
        Veil::of(&actor, &[dataset("cards").expect("a dataset")])
    }

    #[test]
    fn fields_are_taken_away_masked_or_shown() {
        let card =
            json!({"items":[{"card_no":"1000000001","phone":"13800138000","status":"active"}]});
        for (leaves, shown) in [
            (&[][..], json!({"items":[{"status":"active"}]})),
            (
                &["ds.cards.card_no", "ds.cards.phone"],
                json!({"items":[{"card_no":"****0001","phone":"138****8000","status":"active"}]}),
            ),
            (
                &["ds.cards.card_no", "ds.cards.card_no.plain"],
                json!({"items":[{"card_no":"1000000001","status":"active"}]}),
            ),
            (
                &["ds.cards.card_no.plain"],
                json!({"items":[{"status":"active"}]}),
            ),
        ] {
            let mut answer = card.clone();
            veil(leaves).cover(&mut answer);
            assert_eq!(answer, shown, "{leaves:?}");
        }
    }

    #[test]
    fn hidden_fields_are_refused_wherever_they_are_named() {
        let veil = veil(&["ds.cards.phone"]);
        let query = |name: &str, value: &str| veil.check_query(&[(name.into(), value.into())]);
        assert!(query("card_no", "1").is_err());
        assert!(query("sort", "-card_no").is_err());
        assert!(query("phone", "1").is_ok());
        assert!(veil.check_body(&json!({"a":[{"card_no":"1"}]})).is_err());
        assert!(veil.check_body(&json!({"phone":"138****8000"})).is_err());
        assert!(veil.check_body(&json!({"phone":"13800138000"})).is_ok());
    }
}
