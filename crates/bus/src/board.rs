//! Who looks at what right now: hints for open pages that something they show has changed.
//!
//! A hint is a doorbell and carries no data. It is heard through an [`Ear`], which listens to a
//! bounded number of topics and remembers, in one bit for each, that there was news: however often
//! a topic changes before its listener comes round, nothing grows and nothing waits.

use kernel::{OrderNo, PhyId};
use parking_lot::RwLock;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Topics that one ear may listen to: one bit of a word for each.
pub const TOPICS_MAX: usize = 64;

/// Something that a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Which orders there are, and their states; not their meter values.
    Orders,
    /// One order, its meter values included.
    Order(OrderNo),
    /// Which devices there are, and whether they are online.
    Devices,
    /// One device: every sign of life.
    Device(PhyId),
    /// States and meter values of ports.
    Ports,
    /// Which stations there are, and what their ports are doing.
    Stations,
    /// One station: its devices, their ports, its orders.
    Station(i64),
    /// Alarms that began, ended or were handled.
    Alarms,
    /// Commands and their states.
    Commands,
    /// Lines of the communication log.
    CommLog,
    /// Those of one device.
    CommLogOf(PhyId),
    /// Bytes of strangers.
    Noise,
    /// Which devices have a session.
    Sessions,
    /// Webhooks and what became of them.
    Webhooks,
    /// What the checks of consistency found.
    Findings,
    /// Which modules rest, and how they are doing.
    Modules,
    /// Alarms and counters of the big screen.
    Screen,
    /// What was changed by hand on a page of the console, by its id, for example `order.refund`.
    Page(#[serde(serialize_with = "as_text", deserialize_with = "from_text")] Arc<str>),
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Arc::from)
}

impl Topic {
    /// How many kinds of topics there are.
    const KINDS: usize = 18;

    /// The bit of its kind in a set of kinds.
    pub(crate) const fn kind_bit(&self) -> u32 {
        1 << self.kind()
    }

    const fn kind(&self) -> usize {
        match self {
            Self::Orders => 0,
            Self::Order(_) => 1,
            Self::Devices => 2,
            Self::Device(_) => 3,
            Self::Ports => 4,
            Self::Stations => 5,
            Self::Station(_) => 6,
            Self::Alarms => 7,
            Self::Commands => 8,
            Self::CommLog => 9,
            Self::CommLogOf(_) => 10,
            Self::Noise => 11,
            Self::Sessions => 12,
            Self::Webhooks => 13,
            Self::Findings => 14,
            Self::Modules => 15,
            Self::Screen => 16,
            Self::Page(_) => 17,
        }
    }
}

/// What is listened to, and by whom.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Topics that are listened to, all ears together: the one look that a hint costs while
    /// nobody looks at anything.
    watched: AtomicUsize,
    /// The same by kind of topic.
    by_kind: [AtomicUsize; Topic::KINDS],
    /// Changed only when a page is opened or closed; rings share it.
    ears: RwLock<Ears>,
}

#[derive(Debug, Default)]
struct Ears {
    last_id: u64,
    all: HashMap<u64, Arc<Heard>>,
    by_topic: HashMap<Topic, Vec<(u64, u64, Arc<Heard>)>>,
}

/// What one ear has heard since it was last asked.
#[derive(Debug, Default)]
struct Heard {
    bits: AtomicU64,
    missed: AtomicBool,
    notify: Notify,
}

impl Board {
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed) > 0
    }

    /// Which kinds of topics are listened to, one bit each.
    pub(crate) fn kinds(&self) -> u32 {
        let watched = |kind: &usize| self.by_kind[*kind].load(Ordering::Relaxed) > 0;
        (0..Topic::KINDS)
            .filter(watched)
            .fold(0, |kinds, kind| kinds | 1 << kind)
    }

    pub(crate) fn changed(&self, topic: &Topic) {
        if self.by_kind[topic.kind()].load(Ordering::Relaxed) == 0 {
            return;
        }
        let ears = self.ears.read();
        for (_, bit, heard) in ears.by_topic.get(topic).into_iter().flatten() {
            if heard.bits.fetch_or(*bit, Ordering::AcqRel) & bit == 0 {
                heard.notify.notify_one();
            }
        }
    }

    pub(crate) fn missed(&self) {
        for heard in self.ears.read().all.values() {
            heard.missed.store(true, Ordering::Release);
            heard.notify.notify_one();
        }
    }

    fn count(&self, topic: &Topic, add: bool) {
        for number in [&self.watched, &self.by_kind[topic.kind()]] {
            if add {
                number.fetch_add(1, Ordering::Relaxed);
            } else {
                number.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn attach(&self) -> (u64, Arc<Heard>) {
        let mut ears = self.ears.write();
        ears.last_id += 1;
        let id = ears.last_id;
        let heard = Arc::new(Heard::default());
        ears.all.insert(id, heard.clone());
        (id, heard)
    }

    fn replace(&self, id: u64, heard: &Arc<Heard>, before: &[Topic], now: &[Topic]) {
        let mut ears = self.ears.write();
        for topic in before {
            if let Some(listeners) = ears.by_topic.get_mut(topic) {
                listeners.retain(|(ear, ..)| *ear != id);
                if listeners.is_empty() {
                    ears.by_topic.remove(topic);
                }
            }
            self.count(topic, false);
        }
        heard.bits.store(0, Ordering::Release);
        for (place, topic) in now.iter().enumerate() {
            let listeners = ears.by_topic.entry(topic.clone()).or_default();
            listeners.push((id, 1 << place, heard.clone()));
            self.count(topic, true);
        }
    }

    fn detach(&self, id: u64, heard: &Arc<Heard>, topics: &[Topic]) {
        self.replace(id, heard, topics, &[]);
        self.ears.write().all.remove(&id);
    }
}

/// What an [`Ear`] heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hints {
    /// These topics have changed, each named once, in the order in which they are listened to.
    Changed(Vec<Topic>),
    /// Hints were lost: any topic may have changed.
    Missed,
}

/// Listens to some topics. Nothing is heard of what changed before.
#[derive(Debug)]
pub struct Ear {
    board: Arc<Board>,
    id: u64,
    heard: Arc<Heard>,
    topics: Vec<Topic>,
}

impl Ear {
    pub(crate) fn on(board: Arc<Board>) -> Self {
        let (id, heard) = board.attach();
        Self {
            board,
            id,
            heard,
            topics: Vec::new(),
        }
    }

    /// Listens to these topics from now on, instead of those before; what was heard of them and
    /// has not been asked for is forgotten. Topics beyond [`TOPICS_MAX`] and repeats are left out.
    pub fn listen(&mut self, topics: impl IntoIterator<Item = Topic>) {
        let mut wanted: Vec<Topic> = Vec::new();
        for topic in topics {
            if wanted.len() < TOPICS_MAX && !wanted.contains(&topic) {
                wanted.push(topic);
            }
        }
        let before = std::mem::replace(&mut self.topics, wanted);
        self.board
            .replace(self.id, &self.heard, &before, &self.topics);
    }

    /// What it listens to.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Waits for news. What is heard between two calls is not missed; a call that is dropped
    /// while it waits has taken nothing away.
    pub async fn heard(&mut self) -> Hints {
        loop {
            if self.heard.missed.swap(false, Ordering::AcqRel) {
                self.heard.bits.store(0, Ordering::Release);
                return Hints::Missed;
            }
            let bits = self.heard.bits.swap(0, Ordering::AcqRel);
            if bits != 0 {
                let news = self.topics.iter().enumerate();
                let news = news.filter(|(place, _)| bits & (1 << place) != 0);
                return Hints::Changed(news.map(|(_, topic)| topic.clone()).collect());
            }
            self.heard.notify.notified().await;
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.board.detach(self.id, &self.heard, &self.topics);
    }
}

#[cfg(test)]
mod tests {
    use super::{Hints, TOPICS_MAX, Topic};
    use crate::Bus;
    use std::time::Duration;
    use tokio::time::timeout;

    const MOMENT: Duration = Duration::from_secs(1);

    fn device(id: &str) -> Topic {
        Topic::Device(id.parse().expect("a legal id"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_topic_that_changes_often_is_heard_once() {
        let bus = Bus::in_process();
        assert!(!bus.is_watched());
        let mut ear = bus.ear();
        assert!(!bus.is_watched());
        ear.listen([Topic::Orders, device("a"), Topic::Orders]);
        assert!(bus.is_watched());
        assert_eq!(ear.topics().len(), 2);
        for _ in 0..1000 {
            bus.changed(&device("a"));
            bus.changed(&device("b"));
            bus.changed(&Topic::Alarms);
        }
        bus.changed(&Topic::Orders);
        let both = vec![Topic::Orders, device("a")];
        assert_eq!(ear.heard().await, Hints::Changed(both));
        assert!(timeout(MOMENT, ear.heard()).await.is_err());
        // A wait that was given up has taken nothing away.
        bus.changed(&device("a"));
        assert_eq!(ear.heard().await, Hints::Changed(vec![device("a")]));
    }

    #[tokio::test(start_paused = true)]
    async fn every_ear_hears_what_it_listens_to_and_nothing_once_it_is_gone() {
        let bus = Bus::in_process();
        let (mut one, mut other) = (bus.ear(), bus.clone().ear());
        one.listen([Topic::Ports]);
        other.listen([Topic::Alarms, Topic::Ports]);
        bus.changed(&Topic::Ports);
        assert_eq!(one.heard().await, Hints::Changed(vec![Topic::Ports]));
        assert_eq!(other.heard().await, Hints::Changed(vec![Topic::Ports]));
        bus.changed(&Topic::Ports);
        // What another set of topics had heard is not taken for news of this one.
        one.listen([Topic::Alarms]);
        assert!(timeout(MOMENT, one.heard()).await.is_err());
        drop(one);
        drop(other);
        assert!(!bus.is_watched());
    }

    #[tokio::test(start_paused = true)]
    async fn an_ear_listens_to_a_bounded_number_of_topics() {
        let bus = Bus::in_process();
        let mut ear = bus.ear();
        ear.listen((0..1000).map(Topic::Station));
        assert_eq!(ear.topics().len(), TOPICS_MAX);
        bus.changed(&Topic::Station(63));
        bus.changed(&Topic::Station(64));
        assert_eq!(ear.heard().await, Hints::Changed(vec![Topic::Station(63)]));
        assert!(timeout(MOMENT, ear.heard()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_may_have_missed_something_is_told_so() {
        let bus = Bus::in_process();
        let mut ear = bus.ear();
        ear.listen([Topic::Ports]);
        bus.changed(&Topic::Ports);
        bus.hints_lost();
        assert_eq!(ear.heard().await, Hints::Missed);
        assert!(timeout(MOMENT, ear.heard()).await.is_err());
    }
}
