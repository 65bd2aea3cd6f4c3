//! Hints for open pages, over a real socket.

use super::world::{FOREIGN_DEVICE, NOW, OWN_DEVICE, World, account, role, world, world_with};
use crate::lab::{ADMIN, DEVICE, GENEROUS, KEY, usual};
use crate::socket::Server;
use api::{LiveRules, Settings};
use axum::http::Method;
use device::{Envelope, Event, Vitals};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::admin_sessions;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Longer than anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for a hint to have come, had there been one.
const MOMENT: Duration = Duration::from_millis(700);

/// A page.
struct Page(WebSocketStream<TcpStream>);

impl Page {
    async fn open(server: &Server) -> Self {
        let stream = server.connect().await;
        let address = "ws://localhost/api/v1/admin/live";
        let opened = tokio_tungstenite::client_async(address, stream).await;
        Self(opened.expect("a socket").0)
    }

    /// Opens one and says whose it is.
    async fn of(server: &Server, token: &str) -> Self {
        let mut page = Self::open(server).await;
        page.say(&json!({ "token": token })).await;
        assert_eq!(page.hear().await, json!({"ready": true}));
        page
    }

    async fn say(&mut self, words: &Value) {
        let text = Message::text(words.to_string());
        self.0.send(text).await.expect("sent");
    }

    /// The next words of the server.
    async fn hear(&mut self) -> Value {
        self.hear_within(PATIENCE).await.expect("words")
    }

    async fn hear_within(&mut self, time: Duration) -> Option<Value> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match timeout(left, self.0.next()).await.ok()? {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Watches topics; what the server says to that.
    async fn watch(&mut self, topics: &[&str]) -> Value {
        self.say(&json!({ "watch": topics })).await;
        self.hear().await
    }

    /// Hears of a topic, whatever else changes.
    async fn hear_of(&mut self, topic: &str) {
        loop {
            let words = self.hear().await;
            let changed = words["changed"].as_array().expect("a change");
            if changed.iter().any(|changed| changed == topic) {
                return;
            }
        }
    }

    /// The code with which the server closes.
    async fn closed(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("an end") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// What is looked at often is looked at very often here.
fn impatient() -> Settings {
    Settings {
        rates: GENEROUS,
        live: LiveRules {
            look: Duration::from_millis(100),
            ping: Duration::from_millis(300),
            hello: PATIENCE,
            ..LiveRules::default()
        },
        ..usual()
    }
}

#[tokio::test]
async fn a_page_hears_of_orders_and_devices() {
    let world = world().await;
    let server = Server::start(&world.lab).await;
    let mut page = Page::of(&server, ADMIN).await;
    let device = format!("device:{DEVICE}");
    let watched = page.watch(&["orders", "ports", &device, "commands"]).await;
    let all = json!({"watching": ["orders", "ports", device, "commands"]});
    assert_eq!(watched, all);
    let order = world.lab.order_on(1).await;
    page.hear_of("orders").await;
    let topic = format!("order:{order}");
    page.watch(&[&topic]).await;
    world.lab.begin(&order, 1).await;
    page.hear_of(&topic).await;
    // A heartbeat shows on the device's page alone.
    let connection = world.lab.connect().await;
    assert_eq!(page.watch(&[&device]).await, json!({"watching": [device]}));
    let envelope = Envelope {
        device: DEVICE.parse().expect("an id"),
        at: NOW,
        device_time: None,
        msg_id: None,
        receipt: None,
        raw: None,
        event: Event::Heartbeat(Vitals::default()),
    };
    assert!(world.lab.app.absorb(&connection, &envelope));
    assert_eq!(page.hear().await, json!({"changed": [device]}));
    // Many changes within half a second are one or two hints.
    for _ in 0..100 {
        world.lab.app.absorb(&connection, &envelope);
    }
    assert_eq!(page.hear().await, json!({"changed": [device]}));
    while page.hear_within(MOMENT).await.is_some() {}
    page.watch(&["orders"]).await;
    world.lab.app.absorb(&connection, &envelope);
    assert_eq!(page.hear_within(MOMENT).await, None);
    // What is changed by hand is heard of by its page.
    page.watch(&["page:system.dict"]).await;
    let dict = json!({"code": "live", "name": "Live"});
    let reply = world.lab.post("/api/v1/admin/dicts", dict).await;
    assert!(reply.status.is_success(), "{}", reply.body);
    page.hear_of("page:system.dict").await;
    world.lab.app.bus().hints_lost();
    assert_eq!(page.hear().await, json!({"resync": true}));
    server.stop().await;
    world.lab.close().await;
}

#[tokio::test]
async fn nobody_watches_what_they_may_not_see() {
    let world = world().await;
    let server = Server::start(&world.lab).await;
    let leaves = [
        "order.charge.view",
        "device.device.view",
        "ops.commlog.view",
    ];
    let token = world.who_may(&world.merchant, "watcher", &leaves).await;
    let mut page = Page::of(&server, &token).await;
    let own = format!("device:{OWN_DEVICE}");
    let foreign_device = format!("device:{FOREIGN_DEVICE}");
    let foreign_log = format!("comm_log:{FOREIGN_DEVICE}");
    let foreign_order = format!("order:{}", world.foreign.order);
    let foreign_station = format!("station:{}", world.foreign.station);
    let wanted = [
        "orders",
        "alarms",
        "noise",
        "nonsense",
        &own,
        &foreign_device,
        &foreign_log,
        &foreign_order,
        &foreign_station,
        "page:finance.invoice",
    ];
    let answer = page.watch(&wanted).await;
    assert_eq!(answer["watching"], json!(["orders", own]));
    let refused = json!([
        {"topic": "alarms", "required": "device.alarm.view"},
        {"topic": "noise", "required": "platform"},
        {"topic": "nonsense", "reason": "unknown topic"},
        {"topic": foreign_device, "reason": "not found"},
        {"topic": foreign_log, "reason": "not found"},
        {"topic": foreign_order, "reason": "not found"},
        {"topic": foreign_station, "required": "device.station.view"},
        {"topic": "page:finance.invoice", "required": "finance.invoice.view"},
    ]);
    assert_eq!(answer["refused"], refused);
    let many: Vec<String> = (0..70).map(|id| format!("page:x{id}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let answer = page.watch(&many).await;
    assert_eq!(answer["watching"], json!([]));
    assert_eq!(answer["refused"].as_array().map(Vec::len), Some(70));
    // Another token on the same socket: the topics are looked at with its eyes.
    page.watch(&["alarms"]).await;
    page.say(&json!({ "token": ADMIN })).await;
    assert_eq!(page.hear().await, json!({"ready": true}));
    assert_eq!(page.hear().await, json!({"watching": ["alarms"]}));
    assert_eq!(page.hear().await, json!({"resync": true}));
    // Who names topics without end, or talks without end, is sent away.
    let endless: Vec<String> = (0..300).map(|id| format!("x{id}")).collect();
    page.say(&json!({ "watch": endless })).await;
    assert_eq!(page.closed().await, 4400);
    let mut page = Page::of(&server, ADMIN).await;
    for _ in 0..60 {
        page.say(&json!({ "watch": ["orders"] })).await;
    }
    assert_eq!(page.closed().await, 4429);
    server.stop().await;
    world.lab.close().await;
}

#[tokio::test]
async fn who_is_not_logged_in_is_sent_away() {
    let world = world().await;
    let server = Server::start(&world.lab).await;
    for (hello, code) in [
        (json!({"token": "somebody"}), 4401),
        (json!({"token": KEY}), 4401),
        (json!({"watch": ["orders"]}), 4401),
        (json!({"tokens": ADMIN}), 4400),
        (json!("token"), 4400),
    ] {
        let mut page = Page::open(&server).await;
        page.say(&hello).await;
        assert_eq!(page.closed().await, code, "{hello}");
    }
    let plain = "GET /api/v1/admin/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let refused = server.exchange(plain.as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    assert!(refused.contains("must be a WebSocket"), "{refused}");
    server.stop().await;
    world.lab.close().await;
}

#[tokio::test]
async fn who_says_nothing_and_who_finds_no_room_are_sent_away() {
    let world = world_with(Settings {
        live: LiveRules {
            hello: Duration::from_millis(50),
            sockets_max: 1,
            ..LiveRules::default()
        },
        ..impatient()
    })
    .await;
    let server = Server::start(&world.lab).await;
    let mut silent = Page::open(&server).await;
    let stream = server.connect().await;
    let address = "ws://localhost/api/v1/admin/live";
    // The first one has its room until it has been closed.
    match tokio_tungstenite::client_async(address, stream).await {
        Err(Error::Http(refusal)) => assert_eq!(refusal.status(), 429),
        other => panic!("{:?}", other.map(|(_, response)| response.status())),
    }
    assert_eq!(silent.closed().await, 4408);
    server.stop().await;
    world.lab.close().await;
}

/// A session of an account with the leaf of orders.
async fn visitor(world: &World) -> (i64, String) {
    let leaves = ["order.charge.view".to_owned()];
    let role = role(&world.lab, world.merchant.id, "visitor", &leaves).await;
    let (_, session, token) = account(&world.lab, &world.merchant, "visitor", &[role]).await;
    (session, token)
}

#[tokio::test]
async fn a_socket_ends_with_its_session_and_loses_what_its_account_loses() {
    let world = world_with(impatient()).await;
    let server = Server::start(&world.lab).await;
    let (session, token) = visitor(&world).await;
    let mut page = Page::of(&server, &token).await;
    page.watch(&["orders"]).await;
    let roles = world.lab.get("/api/v1/admin/roles?size=500").await;
    let roles = roles.data()["items"].as_array().expect("roles").clone();
    let role = roles.iter().find(|role| role["code"] == "visitor");
    let path = format!("/api/v1/admin/roles/{}", role.expect("the role")["role_id"]);
    let body = json!({"code": "visitor", "name": "visitor", "granted": []}).to_string();
    let headers = [("X-Api-Key", ADMIN)];
    let changed = world.lab.call(Method::PUT, &path, &headers, body).await;
    assert!(changed.status.is_success(), "{}", changed.body);
    let answer = page.hear().await;
    assert_eq!(answer["watching"], json!([]), "{answer}");
    assert_eq!(answer["refused"][0]["required"], "order.charge.view");
    assert_eq!(page.hear().await, json!({"resync": true}));
    let mut tx = world.lab.db.db.begin().await.expect("a transaction");
    admin_sessions::end(tx.conn(), session, "test", NOW)
        .await
        .expect("ended");
    tx.commit().await.expect("committed");
    assert_eq!(page.closed().await, 4401);
    server.stop().await;
    world.lab.close().await;
}

#[tokio::test]
async fn a_page_that_is_not_heard_of_is_let_go() {
    let world = world_with(impatient()).await;
    let server = Server::start(&world.lab).await;
    let mut page = Page::of(&server, ADMIN).await;
    let bus = world.lab.app.bus().clone();
    page.watch(&["orders"]).await;
    assert!(bus.is_watched());
    // It does not read, and so answers no ping.
    let until = Instant::now() + PATIENCE;
    while bus.is_watched() {
        assert!(Instant::now() < until, "still watched");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop().await;
    world.lab.close().await;
}

#[tokio::test]
async fn the_end_of_the_program_is_told_and_held_up_by_nobody() {
    let world = world().await;
    let server = Server::start(&world.lab).await;
    let mut polite = Page::of(&server, ADMIN).await;
    let deaf = Page::of(&server, ADMIN).await;
    let begun = Instant::now();
    let stopping = tokio::spawn(server.stop());
    assert_eq!(polite.closed().await, 1001);
    drop(polite);
    timeout(PATIENCE, stopping)
        .await
        .expect("in time")
        .expect("does not panic");
    // The time that calls are given to finish is longer.
    assert!(begun.elapsed() < Settings::default().drain);
    drop(deaf);
    world.lab.close().await;
}
