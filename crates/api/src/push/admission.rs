//! Who watches, and what they may watch.

use super::topics::Named;
use crate::Api;
use app::AppError;
use app::staff::Actor;
use bus::{TOPICS_MAX, Topic};
use serde::Serialize;
use std::net::IpAddr;
use store::row_owners;

/// What became of a wish to watch topics.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// What may be watched, with the names that the page knows it by.
    pub(super) topics: Vec<(Topic, String)>,
    /// The rest.
    pub(super) refused: Vec<Refused>,
}

/// A topic that may not be watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Refused {
    /// Its name.
    topic: String,
    /// The leaf that is missing; `platform` for what is the platform's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<String>,
    /// What else is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// Neither a session that is good nor a key of the administration.
    Unknown,
    /// A new password is due.
    Password,
}

/// Whose token that is.
///
/// # Errors
/// When the database is away.
pub(super) async fn who(
    api: &Api,
    token: &str,
    address: Option<IpAddr>,
) -> Result<Result<Actor, Stranger>, AppError> {
    if let Some(key) = api.keys().find(token.as_bytes()) {
        // A message cannot be signed as a call can.
        let good = key.is_admin() && !key.require_hmac && key.may_call_from(address);
        let actor = || Actor::trusted(key.caller.actor());
        return Ok(good.then(actor).ok_or(Stranger::Unknown));
    }
    let actor = api.app().actor_by_token(token).await?;
    Ok(match actor {
        None => Err(Stranger::Unknown),
        Some(actor) if actor.must_change_password => Err(Stranger::Password),
        Some(actor) => Ok(actor),
    })
}

/// Whether two looks at a session show the same rights.
pub(super) fn same_rights(before: &Actor, now: &Actor) -> bool {
    before.is_super == now.is_super
        && before.granted == now.granted
        && before.scope() == now.scope()
}

/// What of these topics somebody may watch.
///
/// # Errors
/// When the database is away.
pub(super) async fn admit(
    api: &Api,
    actor: &Actor,
    names: &[String],
) -> Result<Admitted, AppError> {
    let mut admitted = Admitted::default();
    for name in names {
        let refused = |required: Option<&str>, reason| Refused {
            topic: name.chars().take(NAME_SHOWN_MAX).collect(),
            required: required.map(str::to_owned),
            reason,
        };
        if admitted.topics.iter().any(|(_, known)| known == name) {
            continue;
        }
        let Some(wish) = Named::read(name) else {
            let unknown = refused(None, Some("unknown topic"));
            admitted.refused.push(unknown);
            continue;
        };
        let problem = if admitted.topics.len() >= TOPICS_MAX {
            Some(refused(None, Some("too many topics")))
        } else if !actor.has(&wish.leaf) {
            Some(refused(Some(&wish.leaf), None))
        } else if wish.platform && !actor.is_platform() {
            Some(refused(Some("platform"), None))
        } else if is_seen(api, actor, &wish).await? {
            None
        } else {
            Some(refused(None, Some("not found")))
        };
        match problem {
            Some(problem) => admitted.refused.push(problem),
            None => admitted.topics.push((wish.topic, name.clone())),
        }
    }
    Ok(admitted)
}

/// Characters of a refused name that are sent back.
const NAME_SHOWN_MAX: usize = 64;

/// Whether the row that a topic is about exists for somebody. Who pays for an order sees it.
async fn is_seen(api: &Api, actor: &Actor, wish: &Named) -> Result<bool, AppError> {
    let Some((what, key)) = &wish.row else {
        return Ok(true);
    };
    let scope = actor.scope();
    let mut view = api.app().db().view().await?;
    if row_owners::is_seen(view.conn(), *what, key, &scope).await? {
        return Ok(true);
    }
    let is_order = *what == row_owners::Addressed::Order;
    Ok(is_order
        && scope.path().is_some()
        && row_owners::is_paid_by(view.conn(), key, &scope).await?)
}
