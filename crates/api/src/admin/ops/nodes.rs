//! The nodes of the cluster.

use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A node of the cluster, by its newest run of the program.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeOut {
    /// Its name.
    #[schema(example = "node-1")]
    node: String,
    /// Whether it is the one that answers this call.
    answers: bool,
    /// `up`; `draining`: about to end; `gone`: ended in order; `lost`: fell silent and was taken
    /// for dead.
    #[schema(example = "up")]
    node_state: &'static str,
    /// Version of the program.
    #[schema(example = "0.1.0")]
    version: String,
    /// Devices whose connection it holds.
    #[schema(example = 5000)]
    devices: i64,
    /// When the program was started, Unix seconds.
    #[schema(example = 1_729_400_400)]
    started_at: i64,
    /// When it last said that it is there, Unix seconds.
    #[schema(example = 1_729_407_600)]
    seen_at: i64,
}

/// Lists the nodes of the cluster (集群节点), by their names; nothing where the program runs alone.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/nodes",
    tag = "administration",
    operation_id = "list_nodes",
    extensions(("x-access" = json!("ops.health.view"))),
    responses((status = 200, description = "All of them", body = Envelope<Vec<NodeOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<NodeOut>> {
    let nodes = api.app().nodes().await?;
    let shown = nodes.into_iter().map(|node| NodeOut {
        answers: api.app().is_this(&node),
        node_state: node.state.as_str(),
        node: node.node,
        version: node.version,
        devices: node.devices,
        started_at: node.started_at.unix_seconds(),
        seen_at: node.seen_at.unix_seconds(),
    });
    Ok(ok(shown.collect()))
}
