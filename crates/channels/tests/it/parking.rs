//! A car park behind HTTP, against a real receiver.

use channels::parking::{HttpParking, HttpParkingSettings, ParkingVendor};
use domain::parking::{Answer, ChargeSpeed, ParkingRecord, Relief};
use kernel::{Energy, Fen, ManualClock, PortNo, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use testkit::receiver::{Reply, Signature, TestReceiver};

const SECRET: &str = "parking-secret";

fn record() -> ParkingRecord {
    ParkingRecord {
        station_no: "S1".to_owned(),
        order_no: "APP1729407600001".parse().expect("an order number"),
        plate: Some("京AD12345".to_owned()),
        start: Timestamp::from_unix_seconds(1_729_407_600),
        end: Timestamp::from_unix_seconds(1_729_411_200),
        energy: Energy::from_centi_kwh(523),
        elec: Fen(500),
        service: Fen(285),
        speed: ChargeSpeed::Slow,
        device: "82210225000520".parse().expect("an id"),
        port: PortNo(1),
        mobile: None,
        relief: Relief::FreeMinutes { minutes: 120 },
    }
}

fn vendor(receiver: &TestReceiver) -> HttpParking {
    let settings = HttpParkingSettings {
        base: receiver.url_of("/park/"),
        app_key: "openpile".to_owned(),
        secret: SECRET.to_owned(),
        timeout: Duration::from_millis(500),
    };
    assert!(!format!("{settings:?}").contains(SECRET));
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_729_411_200)));
    HttpParking::new(clock, settings).expect("legal settings")
}

#[tokio::test]
async fn records_are_signed_and_answers_read() {
    let receiver = TestReceiver::start_with_secret(SECRET)
        .await
        .expect("a receiver");
    let vendor = vendor(&receiver);
    let json = |status, text: &str| Reply::Json(status, text.to_owned());
    receiver.reply_next([
        json(200, r#"{"code":1001}"#),
        json(200, r#"{"code":1002}"#),
        json(200, r#"{"code":"fine"}"#),
        json(503, r#"{"code":1001}"#),
        Reply::Oversized(100_000),
    ]);
    let record = record();
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(vendor.tell("P7", &record).await);
    }
    let none = Answer::None;
    assert_eq!(
        answers,
        [
            Answer::TAKEN,
            Answer::NOT_PARKED,
            none,
            Answer::Code(503),
            none
        ]
    );
    let calls = receiver.received();
    assert_eq!(calls[0].path, "/park/records");
    assert!(calls.iter().all(|call| call.signature == Signature::Valid));
    let body: serde_json::Value = serde_json::from_slice(&calls[0].body).expect("JSON");
    assert_eq!(body["order_no"], "APP1729407600001");
    assert_eq!(
        (&body["quantity"], &body["total_fen"]),
        (&5230.into(), &785.into())
    );
    assert_eq!(body["plate"], "京AD12345");
    assert_eq!(body["relief"]["minutes"], 120);
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(0)));
    for base in ["", "ftp://example.com", "no address"] {
        let settings = HttpParkingSettings {
            base: base.to_owned(),
            app_key: "openpile".to_owned(),
            secret: SECRET.to_owned(),
            timeout: Duration::from_millis(500),
        };
        assert!(HttpParking::new(clock.clone(), settings).is_err(), "{base}");
    }
}
