use super::diary::{self, Diary};
use super::edition;
use super::export::{self, ANSWER_MAX};
use super::identity::{self, Acting};
use super::rows;
use super::rule::{Access, Rows, Rule, Rules};
use super::veil::Veil;
use crate::access::{self, Client};
use crate::call::Call;
use crate::failure::Failure;
use crate::idempotency::{Asked, Repeats, is_repeat};
use crate::payload::read_parts;
use crate::{Api, Peer, push};
use app::staff::Actor;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Query, RawPathParams, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response as HttpResponse};
use axum::middleware::Next;
use axum::response::Response;
use domain::org::Scope;
use domain::permission::SCREEN_LEAF;
use domain::tier::Module;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tracing::error;

/// What the guard of the administration works with.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) api: Api,
    pub(crate) rules: Arc<Rules>,
    pub(crate) diary: Diary,
}

/// Guards the administration: who calls, whether they may, whose rows, which fields.
pub(crate) async fn administration(
    State(console): State<Console>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let api = &console.api;
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let rule = route.and_then(|route| console.rules.find(&parts.method, route.as_str()));
    if let Some(rule) = rule
        && rule.access == Access::Public
    {
        let address = address(&parts).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        api.open_limits().take(address).map_err(Failure::too_many)?;
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let (actor, client, body) = identify(api, &parts, body).await?;
    Call::is_from(&client.0.caller.name);
    // Nothing is open because somebody forgot to say who may use it.
    let rule = rule.ok_or(Failure::forbidden("permission denied"))?;
    permit(rule, &actor, &parts.method)?;
    only_looks(rule, &actor, &parts)?;
    stays_at_stations(rule, &actor, &parts)?;
    let pairs = query(&parts)?;
    check_rows(api, rule, &actor, &mut parts, &pairs).await?;
    let veil = Veil::of(&actor, &rule.datasets);
    veil.check_query(&pairs)?;
    let body = check_body(api, &actor, &veil, &parts, body).await?;
    let actor = Arc::new(actor);
    let acting = Acting(actor.clone());
    edition::check(&console.diary, rule, &parts, &client, &acting).await?;
    let body = kept(&console, rule, &veil, &mut parts, (&client, &acting), body).await?;
    let bytes_max = api.settings().image_max_bytes;
    let repeats = Repeats::of_staff(&actor, bytes_max, &rule.secrets);
    parts.extensions.insert(repeats);
    parts.extensions.insert(client);
    parts.extensions.insert(acting);
    if rule.paged && !access::is_write(&parts.method) {
        let rest = export::without(&pairs, &["format"]);
        if let Some(format) = export::wanted(&pairs)? {
            if api.app().rests(Module::Exports) {
                return Err(Failure::resting(Module::Exports));
            }
            let leaf = rule.export_leaf();
            if !actor.has(&leaf) {
                return Err(Failure::denied(&leaf));
            }
            let what = json!({ "query": rest });
            audit(api, &actor, "export", &rule.operation, what).await;
            let query = export::without(&pairs, &["format", "page", "size"]);
            let name = rule.operation.trim_start_matches("list_");
            let told = (name, rule.columns.as_slice());
            return Ok(export::file(format, told, parts, query, veil, next).await);
        }
        export::set_query(&mut parts, &rest)?;
    } else if !rule.has_format && pairs.iter().any(|(name, _)| name == "format") {
        return Err(Failure::invalid(
            "format",
            "is not known: this is no list of pages",
        ));
    }
    let replacing = edition::replacing(&console, &parts);
    let writes = access::is_write(&parts.method);
    let mut response = if writes && !rule.audits {
        written(&console, rule, &actor, parts, body, next).await?
    } else {
        next.run(Request::from_parts(parts, body)).await
    };
    if let (true, true, Access::Leaf(leaf)) = (writes, response.status().is_success(), &rule.access)
    {
        for topic in push::of_page(leaf) {
            console.api.app().bus().changed(&topic);
        }
        console.api.app().done_by_hand();
    }
    if !is_json(response.headers()) {
        return Ok(response);
    }
    if let Some(replacing) = replacing
        && response.status().is_success()
    {
        response = edition::named(replacing, response).await?;
    }
    if veil.is_nothing() {
        return Ok(response);
    }
    covered(&veil, response).await
}

/// Runs a write that does not write the audit log itself, and writes down what it changed.
async fn written(
    console: &Console,
    rule: &Rule,
    actor: &Arc<Actor>,
    parts: Parts,
    body: Body,
    next: Next,
) -> Result<Response, Failure> {
    let api = &console.api;
    let bytes = read_parts(&parts, body, api.settings().image_max_bytes).await?;
    let asked = serde_json::from_slice::<Value>(&bytes).ok();
    let path = parts.uri.path().to_owned();
    let route = parts.extensions.get::<MatchedPath>();
    let subject = route.and_then(|route| Diary::subject(console, route.as_str(), &path));
    let acting = Acting(actor.clone());
    let client = parts.extensions.get::<Client>().cloned();
    let state = async || {
        let (subject, client) = (subject.as_deref()?, client.as_ref()?);
        console.diary.state(subject, client, &acting).await
    };
    let before = state().await;
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    // A repeat changed nothing.
    if !response.status().is_success() || is_repeat(response.headers()) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_MAX)
        .await
        .map_err(|_| Failure::internal())?;
    let answered = diary::data_of(&bytes);
    let (before, after) = diary::entry(before, state().await, asked, answered);
    let action = &rule.operation;
    if let Err(problem) = api
        .app()
        .audit_change(actor, action, &path, before, after)
        .await
    {
        error!(request_id = %Call::current().id, error = %problem, action,
            "the audit log lacks a line");
    }
    Ok(HttpResponse::from_parts(parts, Body::from(bytes)))
}

/// Who calls: with a key, which acts for the platform, or with a session.
async fn identify(api: &Api, parts: &Parts, body: Body) -> Result<(Actor, Client, Body), Failure> {
    let ip = address(parts).map(|ip| ip.to_canonical().to_string());
    if !access::has_key(&parts.headers)
        && let Some(token) = identity::token(&parts.method, &parts.headers)?
    {
        let actor = api.app().actor_by_token(&token).await?;
        let mut actor = actor.ok_or(Failure::unauthorized("the session is over"))?;
        actor.ip = ip;
        let client = Client::of_staff(&actor, api.settings());
        return Ok((actor, client, body));
    }
    if !access::has_key(&parts.headers) {
        return Err(Failure::unauthorized("a login is needed, or an X-Api-Key"));
    }
    let (client, body) = access::administrator(api, parts, body).await?;
    let mut actor = Actor::trusted(client.caller.actor());
    actor.ip = ip;
    Ok((actor, client, body))
}

fn permit(rule: &Rule, actor: &Actor, method: &Method) -> Result<(), Failure> {
    // A screen on a wall looks at the big screen, whatever else is open to everybody.
    let of_screen = matches!(&rule.access, Access::Leaf(leaf) if leaf == SCREEN_LEAF);
    if actor.screen.is_some() && (!of_screen || access::is_write(method)) {
        return Err(Failure::forbidden("this token opens the big screen only"));
    }
    let leaf = match &rule.access {
        Access::Public | Access::Session => return Ok(()),
        Access::Leaf(leaf) => leaf,
    };
    if actor.must_change_password {
        return Err(Failure::forbidden("the password must be changed first"));
    }
    if !actor.has(leaf) {
        return Err(Failure::denied(leaf));
    }
    // Who is limited to some places does not act for the whole platform either.
    if rule.rows == Rows::Platform && !actor.is_platform() {
        return Err(Failure::denied("platform"));
    }
    Ok(())
}

/// Who looks through somebody else's eyes changes nothing, except that they stop looking.
fn only_looks(rule: &Rule, actor: &Actor, parts: &Parts) -> Result<(), Failure> {
    let stops = rule.operation == "log_out";
    if actor.viewer.is_some() && access::is_write(&parts.method) && !stops {
        return Err(Failure::forbidden("this session only reads"));
    }
    Ok(())
}

/// Who is limited to stations changes what stands there; what they would make anew stands nowhere
/// yet.
fn stays_at_stations(rule: &Rule, actor: &Actor, parts: &Parts) -> Result<(), Failure> {
    let makes = rule.rows == Rows::Own && access::is_write(&parts.method);
    if actor.only_stations.is_some() && makes {
        return Err(Failure::forbidden("this account is limited to stations"));
    }
    Ok(())
}

/// The rows that a call may touch: what was only granted is read and not changed.
fn touched(actor: &Actor, parts: &Parts) -> Scope {
    if access::is_write(&parts.method) {
        actor.scope().without_grants()
    } else {
        actor.scope()
    }
}

async fn check_rows(
    api: &Api,
    rule: &Rule,
    actor: &Actor,
    parts: &mut Parts,
    pairs: &[(String, String)],
) -> Result<(), Failure> {
    let scope = touched(actor, parts);
    if scope.path().is_none() || rule.rows == Rows::Any {
        return Ok(());
    }
    if let Ok(params) = RawPathParams::from_request_parts(parts, &()).await {
        let reads = !access::is_write(&parts.method);
        rows::check_path(api, &scope, reads, params.iter()).await?;
    }
    rows::check_query(api, &scope, pairs).await
}

/// Reads the body of a write by somebody with limits, and gives it back.
async fn check_body(
    api: &Api,
    actor: &Actor,
    veil: &Veil,
    parts: &Parts,
    body: Body,
) -> Result<Body, Failure> {
    let scope = touched(actor, parts);
    if !access::is_write(&parts.method) || (scope.path().is_none() && veil.is_nothing()) {
        return Ok(body);
    }
    let bytes = read_parts(parts, body, api.settings().image_max_bytes).await?;
    // What is no JSON names no fields; handlers that want JSON refuse it.
    if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
        veil.check_body(&value)?;
        if scope.path().is_some() {
            // A row's place is chosen when it is made; to name it again changes nothing.
            let makes = parts.method == Method::POST;
            rows::check_body(api, &scope, &value, makes).await?;
        }
    }
    Ok(Body::from(bytes))
}

/// The body of somebody who replaces a row without seeing all of it, or only masked: what they
/// leave out of that stays as it is.
async fn kept(
    console: &Console,
    rule: &Rule,
    veil: &Veil,
    parts: &mut Parts,
    (client, acting): (&Client, &Acting),
    body: Body,
) -> Result<Body, Failure> {
    let route = parts.extensions.get::<MatchedPath>();
    let shown = route.and_then(|route| console.rules.find(&Method::GET, route.as_str()));
    let of_one = shown.is_some_and(|shown| !shown.paged);
    if parts.method != Method::PUT || veil.is_nothing() || !of_one {
        return Ok(body);
    }
    let bytes = read_parts(parts, body, console.api.settings().image_max_bytes).await?;
    let asked = if bytes.is_empty() {
        Ok(Value::Object(Map::new()))
    } else {
        serde_json::from_slice(&bytes)
    };
    let state = console.diary.state(parts.uri.path(), client, acting).await;
    let (Ok(Value::Object(mut asked)), Some(Value::Object(state))) = (asked, state) else {
        // The handler says what is wrong.
        return Ok(Body::from(bytes));
    };
    let known = (!rule.fields.is_empty()).then_some(&rule.fields);
    keep(veil, known, &state, &mut asked);
    parts.extensions.insert(Asked(bytes));
    let bytes = serde_json::to_vec(&asked).map_err(|_| Failure::internal())?;
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Body::from(bytes))
}

/// Adds to what was asked for what is not seen of the present state; `known` names the fields that
/// there may be.
fn keep(
    veil: &Veil,
    known: Option<&BTreeSet<String>>,
    state: &Map<String, Value>,
    asked: &mut Map<String, Value>,
) {
    for (name, value) in state {
        if veil.covers(name) {
            if !value.is_null() && known.is_none_or(|known| known.contains(name)) {
                asked.entry(name.clone()).or_insert_with(|| value.clone());
            }
        } else if let (Value::Object(state), Some(Value::Object(asked))) =
            (value, asked.get_mut(name))
        {
            keep(veil, None, state, asked);
        }
    }
}

fn query(parts: &Parts) -> Result<Vec<(String, String)>, Failure> {
    Query::try_from_uri(&parts.uri)
        .map(|Query(pairs)| pairs)
        .map_err(|_| Failure::invalid("query", "cannot be read"))
}

fn address(parts: &Parts) -> Option<IpAddr> {
    parts
        .extensions
        .get::<Peer>()
        .map(|Peer(address)| address.ip())
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

async fn covered(veil: &Veil, response: Response) -> Result<Response, Failure> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_MAX).await;
    let answer = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    // An answer that cannot be read cannot be covered, and is not shown.
    let mut answer = answer.ok_or_else(Failure::internal)?;
    if let Some(data) = answer.get_mut("data") {
        veil.cover(data);
    }
    parts.headers.remove(CONTENT_LENGTH);
    let bytes = serde_json::to_vec(&answer).map_err(|_| Failure::internal())?;
    Ok(HttpResponse::from_parts(parts, Body::from(bytes)))
}

async fn audit(api: &Api, actor: &Actor, action: &str, object: &str, after: Value) {
    let after = (!after.is_null()).then_some(after);
    if let Err(problem) = api.app().audit(actor, action, object, after).await {
        error!(request_id = %Call::current().id, error = %problem, action,
            "the audit log lacks a line");
    }
}
