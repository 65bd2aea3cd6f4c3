//! The story of an order: one timeline of everything that is known about it, whatever table it
//! stands in.

mod chapters;

use crate::staff::Actor;
use crate::{App, AppError};
use kernel::{OrderNo, Timestamp};
use serde_json::{Map, Value};

/// What an entry of a story is about. In the order in which things of the same instant follow from
/// each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryKind {
    /// What somebody did by the API or the console.
    Call,
    /// The order changed its state.
    State,
    /// A command was queued, written, answered, or given up.
    Command,
    /// A frame went over the wire.
    Frame,
    /// Meter values.
    Sample,
    /// An alarm began or ended.
    Alarm,
    /// Memory, database and connections did not agree about it.
    Finding,
    /// Money moved in the books.
    Journal,
    /// Money went back.
    Refund,
    /// A partner was told, or was to be told.
    Webhook,
}

impl StoryKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Call,
        Self::State,
        Self::Command,
        Self::Frame,
        Self::Sample,
        Self::Alarm,
        Self::Finding,
        Self::Journal,
        Self::Refund,
        Self::Webhook,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::State => "state",
            Self::Command => "command",
            Self::Frame => "frame",
            Self::Sample => "sample",
            Self::Alarm => "alarm",
            Self::Finding => "finding",
            Self::Journal => "journal",
            Self::Refund => "refund",
            Self::Webhook => "webhook",
        }
    }

    /// The leaf of the page on which such things stand, beside that of orders; and whether that
    /// page is the platform's alone.
    const fn takes(self) -> Option<(&'static str, bool)> {
        match self {
            Self::State | Self::Sample => None,
            Self::Call => Some(("system.audit.view", false)),
            Self::Command => Some(("ops.command.view", false)),
            Self::Frame => Some(("ops.commlog.view", false)),
            Self::Alarm => Some(("device.alarm.view", false)),
            Self::Finding => Some(("ops.consistency.view", false)),
            Self::Journal => Some(("finance.platform.view", true)),
            Self::Refund => Some(("order.refund.view", true)),
            Self::Webhook => Some(("ops.webhook.view", true)),
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryEntry {
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub kind: StoryKind,
    /// What happened, in one stable word of its kind.
    pub what: String,
    /// Ids by which it is found elsewhere.
    pub ids: Map<String, Value>,
    /// What else is known.
    pub details: Map<String, Value>,
}

/// Everything about an order.
#[derive(Clone, Debug)]
pub struct Story {
    /// Oldest first.
    pub entries: Vec<StoryEntry>,
    /// Kinds that the reader may not see, with the leaf that is missing; `platform` for what is
    /// the platform's alone.
    pub left_out: Vec<(StoryKind, &'static str)>,
    /// Kinds of which there is more than is shown.
    pub cut: Vec<StoryKind>,
}

impl App {
    /// Everything about an order that somebody may see.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order_story(&self, order_no: OrderNo, actor: &Actor) -> Result<Story, AppError> {
        let order = self.order(order_no).await?;
        let mut story = Story {
            entries: Vec::new(),
            left_out: Vec::new(),
            cut: Vec::new(),
        };
        for kind in StoryKind::ALL {
            let missing = match kind.takes() {
                Some((leaf, _)) if !actor.has(leaf) => Some(leaf),
                Some((_, true)) if !actor.is_platform() => Some("platform"),
                _ => None,
            };
            if let Some(missing) = missing {
                story.left_out.push((kind, missing));
                continue;
            }
            let (entries, cut) = Box::pin(self.chapter(kind, &order, actor)).await?;
            story.entries.extend(entries);
            if cut {
                story.cut.push(kind);
            }
        }
        story.entries.sort_by_key(|entry| (entry.at, entry.kind));
        Ok(story)
    }
}
