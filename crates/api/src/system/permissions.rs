//! The list of permissions (权限管理): the tree, node by node.

use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery};
use domain::permission::{Node, NodeType, default_tree};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which nodes a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PermissionQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// With this in their id or their label only.
    search: Option<String>,
    /// Of this type only: `menu`, `page`, `action`, `dataset`, `field`.
    r#type: Option<String>,
}

impl PageQuery for PermissionQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A node of the tree.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct PermissionOut {
    /// Unique and stable.
    #[schema(example = "order.charge.refund")]
    id: String,
    /// The node that it belongs to.
    #[schema(example = "order.charge")]
    parent_id: Option<String>,
    /// What the console shows.
    #[schema(example = "退款")]
    label: String,
    /// The same in English.
    label_en: String,
    /// `menu`, `page`, `action`, `dataset`, `field`.
    #[schema(example = "action")]
    r#type: &'static str,
    /// Version of the tree.
    version: i32,
}

/// Lists the nodes of the permission tree in their order.
#[utoipa::path(
    get,
    path = "/api/v1/admin/permissions",
    tag = "console",
    operation_id = "list_permissions",
    extensions(("x-access" = json!("system.permission.view"))),
    params(PermissionQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<PermissionOut>>))
)]
pub(crate) async fn list(Filter(query): Filter<PermissionQuery>) -> Answer<PageOut<PermissionOut>> {
    let request = query.page_request()?;
    if let Some(kind) = query.r#type.as_deref()
        && !["menu", "page", "action", "dataset", "field"].contains(&kind)
    {
        return Err(Failure::invalid(
            "type",
            "must be menu, page, action, dataset or field",
        ));
    }
    let tree = default_tree();
    let mut nodes = Vec::new();
    for root in tree.access.iter().chain(&tree.dataset) {
        gather(root, None, tree.version, &mut nodes);
    }
    let wanted = query.search.as_deref().map(str::to_lowercase);
    nodes.retain(|node| {
        let matches = |text: &str| {
            wanted
                .as_deref()
                .is_none_or(|part| text.to_lowercase().contains(part))
        };
        let fits = query
            .r#type
            .as_deref()
            .is_none_or(|kind| kind == node.r#type);
        fits && (matches(&node.id) || matches(&node.label) || matches(&node.label_en))
    });
    let total = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let (page, size) = (request.page as usize, request.size as usize);
    let items = nodes.into_iter().skip((page - 1) * size).take(size);
    Ok(ok(PageOut {
        items: items.collect(),
        total,
        page: request.page,
        size: request.size,
    }))
}

fn gather(node: &Node, parent: Option<&str>, version: i32, into: &mut Vec<PermissionOut>) {
    into.push(PermissionOut {
        id: node.id.clone(),
        parent_id: parent.map(str::to_owned),
        label: node.label.clone(),
        label_en: node.label_en.clone(),
        r#type: match node.kind {
            NodeType::Menu => "menu",
            NodeType::Page => "page",
            NodeType::Action => "action",
            NodeType::Dataset => "dataset",
            NodeType::Field => "field",
        },
        version,
    });
    for child in &node.children {
        gather(child, Some(&node.id), version, into);
    }
}
