use crate::access::{by_address, open_status, third_party};
use crate::call::observe;
use crate::console::{Console, Diary, Rules, administration};
use crate::failure::Failure;
use crate::idempotency::once;
use crate::member::member;
use crate::packing::packing;
use crate::resting::refuse_what_rests;
use crate::routes::routes;
use crate::{Api, admin, document, member as members, open, operations, pay, push, third};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// All routes, guarded and observed.
pub fn router(api: Api) -> Router {
    let (routes, document) = split(&api);
    let document = Bytes::from(document.to_json().unwrap_or_default());
    let serve_document =
        get(move || async move { ([(CONTENT_TYPE, "application/json")], document.clone()) });
    routes
        .route("/openapi.json", serve_document)
        .route("/status", get(admin::ops::health::short_way))
        .merge(document::browsable())
        .fallback(async || Failure::not_found("page").into_response())
        .method_not_allowed_fallback(async || Failure::method_not_allowed().into_response())
        .route_layer(from_fn_with_state(api.clone(), refuse_what_rests))
        .layer(from_fn_with_state(api.clone(), observe))
        .layer(packing())
        .with_state(api)
}

/// The OpenAPI document that `/openapi.json` serves.
pub fn openapi() -> OpenApi {
    Parts::gather().document
}

fn split(api: &Api) -> (Router<Api>, OpenApi) {
    let parts = Parts::gather();
    let guard_third = from_fn_with_state(api.clone(), third_party);
    let console = Console {
        api: api.clone(),
        rules: Arc::new(Rules::of(&parts.document)),
        diary: Diary::over(parts.admin.clone().with_state(api.clone())),
    };
    let guard_admin = from_fn_with_state(console, administration);
    let guard_open = from_fn_with_state(api.clone(), open_status);
    let guard_member = from_fn_with_state(api.clone(), member);
    let guard_doors = from_fn_with_state(api.clone(), by_address);
    let guard_live = from_fn_with_state(api.clone(), by_address);
    let repeats = || from_fn_with_state(api.clone(), once);
    let third = parts.third.route_layer(repeats()).route_layer(guard_third);
    let admin = parts.admin.route_layer(repeats()).route_layer(guard_admin);
    let members = parts.members.route_layer(repeats());
    let routes = third
        .merge(admin)
        .merge(parts.doors.route_layer(guard_doors))
        .merge(live_pages().route_layer(guard_live))
        .merge(members.route_layer(guard_member))
        .merge(parts.open.route_layer(guard_open))
        .merge(parts.unguarded);
    (routes, parts.document)
}

/// The routes by who guards them, and the document of all of them.
struct Parts {
    third: Router<Api>,
    admin: Router<Api>,
    doors: Router<Api>,
    members: Router<Api>,
    open: Router<Api>,
    /// What operates the server, and what payment channels sign themselves.
    unguarded: Router<Api>,
    document: OpenApi,
}

impl Parts {
    /// The document is most of the work of a start: it is made once.
    fn gather() -> Self {
        let mut document = document::base();
        let mut routes = |part: OpenApiRouter<Api>| {
            let (routes, described) = part.split_for_parts();
            document.merge(described);
            routes
        };
        Self {
            third: routes(third::routes()),
            admin: routes(admin::routes()),
            doors: routes(members::doors()),
            members: routes(members::routes()),
            open: routes(open_routes()),
            unguarded: routes(pay_routes().merge(operations_routes())),
            document: document::complete(document),
        }
    }
}

fn pay_routes() -> OpenApiRouter<Api> {
    let limit = DefaultBodyLimit::max(channels::payment::MESSAGE_BYTES_MAX);
    OpenApiRouter::default()
        .routes(routes!(pay::notify))
        .routes(routes!(pay::at_mock))
        .layer(limit)
}

fn open_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default().routes(routes!(open::device_life))
}

/// A socket is no operation of the document: nothing there could describe it.
fn live_pages() -> Router<Api> {
    Router::new().route("/api/v1/admin/live", get(push::live))
}

fn operations_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
}
