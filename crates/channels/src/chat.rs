//! Robots in chat groups: DingTalk (钉钉), WeCom (企业微信), Feishu (飞书); and a signed call to any
//! address, for those who have a system of their own.
//!
//! A post is one call. Whether it arrived is said by the body of the answer, not by its status.

mod answer;
mod http;

pub use http::{ChatError, HttpChat};

use domain::alarm::ChannelKind;
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Something to be posted.
#[derive(Clone)]
pub struct Post {
    /// Who carries it: one of the robots, or the signed call.
    pub kind: ChannelKind,
    /// The address of the robot; holds its key.
    pub url: String,
    /// What the post is signed with, where the robot wants that.
    pub secret: Option<String>,
    /// What it is about; DingTalk shows it in the list of chats.
    pub title: String,
    /// What it says: plain lines.
    pub text: String,
    /// Telephones of those who are called by name, where the robot can do that.
    pub mentions: Vec<String>,
    /// The same for programs.
    pub data: Value,
}

/// Without address and secret.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("kind", &self.kind)
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}

/// Why it did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostFault {
    /// The receiver has had enough for now.
    #[error("asked to wait {} s: {why}", .after.as_secs())]
    Busy {
        /// How long it is left alone.
        after: Duration,
        /// What it said.
        why: String,
    },
    /// The receiver does not take it.
    #[error("refused: {0}")]
    Refused(String),
    /// Nobody knows whether it arrived, or it did not.
    #[error("not sent: {0}")]
    NotSent(String),
}

/// What a call will have come to.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<(), PostFault>> + Send + 'a>>;

/// Whoever posts.
pub trait Chat: fmt::Debug + Send + Sync + 'static {
    /// Whether an address may be called at all.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow its name.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Posts.
    fn post<'a>(&'a self, post: &'a Post) -> Posting<'a>;
}

/// Nobody: every post is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoChat;

impl Chat for NoChat {
    fn check(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn post<'a>(&'a self, _: &'a Post) -> Posting<'a> {
        Box::pin(async { Err(PostFault::Refused("nothing is posted here".to_owned())) })
    }
}

/// Whatever posts.
pub type SharedChat = Arc<dyn Chat>;

/// Longest text that a robot takes, in bytes; the short messages' and letters' own limits are
/// elsewhere.
pub const fn text_bytes_max(kind: ChannelKind) -> usize {
    match kind {
        // 2,048 for the whole content.
        ChannelKind::WeCom => 1_800,
        ChannelKind::DingTalk | ChannelKind::Feishu => 18_000,
        ChannelKind::Webhook | ChannelKind::Mail | ChannelKind::Sms => 200_000,
    }
}
