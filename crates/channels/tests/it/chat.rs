//! Posts to robots over HTTP, against a real receiver.

use channels::chat::{Chat, HttpChat, Post, PostFault};
use channels::webhook::target::AddressPolicy;
use domain::alarm::ChannelKind;
use kernel::{ManualClock, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::receiver::{Reply, Signature, TestReceiver};

const SECRET: &str = "SECdemo";

fn chat(policy: AddressPolicy) -> HttpChat {
    // The receiver checks signatures against the machine's clock.
    let clock = Arc::new(ManualClock::at(now()));
    HttpChat::new(policy, clock).expect("a client")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the receiver checks that signatures are fresh"
)]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("in range"))
}

fn loopback() -> HttpChat {
    chat(AddressPolicy::new(|address| address.is_loopback()))
}

fn post(kind: ChannelKind, url: String) -> Post {
    Post {
        kind,
        url,
        secret: Some(SECRET.to_owned()),
        title: "充电平台告警：端口故障".to_owned(),
        text: "[严重] 城东站 82210225000520/3 端口故障".to_owned(),
        mentions: vec!["13800138000".to_owned()],
        data: json!({"type": "alarms", "alarms": [{"alarm_id": 7}]}),
    }
}

#[tokio::test]
async fn each_robot_gets_its_own_form() {
    let receiver = TestReceiver::start().await.expect("a receiver");
    let fine = |text: &str| Reply::Json(200, text.to_owned());
    receiver.reply_next([
        fine(r#"{"errcode":0,"errmsg":"ok"}"#),
        fine(r#"{"errcode":0,"errmsg":"ok"}"#),
        fine(r#"{"code":0,"msg":"success"}"#),
    ]);
    let chat = loopback();
    let kinds = [
        ChannelKind::DingTalk,
        ChannelKind::WeCom,
        ChannelKind::Feishu,
    ];
    for kind in kinds {
        let url = receiver.url_of("/robot/send?access_token=abc");
        chat.post(&post(kind, url)).await.expect("taken");
    }
    let bodies: Vec<_> = receiver
        .received()
        .into_iter()
        .map(|got| got.json)
        .collect();
    assert_eq!(bodies[0]["msgtype"], "markdown");
    assert!(
        bodies[0]["markdown"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("@138"))
    );
    assert_eq!(bodies[0]["at"]["atMobiles"], json!(["13800138000"]));
    assert_eq!(bodies[1]["msgtype"], "text");
    assert_eq!(
        bodies[1]["text"]["mentioned_mobile_list"],
        json!(["13800138000"])
    );
    assert_eq!(bodies[2]["msg_type"], "text");
    assert!(bodies[2]["sign"].is_string() && bodies[2]["timestamp"].is_string());
}

#[tokio::test]
async fn a_call_is_signed_like_a_webhook() {
    let receiver = TestReceiver::start_with_secret(SECRET)
        .await
        .expect("a receiver");
    let chat = loopback();
    let call = post(ChannelKind::Webhook, receiver.url());
    chat.post(&call).await.expect("taken");
    let got = receiver.received().remove(0);
    assert_eq!(got.signature, Signature::Valid);
    assert_eq!(got.json["alarms"][0]["alarm_id"], 7);
}

#[tokio::test]
async fn refusals_and_silence_are_told_apart() {
    let receiver = TestReceiver::start().await.expect("a receiver");
    receiver.reply_next([
        Reply::Json(
            200,
            r#"{"errcode":310000,"errmsg":"sign not match"}"#.to_owned(),
        ),
        Reply::TooMany(5),
        Reply::Status(500),
        Reply::Oversized(100_000),
        Reply::Redirect("http://127.0.0.1:1/".to_owned()),
    ]);
    let chat = loopback();
    let mut faults = Vec::new();
    for _ in 0..5 {
        let ding = post(ChannelKind::DingTalk, receiver.url());
        faults.push(chat.post(&ding).await.expect_err("not taken"));
    }
    assert!(matches!(&faults[0], PostFault::Refused(why) if why.contains("sign not match")));
    assert!(
        matches!(faults[1], PostFault::Busy { .. }),
        "{:?}",
        faults[1]
    );
    assert!(
        matches!(faults[2], PostFault::NotSent(_)),
        "{:?}",
        faults[2]
    );
    assert!(
        matches!(faults[3], PostFault::NotSent(_)),
        "{:?}",
        faults[3]
    );
    assert!(
        matches!(faults[4], PostFault::NotSent(_)),
        "{:?}",
        faults[4]
    );
    let nobody = post(
        ChannelKind::WeCom,
        "http://127.0.0.1:1/robot?key=secret-key".to_owned(),
    );
    let fault = chat.post(&nobody).await.expect_err("nobody is there");
    assert!(!fault.to_string().contains("secret-key"), "{fault}");
}

/// A robot that accepts and never answers, one whose answer drips for ever, and one that answers
/// anything but what a robot says.
#[tokio::test]
async fn robots_that_hang_are_given_up_and_garbage_is_no_yes() {
    let hanging = async |reply: Reply| {
        let receiver = TestReceiver::start().await.expect("a receiver");
        receiver.reply_with(reply);
        let (chat, ding) = (loopback(), post(ChannelKind::DingTalk, receiver.url()));
        let patience = Duration::from_secs(20);
        let said = tokio::time::timeout(patience, chat.post(&ding)).await;
        said.expect("it is given up").expect_err("not taken")
    };
    let drip = Reply::Drip(Duration::from_millis(200));
    let (hung, dripped) = tokio::join!(hanging(Reply::Hang), hanging(drip));
    assert!(matches!(hung, PostFault::NotSent(_)), "{hung:?}");
    assert!(matches!(dripped, PostFault::NotSent(_)), "{dripped:?}");
    for garbage in [
        "",
        "ok",
        "<html>",
        "[]",
        "{}",
        r#"{"errcode":"0"}"#,
        r#"{"errcode":null}"#,
    ] {
        let fault = hanging(Reply::Json(200, garbage.to_owned())).await;
        let refused = matches!(fault, PostFault::NotSent(_) | PostFault::Refused(_));
        assert!(refused, "{garbage:?}: {fault:?}");
    }
}

#[tokio::test]
async fn addresses_inside_the_walls_are_not_called() {
    let receiver = TestReceiver::start().await.expect("a receiver");
    let chat = chat(AddressPolicy::public_only());
    assert!(chat.check(&receiver.url()).is_err());
    assert!(chat.check("ftp://example.com/").is_err());
    assert!(
        chat.check("https://oapi.dingtalk.com/robot/send?access_token=a")
            .is_ok()
    );
    let fault = chat.post(&post(ChannelKind::Feishu, receiver.url())).await;
    assert!(matches!(fault, Err(PostFault::Refused(_))), "{fault:?}");
    assert!(receiver.received().is_empty());
}
