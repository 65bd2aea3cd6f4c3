//! Handlers become routes, with what they declare for the document.

use crate::Api;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// A handler whose type tells nothing of what it does.
///
/// Axum wraps every handler in a stack of services. With each handler's own type in it, the
/// compiler builds some four hundred of these stacks, and proves anew at every layer that the
/// whole future may be sent to another thread: that was half of the time that this crate took to
/// build. So there is one stack, and what differs is behind a pointer.
#[derive(Clone)]
pub(crate) struct AnyHandler(Arc<Run>);

type Run = dyn Fn(Request, Api) -> BoxFuture<'static, Response> + Send + Sync;

impl AnyHandler {
    pub(crate) fn of<H, T>(handler: H) -> Self
    where
        H: Handler<T, Api, Future = BoxFuture<'static, Response>>,
    {
        Self(Arc::new(move |request, api| {
            handler.clone().call(request, api)
        }))
    }
}

impl Handler<(), Api> for AnyHandler {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, api: Api) -> Self::Future {
        (self.0)(request, api)
    }
}

/// The handlers of one path, as `utoipa_axum::routes!` takes them in.
macro_rules! routes {
    ($($first:ident $(:: $more:ident)*),+ $(,)?) => {{
        use utoipa_axum::PathItemExt as _;
        let mut schemas = Vec::new();
        let mut paths = utoipa::openapi::path::Paths::new();
        let mut handlers = axum::routing::MethodRouter::new();
        $(
            let (path, operation, methods) =
                utoipa_axum::routes!(@resolve_types $first $(:: $more)* : schemas);
            for method in &methods {
                let handler = $crate::routes::AnyHandler::of($first $(:: $more)*);
                handlers = handlers.on(method.to_method_filter(), handler);
            }
            paths.add_path_operation(&path, methods, operation);
        )+
        (schemas, paths, handlers)
    }};
}

pub(crate) use routes;
