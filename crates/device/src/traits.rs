//! Traits of one device: name and value.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A few traits by name. A sorted list: a fleet has many of these with few entries each, and the
/// node of a tree is as large as its eleven places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Traits(LiteMap<Box<str>, Box<str>>);

impl Traits {
    /// The value of a trait.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(AsRef::as_ref)
    }

    /// Sets a trait.
    pub fn insert(&mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) {
        self.0.insert(key.into(), value.into());
    }

    /// Takes a trait away.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Takes all traits away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All traits in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Sets all traits of another list.
    pub fn extend(&mut self, other: Self) {
        self.0.extend_from_litemap(other.0);
    }
}

impl From<BTreeMap<String, String>> for Traits {
    fn from(map: BTreeMap<String, String>) -> Self {
        map.into_iter().collect()
    }
}

impl From<Traits> for BTreeMap<String, String> {
    fn from(traits: Traits) -> Self {
        let all = traits.0.into_iter();
        all.map(|(key, value)| (key.into(), value.into())).collect()
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Traits {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        let all = all.into_iter();
        Self(all.map(|(key, value)| (key.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_values_win_and_names_are_in_order() {
        let mut traits: Traits = [("b", "1"), ("a", "2")].into_iter().collect();
        traits.extend([("c", "3"), ("b", "4")].into_iter().collect());
        traits.remove("a");
        traits.insert("a", "5");
        let all: Vec<_> = traits.iter().collect();
        assert_eq!(all, [("a", "5"), ("b", "4"), ("c", "3")]);
        assert_eq!((traits.get("b"), traits.get("d")), (Some("4"), None));
        let map = BTreeMap::from(traits.clone());
        assert_eq!(Traits::from(map), traits);
    }
}
