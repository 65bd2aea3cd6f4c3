//! The columns of a list, as the document describes its rows: a file has them all, also when the
//! list is empty.

use super::sheet::Column;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::{OpenApi, RefOr};

/// What descriptions of instants say.
const TIME: &str = "Unix seconds";

/// The columns of an operation's list; none when it is no list.
pub(super) fn of(operation: &Operation, document: &OpenApi) -> Vec<Column> {
    rows(operation, document).unwrap_or_default()
}

fn rows(operation: &Operation, document: &OpenApi) -> Option<Vec<Column>> {
    let RefOr::T(response) = operation.responses.responses.get("200")? else {
        return None;
    };
    let RefOr::T(content) = response.content.get("application/json")? else {
        return None;
    };
    let envelope = content.schema.as_ref()?;
    let data = field(envelope, "data", document)?;
    let items = field(data, "items", document)?;
    let Schema::Array(list) = resolved(items, document)? else {
        return None;
    };
    let ArrayItems::RefOrSchema(row) = &list.items else {
        return None;
    };
    let mut columns = Vec::new();
    collect(row, document, &mut columns);
    Some(columns)
}

fn resolved<'a>(schema: &'a RefOr<Schema>, document: &'a OpenApi) -> Option<&'a Schema> {
    match schema {
        RefOr::T(schema) => Some(schema),
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            let known = document.components.as_ref()?.schemas.get(name)?;
            resolved(known, document)
        }
    }
}

fn field<'a>(
    schema: &'a RefOr<Schema>,
    name: &str,
    document: &'a OpenApi,
) -> Option<&'a RefOr<Schema>> {
    match resolved(schema, document)? {
        Schema::Object(object) => object.properties.get(name),
        Schema::AllOf(all) => all
            .items
            .iter()
            .find_map(|part| field(part, name, document)),
        _ => None,
    }
}

/// The fields of a row: those that are always there first, in their order, then the others.
fn collect(schema: &RefOr<Schema>, document: &OpenApi, columns: &mut Vec<Column>) {
    match resolved(schema, document) {
        Some(Schema::Object(object)) => {
            let always = object.required.iter();
            let others = object.properties.keys();
            for name in always.chain(others) {
                if columns.iter().any(|column| column.name == *name) {
                    continue;
                }
                let is_time = object.properties.get(name).is_some_and(is_time);
                columns.push(Column {
                    name: name.clone(),
                    is_time,
                });
            }
        }
        Some(Schema::AllOf(all)) => {
            for part in &all.items {
                collect(part, document, columns);
            }
        }
        _ => {}
    }
}

fn is_time(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let said = object.description.as_deref();
            said.is_some_and(|said| said.contains(TIME))
        }
        _ => false,
    }
}
