//! The OpenAPI document as a judge: is this status documented for this call, and does the body
//! have the documented form?

use axum::http::{Method, StatusCode};
use serde_json::Value;

/// The document.
pub(crate) struct Documented(Value);

/// Statuses of which the whole document need not speak: no route, no such method.
const EVERYWHERE: [u16; 2] = [404, 405];

impl Documented {
    pub(crate) fn load() -> Self {
        let text = api::openapi().to_json().expect("a document");
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    /// Every operation: method, path template, its description.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Method, &str, &Value)> {
        let paths = self.0["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").iter();
            methods.filter_map(move |(method, operation)| {
                let method = method.to_uppercase().parse().ok()?;
                operation.get("responses")?;
                Some((method, path.as_str(), operation))
            })
        })
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            let (mut want, mut have) = (template.split('/'), path.split('/'));
            loop {
                match (want.next(), have.next()) {
                    (None, None) => return true,
                    (Some(part), Some(_)) if part.starts_with('{') => {}
                    (Some(part), Some(given)) if part == given => {}
                    _ => return false,
                }
            }
        };
        // A literal path goes before a template.
        let mut found: Vec<_> = self
            .operations()
            .filter(|(documented, template, _)| documented == method && fits(template))
            .collect();
        found.sort_by_key(|(_, template, _)| template.matches('{').count());
        found.first().map(|(_, _, operation)| *operation)
    }

    /// Panics when the document does not know of such an answer. Accounts may lack fields.
    pub(crate) fn check(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        body: &Value,
        staffed: bool,
    ) {
        let Some(operation) = self.operation(method, path) else {
            let served = ["/openapi.json", "/docs", "/docs/", "/status"].contains(&path);
            let outside = EVERYWHERE.contains(&status.as_u16());
            assert!(
                served || outside,
                "{method} {path} answered {status} but is not documented"
            );
            return;
        };
        let response = &operation["responses"][status.as_str()];
        assert!(
            !response.is_null(),
            "{method} {path} answered {status}, which is not documented: {body}"
        );
        let Some(schema) = response["content"]["application/json"].get("schema") else {
            return;
        };
        let mut problems = Vec::new();
        self.compare(schema, body, "$", &mut problems);
        if staffed && status.is_success() {
            problems.retain(|problem| !problem.ends_with(" is missing"));
        }
        assert!(
            problems.is_empty(),
            "{method} {path} {status}: {problems:#?}\n{body}"
        );
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap_or_default();
                let target = &self.0["components"]["schemas"][name];
                assert!(!target.is_null(), "the document has no schema {name}");
                self.resolve(target)
            }
            None => schema,
        }
    }

    fn compare(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        let schema = self.resolve(schema);
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let fits = |choice| {
                    let mut inner = Vec::new();
                    self.compare(choice, value, at, &mut inner);
                    inner.is_empty()
                };
                if !choices.iter().any(fits) {
                    problems.push(format!("{at} fits none of the documented forms"));
                }
                return;
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.compare_all(parts, value, at, problems);
        }
        if !type_fits(&schema["type"], value) {
            problems.push(format!("{at} should be {} and is {value}", schema["type"]));
            return;
        }
        match value {
            Value::Object(fields) => {
                for required in schema["required"].as_array().into_iter().flatten() {
                    let name = required.as_str().unwrap_or_default();
                    if !fields.contains_key(name) {
                        problems.push(format!("{at}.{name} is missing"));
                    }
                }
                let Some(properties) = schema["properties"].as_object() else {
                    return;
                };
                for (name, inner) in fields {
                    match properties.get(name) {
                        Some(schema) => {
                            self.compare(schema, inner, &format!("{at}.{name}"), problems);
                        }
                        None => problems.push(format!("{at}.{name} is not documented")),
                    }
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.compare(&schema["items"], inner, &format!("{at}[{index}]"), problems);
                }
            }
            _ => {}
        }
    }

    /// `allOf`: the parts together describe one object.
    fn compare_all(&self, parts: &[Value], value: &Value, at: &str, problems: &mut Vec<String>) {
        let mut whole = serde_json::json!({"type": "object", "required": [], "properties": {}});
        for part in parts {
            let part = self.resolve(part);
            for name in part["required"].as_array().into_iter().flatten() {
                whole["required"]
                    .as_array_mut()
                    .expect("a list")
                    .push(name.clone());
            }
            for (name, schema) in part["properties"].as_object().into_iter().flatten() {
                whole["properties"][name] = schema.clone();
            }
        }
        self.compare(&whole, value, at, problems);
    }
}

fn type_fits(documented: &Value, value: &Value) -> bool {
    let fits = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the document has a type {other}"),
    };
    match documented {
        Value::String(name) => fits(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(fits),
        // No type: anything.
        _ => true,
    }
}
