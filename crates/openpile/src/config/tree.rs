use super::error::Origin;

/// A configuration before it has types. Scalars keep their text, so that the type of the key, not
/// the look of the text, decides what `0123` or `true` means.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `null`, `~` or nothing.
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_origin: Origin,
    pub(super) node: Node,
}

impl Node {
    /// The node below `key`, where this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// Lays `over` upon this node: maps are merged key by key, anything else is replaced. A
    /// section without content (`http:` and nothing more) changes nothing.
    pub(super) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Map(_), Value::Null) => {}
            (Value::Map(entries), Value::Map(newer)) => {
                for entry in newer {
                    match entries.iter_mut().find(|e| e.key == entry.key) {
                        Some(existing) => existing.node.merge(entry.node),
                        None => entries.push(entry),
                    }
                }
                // What does not fit together does so because of what was written last.
                self.origin = over.origin;
            }
            (value, newer) => {
                *value = newer;
                self.origin = over.origin;
            }
        }
    }
}
