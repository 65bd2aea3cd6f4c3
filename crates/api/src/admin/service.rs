//! What members tell the operator, at the console: reviews, fault reports, complaints, and the
//! pictures that they show.

pub(super) mod complaints;
pub(super) mod faults;
pub(super) mod pictures;
pub(super) mod reviews;

use crate::Api;
use crate::payload::Named;
use crate::routes::routes;
use domain::picture;
use serde::{Deserialize, Serialize};
use store::fault_reports::LogEntry;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::show))
        .routes(routes!(reviews::reply))
        .routes(routes!(reviews::hide))
        .routes(routes!(faults::list))
        .routes(routes!(faults::show))
        .routes(routes!(faults::assign))
        .routes(routes!(faults::advance))
        .routes(routes!(faults::verify))
        .routes(routes!(faults::reply))
        .routes(routes!(complaints::list))
        .routes(routes!(complaints::show))
        .routes(routes!(complaints::take))
        .routes(routes!(complaints::reply))
        .routes(routes!(complaints::close))
        .routes(routes!(pictures::of_feedback))
        .routes(routes!(pictures::of_review))
}

macro_rules! row_ids {
    ($($(#[$meta:meta])* $name:ident $what:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) i64);

        impl Named for $name {
            const NAME: &'static str = $what;
        }
    )*};
}

row_ids! {
    /// A complaint.
    ComplaintRow "complaint";
    /// A fault report.
    FaultRow "fault report";
    /// A review.
    ReviewRow "review";
}

/// An answer to a member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reply": "已安排维修，感谢反馈。"}))]
pub(crate) struct ReplyBody {
    /// 1 to 500 characters.
    reply: String,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepOut {
    /// When, Unix seconds.
    at: i64,
    /// Who.
    by: String,
    /// What.
    #[schema(example = "assign")]
    did: String,
    /// In words.
    text: Option<String>,
}

impl From<LogEntry> for StepOut {
    fn from(entry: LogEntry) -> Self {
        Self {
            at: entry.at.div_euclid(1000),
            by: entry.by,
            did: entry.did,
            text: entry.text,
        }
    }
}

/// Pictures of ours have another address for the staff: `base` and their name.
fn shown(images: Vec<String>, base: &str) -> Vec<String> {
    let own = |address: String| match picture::name_of(&address) {
        Some(name) => format!("{base}/{name}"),
        None => address,
    };
    images.into_iter().map(own).collect()
}
