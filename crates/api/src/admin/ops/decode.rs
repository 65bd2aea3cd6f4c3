//! What bytes say that somebody has pasted.

use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::payload::Payload;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Bytes to be taken apart.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hex": "fc fe 00 25 …"}))]
pub(crate) struct DecodeBody {
    /// Hexadecimal digits, with or without blanks, colons and `0x`: a frame, or a capture of many.
    hex: String,
    /// `bkv`, `ap3000`, `ykc`, `infypower` …; the one whose frames begin like that when absent.
    protocol: Option<String>,
}

/// What bytes say: the fields differ with what they are.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct DecodedOut(Value);

/// Takes bytes apart, field by field. Nothing is sent and nothing is stored.
///
/// `valid` says whether they were understood. Of one frame there are `protocol`, `command`,
/// `title`, `direction`, `decoded` and `fields`, each with `offset`, `length`, `hex`, `name`,
/// `value`, `meaning` and `about`; of a capture `parts`, each with the same and its place; else
/// `error` and `detail`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/decode",
    tag = "administration",
    operation_id = "decode_frames",
    extensions(
        ("x-access" = json!("ops.testconsole.view")),
        ("x-scope" = json!("any")),
        // It changes nothing.
        ("x-audit" = json!("own")),
    ),
    request_body = DecodeBody,
    responses((status = 200, description = "What they say",
        body = Envelope<DecodedOut>))
)]
pub(crate) async fn decode(
    State(api): State<Api>,
    Payload(body): Payload<DecodeBody>,
) -> Answer<DecodedOut> {
    let said = api.app().take_apart(&body.hex, body.protocol.as_deref())?;
    Ok(ok(DecodedOut(said)))
}
