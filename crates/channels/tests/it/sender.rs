//! One attempt against receivers of every temper.

use channels::webhook::answer::{Attempt, Verdict};
use channels::webhook::envelope::Fact;
use channels::webhook::sender::{ANSWER_BYTES_MAX, Credentials, Sender};
use channels::webhook::target::{AddressPolicy, Target, Trust};
use kernel::Timestamp;
use serde_json::json;
use std::time::Duration;
use testkit::receiver::{Reply, Signature, TestReceiver};

const SECRET: &str = "your-secret-key";
/// The documented 10 s, shortened.
const ATTEMPT: Duration = Duration::from_millis(400);
const UNREACHABLE: Verdict = Verdict::Retry {
    retry_after: None,
    unreachable: true,
};

fn loopback() -> AddressPolicy {
    AddressPolicy::new(|address| address.is_loopback())
}

fn fact() -> Fact {
    Fact {
        event_id: "charging.started-THD1729407600001-1729407660".to_owned(),
        event_type: "charging.started".to_owned(),
        device_phy_id: "82210225000520".to_owned(),
        occurred_at: Timestamp::from_unix_seconds(1_729_407_660),
        sequence_no: 2,
        data: json!({"order_no": "THD1729407600001", "port_no": 1, "final_amount": 7.85}),
        trace: None,
    }
}

async fn send(url: &str, trust: Trust, policy: AddressPolicy, secret: Option<&str>) -> Attempt {
    let target = Target::parse(url, trust, &policy).expect("an address");
    let sender = Sender::new(&policy, ATTEMPT).expect("a client");
    let credentials = Credentials {
        api_key: Some("test-api-key".to_owned()),
        secret: secret.map(str::to_owned),
    };
    let now = Timestamp::from_unix_seconds(1_729_407_700);
    sender
        .attempt(&target, &credentials, &fact(), "a1b2c3d4", now)
        .await
}

async fn send_to(receiver: &TestReceiver) -> Attempt {
    let url = receiver.url();
    send(&url, Trust::Guarded, loopback(), Some(SECRET)).await
}

async fn receiver(reply: Reply) -> TestReceiver {
    let receiver = TestReceiver::start_with_secret(SECRET)
        .await
        .expect("a port");
    receiver.reply_with(reply);
    receiver
}

#[tokio::test]
async fn a_signed_event_is_delivered_as_published() {
    let receiver = receiver(Reply::Accept).await;
    let url = receiver.url_of("/api/iot/webhook?ignored=by-the-signature");
    let attempt = send(&url, Trust::Guarded, loopback(), Some(SECRET)).await;
    assert_eq!(attempt.verdict, Verdict::Delivered, "{attempt:?}");
    assert_eq!(attempt.http_status, Some(200));
    let event = &receiver.received()[0];
    assert_eq!(event.signature, Signature::Valid);
    assert_eq!(event.path, "/api/iot/webhook");
    assert_eq!(event.api_key.as_deref(), Some("test-api-key"));
    assert_eq!(event.timestamp, Some(1_729_407_700), "that of the attempt");
    assert_eq!(event.nonce.as_deref(), Some("a1b2c3d4"));
    assert_eq!(
        event.body,
        concat!(
            r#"{"event_id":"charging.started-THD1729407600001-1729407660","#,
            r#""event_type":"charging.started","device_phy_id":"82210225000520","#,
            r#""timestamp":1729407660,"nonce":"a1b2c3d4","#,
            r#""data":{"order_no":"THD1729407600001","port_no":1,"final_amount":7.85,"#,
            r#""sequence_no":2}}"#
        )
    );
}

#[tokio::test]
async fn without_a_secret_events_go_out_unsigned() {
    let receiver = TestReceiver::start().await.expect("a port");
    let attempt = send(&receiver.url(), Trust::Guarded, loopback(), None).await;
    assert_eq!(attempt.verdict, Verdict::Delivered);
    assert_eq!(receiver.received()[0].signature, Signature::Unchecked);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_for_good() {
    let receiver = receiver(Reply::Accept).await;
    let attempt = send(&receiver.url(), Trust::Guarded, loopback(), Some("other")).await;
    assert_eq!(attempt.verdict, Verdict::Refused);
    assert_eq!(attempt.http_status, Some(401));
    assert_eq!(receiver.received()[0].signature, Signature::Wrong);
}

#[tokio::test]
async fn server_errors_may_pass() {
    for status in [500, 502, 503] {
        let attempt = send_to(&receiver(Reply::Status(status)).await).await;
        let retry = Verdict::Retry {
            retry_after: None,
            unreachable: false,
        };
        assert_eq!(attempt.verdict, retry, "{status}");
        assert_eq!(attempt.http_status, Some(status));
    }
}

#[tokio::test]
async fn a_busy_receiver_may_say_when_to_come_back() {
    let attempt = send_to(&receiver(Reply::TooMany(3)).await).await;
    let retry = Verdict::Retry {
        retry_after: Some(Duration::from_secs(3)),
        unreachable: false,
    };
    assert_eq!(attempt.verdict, retry);
}

#[tokio::test]
async fn client_errors_are_final() {
    for status in [400, 404, 410] {
        let attempt = send_to(&receiver(Reply::Status(status)).await).await;
        assert_eq!(attempt.verdict, Verdict::Refused, "{status}");
        assert!(attempt.error.contains(&status.to_string()), "{attempt:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = TestReceiver::start().await.expect("a port");
    let receiver = receiver(Reply::Redirect(elsewhere.url())).await;
    let attempt = send_to(&receiver).await;
    assert_eq!(attempt.verdict, Verdict::Refused);
    assert_eq!(attempt.http_status, Some(307));
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_receiver_that_hangs_is_given_up() {
    let attempt = send_to(&receiver(Reply::Hang).await).await;
    assert_eq!(attempt.verdict, UNREACHABLE);
    assert!(attempt.elapsed >= ATTEMPT);
    assert!(attempt.error.contains("0.4 s"), "{}", attempt.error);
}

#[tokio::test]
async fn an_answer_that_drips_is_given_up() {
    let receiver = receiver(Reply::Drip(Duration::from_millis(20))).await;
    let attempt = send_to(&receiver).await;
    assert_eq!(attempt.verdict, UNREACHABLE, "{attempt:?}");
    assert!(attempt.elapsed >= ATTEMPT);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let receiver = receiver(Reply::Oversized(ANSWER_BYTES_MAX * 200)).await;
    let attempt = send_to(&receiver).await;
    assert_eq!(attempt.verdict, Verdict::Delivered, "{attempt:?}");
}

#[tokio::test]
async fn a_closed_port_may_open_again() {
    // Port 1 belongs to a service that no machine runs any more.
    let attempt = send("http://127.0.0.1:1/", Trust::Guarded, loopback(), None).await;
    assert_eq!(attempt.verdict, UNREACHABLE);
    assert_eq!(attempt.http_status, None);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
    let receiver = receiver(Reply::Accept).await;
    let url = format!("http://localhost:{}/webhook", receiver.address().port());
    let policy = AddressPolicy::public_only;
    let attempt = send(&url, Trust::Guarded, policy(), Some(SECRET)).await;
    assert_eq!(attempt.verdict, Verdict::Refused);
    assert!(
        attempt.error.contains("allow_networks"),
        "{}",
        attempt.error
    );
    assert!(receiver.received().is_empty());

    let attempt = send(&url, Trust::Guarded, loopback(), Some(SECRET)).await;
    assert_eq!(
        attempt.verdict,
        Verdict::Delivered,
        "the network is allowed"
    );
    let attempt = send(&url, Trust::Operator, policy(), Some(SECRET)).await;
    assert_eq!(attempt.verdict, Verdict::Delivered, "the operator's own");
}

#[tokio::test]
async fn a_name_that_does_not_exist_may_exist_later() {
    let url = "http://receiver.invalid/webhook";
    let attempt = send(url, Trust::Guarded, loopback(), None).await;
    assert_eq!(attempt.verdict, UNREACHABLE, "{attempt:?}");
}
