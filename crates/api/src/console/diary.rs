//! What a write changed, for the audit log: the state before and after it, as the console itself
//! shows it. Operations that write the log themselves, in their own transaction, need none of
//! this.

use super::guard::Console;
use super::identity::Acting;
use crate::access::Client;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

/// Longest state that is looked at.
const STATE_MAX: usize = 1 << 20;
/// Longest text of what changed that is kept; of more only the length.
const KEPT_MAX: usize = 16 * 1024;
/// Parts of names whose values are secrets.
const SECRETS: &[&str] = &[
    "secret",
    "password",
    "token",
    "private",
    "api_key",
    "code_hash",
];

/// Reads the state that a write changes: the nearest thing above its path that can be shown.
#[derive(Clone, Debug)]
pub(crate) struct Diary(Router);

impl Diary {
    /// Over the operations themselves, without their guard.
    pub(crate) const fn over(routes: Router) -> Self {
        Self(routes)
    }

    /// The path at which the state of a call's subject is shown, if there is one.
    pub(super) fn subject(console: &Console, route: &str, path: &str) -> Option<String> {
        let (route, path): (Vec<_>, Vec<_>) =
            (route.split('/').collect(), path.split('/').collect());
        (1..=route.len()).rev().find_map(|length| {
            let template = route[..length].join("/");
            // A list of many is not the state of one.
            let shown = console.rules.find(&Method::GET, &template)?;
            let of_one = !shown.paged && template.contains('{');
            of_one.then(|| path.get(..length).map(|parts| parts.join("/")))?
        })
    }

    /// What is shown there now; none when nothing is.
    pub(super) async fn state(
        &self,
        subject: &str,
        client: &Client,
        acting: &Acting,
    ) -> Option<Value> {
        let mut request = Request::get(subject).body(Body::empty()).ok()?;
        request.extensions_mut().insert(client.clone());
        request.extensions_mut().insert(acting.clone());
        let answer = self.0.clone().oneshot(request).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let bytes = to_bytes(answer.into_body(), STATE_MAX).await.ok()?;
        data_of(&bytes)
    }
}

/// The data of an answer.
pub(super) fn data_of(bytes: &Bytes) -> Option<Value> {
    let mut answer: Value = serde_json::from_slice(bytes).ok()?;
    Some(answer.get_mut("data")?.take())
}

/// What stands in the log: before, and after with what was asked for.
pub(super) fn entry(
    before: Option<Value>,
    after: Option<Value>,
    asked: Option<Value>,
    answered: Option<Value>,
) -> (Option<Value>, Option<Value>) {
    let (was, now) = match (before, after) {
        (Some(before), Some(after)) => differences(before, after),
        (before, None) => (before, answered.clone()),
        (None, after) => (None, after),
    };
    let asked = asked.filter(|asked| asked.as_object().is_none_or(|fields| !fields.is_empty()));
    let mut after = Map::new();
    if let Some(asked) = asked {
        after.insert("asked".to_owned(), asked);
    }
    match now.or(answered) {
        Some(now) => after.insert("now".to_owned(), now),
        None => after.insert("done".to_owned(), json!(true)),
    };
    (was.map(kept), Some(kept(Value::Object(after))))
}

/// The fields in which two states differ; nothing when they do not.
fn differences(before: Value, after: Value) -> (Option<Value>, Option<Value>) {
    if before == after {
        return (None, None);
    }
    let (Value::Object(before), Value::Object(mut after)) = (before.clone(), after.clone()) else {
        return (Some(before), Some(after));
    };
    let (mut was, mut now) = (Map::new(), Map::new());
    for (name, old) in before {
        match after.remove(&name) {
            Some(new) if new == old => {}
            Some(new) => {
                let (old, new) = differences(old, new);
                was.insert(name.clone(), old.unwrap_or_default());
                now.insert(name, new.unwrap_or_default());
            }
            None => {
                was.insert(name, old);
            }
        }
    }
    now.extend(after);
    (Some(Value::Object(was)), Some(Value::Object(now)))
}

/// Without secrets, and not too long.
fn kept(mut value: Value) -> Value {
    scrub(&mut value);
    let length = value.to_string().len();
    if length > KEPT_MAX {
        return json!({ "bytes": length });
    }
    value
}

fn scrub(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let secret = name == "key" || SECRETS.iter().any(|part| name.contains(part));
                if secret && !value.is_null() && !value.is_boolean() {
                    *value = json!("******");
                } else {
                    scrub(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(scrub),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::entry;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_kept() {
        let (before, after) = entry(
            Some(json!({"a":1,"b":{"c":2,"d":3},"gone":true})),
            Some(json!({"a":1,"b":{"c":9,"d":3},"new":[1]})),
            Some(json!({"c":9})),
            Some(json!({"ok":true})),
        );
        assert_eq!(before, Some(json!({"b":{"c":2},"gone":true})));
        assert_eq!(
            after,
            Some(json!({"asked":{"c":9},"now":{"b":{"c":9},"new":[1]}}))
        );
    }

    #[test]
    fn what_changes_nothing_says_what_was_asked_and_answered() {
        let same = json!({"a":1});
        let (before, after) = entry(
            Some(same.clone()),
            Some(same),
            Some(json!({})),
            Some(json!(7)),
        );
        assert_eq!((before, after), (None, Some(json!({"now":7}))));
        assert_eq!(
            entry(None, None, None, None),
            (None, Some(json!({"done":true})))
        );
    }

    #[test]
    fn secrets_and_floods_are_left_out() {
        let (_, after) = entry(
            None,
            None,
            Some(json!({"new_password":"x","webhook_secret":"y","list":[{"key":"z"}],"name":"n"})),
            None,
        );
        let text = after.expect("there").to_string();
        for secret in ["\"x\"", "\"y\"", "\"z\""] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("\"n\""));
        let (_, long) = entry(None, Some(json!("x".repeat(20_000))), None, None);
        assert!(long.expect("there")["bytes"].as_u64() > Some(20_000));
    }
}
