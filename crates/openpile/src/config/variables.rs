use super::error::{ConfigError, Origin, unknown_key};
use super::secret_keys::{is_secret, secret_of_file};
use super::tree::{Entry, Node, Value};
use super::yaml;
use std::ffi::OsString;

/// Environment variables that begin so are configuration.
pub(super) const PREFIX: &str = "OPENPILE__";

/// Lays the configuration variables among `variables` over `tree`, which must hold every key
/// there is, as the defaults do.
pub(super) fn apply(
    tree: &mut Node,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), ConfigError> {
    let mut ours: Vec<(String, OsString)> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    // The environment has no order of its own; a section set as a whole comes before its keys.
    ours.sort();
    for (name, value) in ours {
        let origin = Origin::Variable(name.as_str().into());
        let path = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
        let value = value
            .into_string()
            .map_err(|_| ConfigError::new(&origin, &path, "is not valid UTF-8"))?;
        let place = find(tree, &path, &origin)?;
        let value = parse(place, &value, &origin).map_err(|error| error.below(&path))?;
        tree.merge(nest(&path, value, &origin));
    }
    Ok(())
}

/// The node at `path`, none where a secret or its file may be added; otherwise says which keys
/// there are at the level where it goes astray.
fn find<'tree>(
    tree: &'tree Node,
    path: &str,
    origin: &Origin,
) -> Result<Option<&'tree Node>, ConfigError> {
    let mut node = tree;
    let mut section = "";
    let mut keys = path.split('.').peekable();
    while let Some(key) = keys.next() {
        node = match (node.get(key), &node.value) {
            (Some(node), _) => node,
            // What is left out of a section that has no defaults, as those of payment channels.
            (None, Value::Map(_))
                if keys.peek().is_none()
                    && (is_secret(section, key) || secret_of_file(section, key).is_some()) =>
            {
                return Ok(None);
            }
            (None, Value::Map(entries)) => {
                let known: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                return Err(ConfigError::new(origin, path, unknown_key(key, &known)));
            }
            (None, _) => {
                return Err(ConfigError::new(
                    origin,
                    path,
                    "the key before the last is no section",
                ));
            }
        };
        section = key;
    }
    Ok(Some(node))
}

/// The text of a variable in the shape that the key has: a list may be separated by commas.
fn parse(place: Option<&Node>, text: &str, origin: &Origin) -> Result<Node, ConfigError> {
    let as_yaml = || yaml::read(text, &|_, _| origin.clone());
    let value = match place.map(|place| &place.value) {
        Some(Value::Map(_)) => return as_yaml(),
        Some(Value::List(_)) if text.trim_start().starts_with(['[', '-']) => return as_yaml(),
        Some(Value::List(_)) => Value::List(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Node {
                    value: Value::Scalar(item.to_owned()),
                    origin: origin.clone(),
                })
                .collect(),
        ),
        _ if text.is_empty() => Value::Null,
        _ => Value::Scalar(text.to_owned()),
    };
    Ok(Node {
        value,
        origin: origin.clone(),
    })
}

/// Wraps `node` in the maps that lead to `path`.
fn nest(path: &str, node: Node, origin: &Origin) -> Node {
    path.rsplit('.').fold(node, |node, key| Node {
        value: Value::Map(vec![Entry {
            key: key.to_owned(),
            key_origin: origin.clone(),
            node,
        }]),
        origin: origin.clone(),
    })
}
