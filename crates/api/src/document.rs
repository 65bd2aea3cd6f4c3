//! The OpenAPI document: what all operations have in common is added here, in one place.

use crate::Api;
use crate::console::{DECLARED, is_paged};
use crate::failure::{Denial, Refusal};
use axum::Router;
use serde_json::{Map, Value};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr,
    Response, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Name of the security scheme of keys.
const KEY: &str = "api_key";
/// Name of the security scheme of people who are logged in.
const TOKEN: &str = "token";
/// Operations by which people get in, and what they see before: open to everybody.
const DOORS: [&str; 5] = [
    "member_send_code",
    "member_log_in",
    "member_refresh",
    "member_banners",
    "member_site",
];

/// Introduction of the document.
const INTRODUCTION: &str = "\
Every answer is an envelope: `code` 0 with HTTP 200, or `code` = HTTP status. Bodies are read as \
JSON whatever the `Content-Type`; unknown fields are refused. Times are Unix seconds, money fen, \
energy kWh, power W.

**Keys.** `X-Api-Key` names the caller. `X-Timestamp` (Unix seconds, at most 300 s off) and \
`X-Nonce` (1 to 64 characters, good once in ten minutes) are optional protection against replays. \
`X-Signature` is required from keys that demand it: the lowercase hexadecimal HMAC-SHA256, with \
the key's secret, of `METHOD`, path without query, `X-Timestamp`, `X-Nonce` and the lowercase \
hexadecimal SHA-256 of the body, joined by line feeds.

**Rates.** By default five writes at once and two more each second per key and device, twenty \
reads a second per key; beyond that 429 with `Retry-After`.

**Repeats.** A write with an `Idempotency-Key` is done once; a repeat within a day gets the same \
answer, without the passwords, keys and codes that it showed the first time.

**Accounts.** The administration is also open to accounts of the console, with `Authorization: \
Bearer` and the token of a login, or with its cookie, which needs the header `X-Requested-With` \
for writes. `x-permission` names what an operation needs. Fields that an account may not see are \
missing in its answers, whatever a schema requires, and sensitive ones masked.

**Live pages.** `GET /api/v1/admin/live` is a WebSocket that says which topics have changed; the \
rest is read by the operations below. The first message is `{\"token\":\"…\"}` with the token of a \
login or a key of the administration; then `{\"watch\":[\"orders\",\"order:…\"]}` says what is shown, \
and replaces what was watched before.";

/// An empty router with the head of the document.
pub(crate) fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("OpenPile")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(INTRODUCTION))
        .license(Some(License::new("Apache-2.0")))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what operations have in common: how a key is sent, and the refusals that any may give.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let open = path.starts_with("/api/");
        let staffed = path.starts_with("/api/v1/admin/");
        let scheme = if path.starts_with("/api/v1/member/") {
            TOKEN
        } else {
            KEY
        };
        if staffed && item.get.is_some() {
            for replacing in [&mut item.put, &mut item.patch].into_iter().flatten() {
                let why = "Somebody else has changed it since the edition in `If-Match`";
                also(replacing, "412", why);
            }
        }
        for (writes, operation) in operations(item) {
            let id = operation.operation_id.as_deref().unwrap_or_default();
            let keyed = path.starts_with("/api/v1/") && !DOORS.contains(&id);
            if keyed {
                let sent = |name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
                let mut ways = vec![sent(scheme)];
                if staffed {
                    ways.push(sent(TOKEN));
                }
                operation.security = Some(ways);
            }
            gather(operation);
            if open {
                refusals(operation, keyed, staffed);
                if staffed {
                    also(operation, "404", "No such row, or one of somebody else's");
                }
                if staffed && writes {
                    also(operation, "409", "The same `Idempotency-Key` is under way");
                    let other = "The `Idempotency-Key` was used for another request";
                    also(operation, "422", other);
                }
            }
        }
    }
    let mut schemas = Vec::new();
    <Refusal as ToSchema>::schemas(&mut schemas);
    schemas.push((refusal_name(), <Refusal as PartialSchema>::schema()));
    <Denial as ToSchema>::schemas(&mut schemas);
    schemas.push((denial_name(), <Denial as PartialSchema>::schema()));
    let components = document.components.take().unwrap_or_default();
    let header = ApiKeyValue::with_description(
        "X-Api-Key",
        "Given by the operator; administration needs a key with the scope `admin`.",
    );
    let mut components = ComponentsBuilder::from(components)
        .security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(header)))
        .security_scheme(
            TOKEN,
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    document.components = Some(components.build());
    document
}

/// What an operation declares about permissions, under one name and in one order; and what follows
/// from it: logging in needs no key, lists can be exported.
fn gather(operation: &mut Operation) {
    let Some(extensions) = &mut operation.extensions else {
        return;
    };
    let mut declared = Map::new();
    for name in ["access", "dataset", "scope", "audit", "secret"] {
        if let Some(value) = extensions.remove(&format!("x-{name}")) {
            declared.insert(name.to_owned(), value);
        }
    }
    if declared.is_empty() {
        return;
    }
    if declared
        .get("access")
        .is_some_and(|access| access == "public")
    {
        operation.security = Some(Vec::new());
    }
    extensions.insert(DECLARED.to_owned(), Value::Object(declared));
    if is_paged(operation) {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["json", "csv", "xlsx"]))
            .build();
        let format = ParameterBuilder::new()
            .name("format")
            .parameter_in(ParameterIn::Query)
            .description(Some(
                "`csv` or `xlsx`: the whole list as a file, up to 100 000 rows; needs the \
                 page's `export` permission",
            ))
            .schema(Some(text))
            .build();
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(format));
    }
}

/// The pages that show the document.
pub(crate) fn browsable() -> Router<Api> {
    SwaggerUi::new("/docs")
        .config(Config::from("/openapi.json"))
        .into()
}

/// The operations of a path, and whether they write.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    [
        (false, &mut item.get),
        (true, &mut item.put),
        (true, &mut item.post),
        (true, &mut item.delete),
        (true, &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(writes, operation)| Some((writes, operation.as_mut()?)))
}

/// Adds a refusal, unless the operation tells its own.
fn also(operation: &mut Operation, status: &str, description: &str) {
    let responses = &mut operation.responses.responses;
    let entry = responses.entry(status.to_owned());
    entry.or_insert_with(|| RefOr::T(refusal(status, description)));
}

fn refusals(operation: &mut Operation, keyed: bool, staffed: bool) {
    let has_body = operation.request_body.is_some();
    let has_query = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => {
                parameter.parameter_in == utoipa::openapi::path::ParameterIn::Query
            }
            RefOr::Ref(_) => false,
        });
    let mut add = |status: &str, description: &str| {
        let responses = &mut operation.responses.responses;
        if !responses.contains_key(status) {
            responses.insert(status.to_owned(), RefOr::T(refusal(status, description)));
        }
    };
    // The guard of the administration reads the query of every call.
    if has_body || has_query || staffed {
        add("400", "Malformed: `data` names the field");
    }
    if keyed {
        add(
            "401",
            "No key, a wrong one, or a signature, timestamp or nonce that does not hold",
        );
        add(
            "403",
            "The key is not allowed to do this, or not from there",
        );
    }
    if has_body {
        add("408", "The body took too long to arrive");
        add("413", "The body is too long");
    }
    add(
        "429",
        "Too many requests; `Retry-After` says when to come again",
    );
    add("500", "A fault of ours; the log has it under `request_id`");
    add(
        "503",
        "The database is away; nothing was changed. `Retry-After` says when to come again",
    );
}

fn denial_name() -> String {
    <Denial as ToSchema>::name().into_owned()
}

fn refusal_name() -> String {
    <Refusal as ToSchema>::name().into_owned()
}

fn refusal(status: &str, description: &str) -> Response {
    let name = if status == "403" {
        denial_name()
    } else {
        refusal_name()
    };
    let schema = RefOr::Ref(Ref::from_schema_name(name));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content);
    if matches!(status, "429" | "503") {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("Seconds"))
            .build();
        return response.header("Retry-After", header).build();
    }
    response.build()
}
