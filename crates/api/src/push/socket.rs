//! One socket, from its hello to its end.

use super::LiveRules;
use super::admission::{Admitted, Refused, Stranger, admit, same_rights, who};
use crate::Api;
use app::staff::Actor;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bus::{Ear, Hints};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// A topic is told at most once in that time.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How long a page is given to take leave.
const LEAVE_MAX: Duration = Duration::from_secs(2);
/// Messages of a page between two looks at its session; nobody turns pages faster.
const WORDS_MAX: u32 = 30;
/// Topics that a page may name at once; most of them would be refused.
const NAMES_MAX: usize = 256;
/// Looks at the session until the rows of its topics are looked up again: they may have changed
/// hands.
const ROWS_EVERY: u32 = 12;

/// What a page says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    token: Option<String>,
    watch: Option<Vec<String>>,
}

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The page has gone, or does not read, or is not heard of any more.
    Gone,
    /// With a code of the protocol and a word for people.
    Told(u16, &'static str),
}

/// The program stops; the page comes back.
const STOPPING: End = End::Told(1001, "the server stops");
/// The page says what cannot be understood.
const NONSENSE: End = End::Told(4400, "a message is not understood");
/// Nobody is logged in with that token, or not any more.
const NOT_LOGGED_IN: End = End::Told(4401, "a login is needed");
/// A new password is due first.
const PASSWORD_DUE: End = End::Told(4403, "the password must be changed first");
/// Nothing was said for too long.
const NO_HELLO: End = End::Told(4408, "no token in time");
/// Too much was said.
const TOO_MUCH: End = End::Told(4429, "too many messages");
/// The database is away; the page comes back.
const AWAY: End = End::Told(1013, "try again later");

/// Serves a socket until its page leaves, its session ends, or the program stops.
pub(super) async fn serve(
    api: Api,
    mut socket: WebSocket,
    address: Option<IpAddr>,
    stopping: CancellationToken,
) {
    let rules = api.settings().live;
    let end = watch(&api, &mut socket, address, &stopping, rules).await;
    debug!(?end, "a live page has ended");
    if let End::Told(code, reason) = end {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let farewell = async {
            if socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = socket.recv().await {}
            }
        };
        // Who does not take leave in time is cut off.
        let _ = timeout(LEAVE_MAX, farewell).await;
    }
}

async fn watch(
    api: &Api,
    socket: &mut WebSocket,
    address: Option<IpAddr>,
    stopping: &CancellationToken,
    rules: LiveRules,
) -> End {
    let hello = async {
        let said = next_word(socket).await?;
        let token = said.token.ok_or(NOT_LOGGED_IN)?;
        let actor = let_in(api, &token, address).await?;
        Ok::<_, End>((actor, token, said.watch))
    };
    let hello = tokio::select! {
        hello = timeout(rules.hello, hello) => hello.unwrap_or(Err(NO_HELLO)),
        () = stopping.cancelled() => return STOPPING,
    };
    let (actor, token, wanted) = match hello {
        Ok(known) => known,
        Err(end) => return end,
    };
    let mut visit = Visit {
        api,
        socket,
        address,
        rules,
        actor,
        token,
        ear: api.app().bus().ear(),
        wanted: Vec::new(),
        names: Vec::new(),
        refused: Vec::new(),
        words: 0,
        looks: 0,
        heard_at: Instant::now(),
    };
    let stay = async {
        visit.tell(&json!({ "ready": true })).await?;
        if let Some(wanted) = wanted {
            visit.watch(wanted).await?;
        }
        visit.stay().await
    };
    let stayed: Result<(), End> = tokio::select! {
        stayed = stay => stayed,
        () = stopping.cancelled() => Err(STOPPING),
    };
    stayed.err().unwrap_or(End::Gone)
}

/// The next thing that a page says; signs of life are passed over.
async fn next_word(socket: &mut WebSocket) -> Result<Said, End> {
    loop {
        let message = socket.recv().await.ok_or(End::Gone)?;
        if let Some(said) = read(message.map_err(|_| End::Gone)?)? {
            return Ok(said);
        }
    }
}

fn read(message: Message) -> Result<Option<Said>, End> {
    match message {
        Message::Text(text) => serde_json::from_str(text.as_str())
            .map(Some)
            .map_err(|_| NONSENSE),
        Message::Binary(_) => Err(NONSENSE),
        Message::Close(_) => Err(End::Gone),
        Message::Ping(_) | Message::Pong(_) => Ok(None),
    }
}

async fn let_in(api: &Api, token: &str, address: Option<IpAddr>) -> Result<Actor, End> {
    match who(api, token, address).await {
        Ok(Ok(actor)) => Ok(actor),
        Ok(Err(Stranger::Unknown)) => Err(NOT_LOGGED_IN),
        Ok(Err(Stranger::Password)) => Err(PASSWORD_DUE),
        Err(_) => Err(AWAY),
    }
}

/// Somebody who has said who they are.
struct Visit<'a> {
    api: &'a Api,
    socket: &'a mut WebSocket,
    address: Option<IpAddr>,
    rules: LiveRules,
    actor: Actor,
    token: String,
    ear: Ear,
    /// What the page asked for last.
    wanted: Vec<String>,
    /// The names of what is watched, as the ear has it.
    names: Vec<String>,
    refused: Vec<Refused>,
    /// Messages since the last look at the session.
    words: u32,
    looks: u32,
    /// When the page was last heard of.
    heard_at: Instant,
}

impl Visit<'_> {
    async fn stay(&mut self) -> Result<(), End> {
        let begun = Instant::now();
        let mut look = interval_at(begun + self.rules.look, self.rules.look);
        let mut ping = interval_at(begun + self.rules.ping, self.rules.ping);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut quiet_until = begun;
        loop {
            let quiet = quiet_until > Instant::now();
            tokio::select! {
                message = self.socket.recv() => {
                    let message = message.ok_or(End::Gone)?.map_err(|_| End::Gone)?;
                    self.heard_at = Instant::now();
                    if let Some(said) = read(message)? {
                        self.listen_to(said).await?;
                    }
                }
                hints = self.ear.heard(), if !quiet => {
                    self.pass_on(&hints).await?;
                    quiet_until = Instant::now() + TELL_EVERY;
                }
                () = sleep_until(quiet_until), if quiet => {}
                _ = look.tick() => self.look_again().await?,
                _ = ping.tick() => {
                    if self.heard_at.elapsed() > self.rules.ping * 2 {
                        return Err(End::Gone);
                    }
                    self.send(Message::Ping(bytes::Bytes::new())).await?;
                }
            }
        }
    }

    async fn listen_to(&mut self, said: Said) -> Result<(), End> {
        self.words += 1;
        if self.words > WORDS_MAX {
            return Err(TOO_MUCH);
        }
        if let Some(token) = said.token {
            self.actor = let_in(self.api, &token, self.address).await?;
            self.token = token;
            self.tell(&json!({ "ready": true })).await?;
            if said.watch.is_none() {
                // Somebody else may have come, who sees other things.
                self.watch_again().await?;
            }
        }
        match said.watch {
            Some(wanted) => self.watch(wanted).await,
            None => Ok(()),
        }
    }

    /// Watches other topics, and says which.
    async fn watch(&mut self, wanted: Vec<String>) -> Result<(), End> {
        if wanted.len() > NAMES_MAX {
            return Err(NONSENSE);
        }
        let admitted = admit(self.api, &self.actor, &wanted).await;
        let admitted = admitted.map_err(|_| AWAY)?;
        self.wanted = wanted;
        self.take(admitted);
        self.tell_what_is_watched().await
    }

    /// Looks again at what the page asked for: rights and rows may have changed.
    async fn watch_again(&mut self) -> Result<(), End> {
        let admitted = admit(self.api, &self.actor, &self.wanted).await;
        let admitted = admitted.map_err(|_| AWAY)?;
        let names = admitted.topics.iter().map(|(_, name)| name);
        if names.eq(&self.names) && admitted.refused == self.refused {
            return Ok(());
        }
        self.take(admitted);
        self.tell_what_is_watched().await?;
        // What was heard of the former topics has been forgotten.
        self.tell(&json!({ "resync": true })).await
    }

    fn take(&mut self, admitted: Admitted) {
        let (topics, names): (Vec<_>, Vec<_>) = admitted.topics.into_iter().unzip();
        self.ear.listen(topics);
        self.names = names;
        self.refused = admitted.refused;
    }

    async fn tell_what_is_watched(&mut self) -> Result<(), End> {
        let mut words = json!({ "watching": self.names });
        if !self.refused.is_empty() {
            words["refused"] = json!(self.refused);
        }
        self.tell(&words).await
    }

    async fn pass_on(&mut self, hints: &Hints) -> Result<(), End> {
        let words = match hints {
            Hints::Missed => json!({ "resync": true }),
            Hints::Changed(topics) => {
                let places = self.ear.topics().iter().zip(&self.names);
                let changed = places.filter(|(topic, _)| topics.contains(topic));
                let names: Vec<&String> = changed.map(|(_, name)| name).collect();
                json!({ "changed": names })
            }
        };
        self.tell(&words).await
    }

    /// Whether the session is still good, and what it still allows.
    async fn look_again(&mut self) -> Result<(), End> {
        self.words = 0;
        self.looks += 1;
        // While the database is away nobody is thrown out.
        let Ok(found) = who(self.api, &self.token, self.address).await else {
            return Ok(());
        };
        let actor = found.map_err(|why| match why {
            Stranger::Unknown => NOT_LOGGED_IN,
            Stranger::Password => PASSWORD_DUE,
        })?;
        let same = same_rights(&self.actor, &actor);
        self.actor = actor;
        if !same || self.looks.is_multiple_of(ROWS_EVERY) {
            return match self.watch_again().await {
                Err(AWAY) => Ok(()),
                other => other,
            };
        }
        Ok(())
    }

    async fn tell(&mut self, words: &Value) -> Result<(), End> {
        self.send(Message::Text(words.to_string().into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let sent = timeout(self.rules.send, self.socket.send(message)).await;
        sent.map_err(|_| End::Gone)?.map_err(|_| End::Gone)
    }
}
