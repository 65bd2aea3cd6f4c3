use super::columns;
use super::sheet::Column;
use axum::http::Method;
use domain::permission::{Dataset, dataset};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{PathItem, RefOr, Schema};

/// What operations declare, in the document gathered under one name.
pub(crate) const DECLARED: &str = "x-permission";

/// What an operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: logging in.
    Public,
    /// A session or a key, nothing more.
    Session,
    /// That leaf.
    Leaf(String),
}

/// Whose rows an operation shows or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Nobody's.
    Any,
    /// A list that narrows itself by [`super::Seen`].
    Own,
    /// Those that its path names.
    Addressed,
    /// Not narrowed: only for the platform.
    Platform,
}

/// What is declared about an operation.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) operation: String,
    pub(crate) access: Access,
    pub(crate) datasets: Vec<&'static Dataset>,
    pub(crate) rows: Rows,
    /// Whether it is a list that can be exported.
    pub(crate) paged: bool,
    /// What the rows of such a list have.
    pub(crate) columns: Vec<Column>,
    /// Whether it takes a parameter of that name, a list's or its own.
    pub(crate) has_format: bool,
    /// Whether it writes the audit log itself.
    pub(crate) audits: bool,
    /// Fields of its answer that are shown once.
    pub(crate) secrets: Vec<String>,
    /// Fields of its body.
    pub(crate) fields: BTreeSet<String>,
}

impl Rule {
    /// The leaf that exporting the list takes.
    pub(crate) fn export_leaf(&self) -> String {
        match &self.access {
            Access::Leaf(leaf) => {
                let page = leaf
                    .rsplit_once('.')
                    .map_or(leaf.as_str(), |(page, _)| page);
                format!("{page}.export")
            }
            Access::Public | Access::Session => "export".to_owned(),
        }
    }
}

/// The rules of all operations of the administration.
#[derive(Debug, Default)]
pub(crate) struct Rules(HashMap<(Method, String), Rule>);

impl Rules {
    /// Reads them from the completed document.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut rules = HashMap::new();
        for (path, item) in &document.paths.paths {
            if !path.starts_with("/api/v1/admin/") {
                continue;
            }
            for (method, operation) in operations(item) {
                if let Some(mut rule) = rule(path, operation, document) {
                    rule.fields = body_fields(document, operation);
                    rules.insert((method, path.clone()), rule);
                }
            }
        }
        Self(rules)
    }

    /// The rule of a route; none when it declares nothing, which refuses everybody.
    pub(crate) fn find(&self, method: &Method, route: &str) -> Option<&Rule> {
        let method = if *method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        self.0.get(&(method, route.to_owned()))
    }
}

/// The names of the fields of an operation's body.
fn body_fields(document: &OpenApi, operation: &Operation) -> BTreeSet<String> {
    let content = match operation.request_body.as_ref() {
        Some(RefOr::T(body)) => body.content.get("application/json"),
        _ => None,
    };
    let Some(RefOr::T(content)) = content else {
        return BTreeSet::new();
    };
    let schema = match content.schema.as_ref() {
        Some(RefOr::Ref(named)) => {
            let name = named.ref_location.rsplit('/').next().unwrap_or_default();
            let known = document.components.as_ref();
            known.and_then(|known| known.schemas.get(name))
        }
        schema => schema,
    };
    match schema {
        Some(RefOr::T(Schema::Object(object))) => object.properties.keys().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

/// Whether an operation is a list of pages.
pub(crate) fn is_paged(operation: &Operation) -> bool {
    takes(operation, "page")
}

/// Whether an operation takes a parameter of that name in its query.
fn takes(operation: &Operation, name: &str) -> bool {
    operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => {
                parameter.name == name && parameter.parameter_in == ParameterIn::Query
            }
            RefOr::Ref(_) => false,
        })
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn rule(path: &str, operation: &Operation, document: &OpenApi) -> Option<Rule> {
    let declared = operation.extensions.as_ref()?.get(DECLARED)?.as_object()?;
    let access = match declared.get("access")?.as_str()? {
        "public" => Access::Public,
        "session" => Access::Session,
        leaf => Access::Leaf(leaf.to_owned()),
    };
    // A dataset that does not exist must not leave the fields of one that was meant open.
    let datasets: Option<Vec<_>> = names(declared, "dataset").map(dataset).collect();
    let rows = match declared.get("scope").and_then(Value::as_str) {
        Some("any") => Rows::Any,
        Some("org") => Rows::Own,
        None if super::rows::addresses(path) => Rows::Addressed,
        Some(_) | None => Rows::Platform,
    };
    Some(Rule {
        operation: operation.operation_id.clone().unwrap_or_default(),
        access,
        datasets: datasets?,
        rows,
        paged: is_paged(operation),
        columns: columns::of(operation, document),
        has_format: takes(operation, "format"),
        audits: declared.get("audit").is_some(),
        secrets: names(declared, "secret").map(str::to_owned).collect(),
        fields: BTreeSet::new(),
    })
}

fn names<'a>(declared: &'a Map<String, Value>, what: &str) -> impl Iterator<Item = &'a str> {
    let said = declared.get(what);
    let one = said.and_then(Value::as_str);
    let many = said.and_then(Value::as_array).into_iter().flatten();
    one.into_iter().chain(many.filter_map(Value::as_str))
}
