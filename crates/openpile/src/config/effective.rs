use super::error::Origin;
use super::secret_keys::is_secret;
use super::tree::{Node, Value};
use std::fmt::Write as _;

/// What is shown instead.
pub(super) const MASK: &str = "***";

/// The configuration in force as YAML. Values that are not defaults say where they come from;
/// secrets and the passwords in addresses are masked.
pub(super) fn render(tree: &Node, defaults_name: &str) -> String {
    let mut out = String::new();
    Renderer { defaults_name }.entries(&mut out, tree, "", 0);
    out
}

struct Renderer<'a> {
    defaults_name: &'a str,
}

impl Renderer<'_> {
    fn entries(&self, out: &mut String, node: &Node, section: &str, depth: usize) {
        let Value::Map(entries) = &node.value else {
            return;
        };
        for entry in entries {
            let secret = is_secret(section, &entry.key);
            out.push_str(&"  ".repeat(depth));
            out.push_str(&entry.key);
            out.push(':');
            if let Value::Map(inner) = &entry.node.value
                && !inner.is_empty()
            {
                out.push('\n');
                self.entries(out, &entry.node, &entry.key, depth + 1);
                continue;
            }
            out.push(' ');
            inline(out, &entry.node, &entry.key, secret);
            self.note_origin(out, &entry.node.origin);
            out.push('\n');
        }
    }

    fn note_origin(&self, out: &mut String, origin: &Origin) {
        let is_default =
            matches!(origin, Origin::File { file, .. } if **file == *self.defaults_name);
        if !is_default {
            // Writing to a string cannot fail.
            let _ = write!(out, "  # {origin}");
        }
    }
}

/// A value on one line, in flow style; `section` is the key that it stands under.
fn inline(out: &mut String, node: &Node, section: &str, secret: bool) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Scalar(_) if secret => out.push_str(&quoted(MASK)),
        Value::Scalar(text) => out.push_str(&scalar(&without_password(text))),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                inline(out, item, section, secret);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { " " });
                out.push_str(&entry.key);
                out.push_str(": ");
                let secret = secret || is_secret(section, &entry.key);
                inline(out, &entry.node, &entry.key, secret);
            }
            out.push_str(if entries.is_empty() { "}" } else { " }" });
        }
    }
}

/// `postgres://user:***@host/db` for an address that carries a password.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    // The last @ ends the password, which may itself contain one.
    let masked = match authority.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    format!("{scheme}://{masked}{}", without_query_secrets(tail))
}

/// `?password=…` is another place where a database address may carry one.
fn without_query_secrets(tail: &str) -> String {
    let Some((path, query)) = tail.split_once('?') else {
        return tail.to_owned();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret_parameter(name) => format!("{name}={MASK}"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&"))
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token", "key", "sign"]
        .iter()
        .any(|word| name.contains(word))
}

/// A scalar, quoted where plain text would be read as something else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/'))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._/+=%@-".contains(c))
        && text != "null";
    if plain { text.to_owned() } else { quoted(text) }
}

/// JSON's quoted strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
