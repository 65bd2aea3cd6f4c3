//! Secrets that stand in files of their own: `password_file: /run/secrets/mail` instead of
//! `password`, for every secret there is.

use super::error::{ConfigError, Origin};
use super::read_at_most;
use super::secret_keys::{is_list, secret_of_file};
use super::tree::{Entry, Node, Value};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Longest secret; a chain of certificates is far below.
const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// The bit of a file's mode that lets everybody read it.
const READABLE_BY_ALL: u32 = 0o004;

/// Puts the content of each file that holds a secret where the secret belongs. Returns what is
/// allowed but probably not meant.
pub(super) fn read(tree: &mut Node) -> Result<Vec<String>, ConfigError> {
    let mut warnings = Vec::new();
    fill(tree, "", "", &mut warnings)?;
    Ok(warnings)
}

/// Goes through what stands at `path`, under the key `section`.
fn fill(
    node: &mut Node,
    path: &str,
    section: &str,
    warnings: &mut Vec<String>,
) -> Result<(), ConfigError> {
    match &mut node.value {
        Value::Null | Value::Scalar(_) => {}
        Value::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                fill(item, &format!("{path}[{index}]"), section, warnings)?;
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter_mut() {
                let path = below(path, &entry.key);
                fill(&mut entry.node, &path, &entry.key, warnings)?;
            }
            let (files, rest) = std::mem::take(entries)
                .into_iter()
                .partition(|entry| secret_of_file(section, &entry.key).is_some());
            *entries = rest;
            for file in files {
                let path = below(path, &file.key);
                warnings.extend(put(entries, &file, &path, section)?);
            }
        }
    }
    Ok(())
}

fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// Reads the file that the entry `file` names into the secret beside it. Returns a warning.
fn put(
    entries: &mut Vec<Entry>,
    file: &Entry,
    path: &str,
    section: &str,
) -> Result<Option<String>, ConfigError> {
    let refusal = |problem: String| ConfigError::new(&file.node.origin, path, problem);
    let name = match &file.node.value {
        Value::Null => return Ok(None),
        Value::Scalar(name) => name,
        Value::List(_) | Value::Map(_) => {
            return Err(refusal("must be the path of a file".to_owned()));
        }
    };
    let Some(secret) = secret_of_file(section, &file.key) else {
        return Ok(None);
    };
    let place = entries.iter().position(|entry| entry.key == secret);
    if let Some(set) = place
        .map(|place| &entries[place].node)
        .filter(|node| is_set(node))
    {
        let problem = format!("`{secret}` is set as well, at {}", set.origin);
        return Err(refusal(problem));
    }
    let text = content(Path::new(name)).map_err(refusal)?;
    let node = node_of(secret, &text, &Origin::SecretFile(name.as_str().into()));
    match place {
        Some(place) => entries[place].node = node,
        None => entries.push(Entry {
            key: secret.to_owned(),
            key_origin: file.key_origin.clone(),
            node,
        }),
    }
    Ok(is_open_to_all(Path::new(name)).then(|| format!("{path}: everybody may read {name}")))
}

/// Whether somebody has written down anything: neither null nor an empty list, the defaults.
fn is_set(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::List(items) => !items.is_empty(),
        Value::Scalar(_) | Value::Map(_) => true,
    }
}

/// The text of a file without its last line break. A problem is told with the file's name.
fn content(path: &Path) -> Result<String, String> {
    let name = path.display();
    let text = read_at_most(path, SECRET_BYTES_MAX + 1)
        .map_err(|error| format!("cannot read {name}: {error}"))?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!("{name} is longer than {SECRET_BYTES_MAX} bytes"));
    }
    let text = text.trim_end_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err(format!("{name} is empty"));
    }
    Ok(text.to_owned())
}

fn is_open_to_all(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.mode() & READABLE_BY_ALL != 0)
}

/// One secret, or one a line where there may be several.
fn node_of(key: &str, text: &str, origin: &Origin) -> Node {
    let scalar = |text: &str| Node {
        value: Value::Scalar(text.to_owned()),
        origin: origin.clone(),
    };
    if !is_list(key) {
        return scalar(text);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Node {
        value: Value::List(lines.map(scalar).collect()),
        origin: origin.clone(),
    }
}
