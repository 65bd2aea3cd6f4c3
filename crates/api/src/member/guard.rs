use crate::Api;
use crate::call::Call;
use crate::failure::Failure;
use crate::idempotency::Repeats;
use app::MemberIn;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// The member who calls, in the request's extensions.
#[derive(Clone)]
pub(crate) struct Caller(Arc<MemberIn>);

impl std::ops::Deref for Caller {
    type Target = MemberIn;
    fn deref(&self) -> &MemberIn {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or(Failure::unauthorized("missing Authorization"))
    }
}

/// Guards what belongs to one member.
pub(crate) async fn member(
    State(api): State<Api>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(Failure::unauthorized("missing Authorization"))?;
    let found = api.app().member_by_token(token).await?;
    let found = found.ok_or(Failure::unauthorized("the session is over"))?;
    Call::is_from("members");
    let scope = format!("member:{}", found.member.id);
    request.extensions_mut().insert(Repeats::of(scope));
    request.extensions_mut().insert(Caller(Arc::new(found)));
    Ok(next.run(request).await)
}
