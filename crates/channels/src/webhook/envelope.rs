//! The body of a webhook.

use kernel::{Timestamp, TraceId};
use serde::Serialize;
use serde_json::{Map, Value};

/// A fact as the outbox keeps it; everything of the body that does not change between attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Receivers recognise repeats by it.
    pub event_id: String,
    /// For instance `charging.started`.
    pub event_type: String,
    /// The device, empty when the fact concerns none.
    pub device_phy_id: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Position among the events of its order, from 1; zero without an order.
    pub sequence_no: i64,
    /// The fields of the event, a JSON object.
    pub data: Value,
    /// The flow of its order, which the receiver may go on with.
    pub trace: Option<TraceId>,
}

/// The stored fields of an event are no JSON object.
#[derive(Debug, thiserror::Error)]
#[error("the stored data of event {0} is not a JSON object")]
pub struct BrokenData(pub String);

#[derive(Serialize)]
struct Envelope<'a> {
    event_id: &'a str,
    event_type: &'a str,
    device_phy_id: &'a str,
    timestamp: i64,
    nonce: &'a str,
    data: Map<String, Value>,
}

impl Fact {
    /// The body of one attempt. Its `timestamp` is the second of the fact; its `nonce` is the
    /// attempt's, the same as in the header. `data` gains `sequence_no`, because after the fast
    /// retries later events of an order may arrive first.
    pub fn body(&self, nonce: &str) -> Result<Vec<u8>, BrokenData> {
        let broken = || BrokenData(self.event_id.clone());
        let mut data = self.data.as_object().cloned().ok_or_else(broken)?;
        if self.sequence_no > 0 {
            data.insert("sequence_no".to_owned(), self.sequence_no.into());
        }
        let envelope = Envelope {
            event_id: &self.event_id,
            event_type: &self.event_type,
            device_phy_id: &self.device_phy_id,
            timestamp: self.occurred_at.unix_seconds(),
            nonce,
            data,
        };
        serde_json::to_vec(&envelope).map_err(|_| broken())
    }
}

#[cfg(test)]
mod tests {
    use super::Fact;
    use kernel::Timestamp;
    use serde_json::{Value, json};

    fn fact(sequence_no: i64, data: Value) -> Fact {
        Fact {
            event_id: "charging.progress-THD1729407600001-1729407660".to_owned(),
            event_type: "charging.progress".to_owned(),
            device_phy_id: "82210225000520".to_owned(),
            occurred_at: Timestamp(1_729_407_660_750),
            sequence_no,
            data,
            trace: None,
        }
    }

    fn body(sequence_no: i64, data: Value) -> String {
        let body = fact(sequence_no, data).body("a1b2c3d4").expect("an object");
        String::from_utf8(body).expect("text")
    }

    #[test]
    fn the_body_has_the_published_form() {
        assert_eq!(
            body(0, json!({"order_no": "THD1729407600001", "port_no": 1})),
            concat!(
                r#"{"event_id":"charging.progress-THD1729407600001-1729407660","#,
                r#""event_type":"charging.progress","device_phy_id":"82210225000520","#,
                r#""timestamp":1729407660,"nonce":"a1b2c3d4","#,
                r#""data":{"order_no":"THD1729407600001","port_no":1}}"#
            )
        );
    }

    #[test]
    fn events_of_an_order_are_numbered() {
        let numbered = body(3, json!({"final_amount": 7.85, "peak_power": 1800.0}));
        let data = r#""data":{"final_amount":7.85,"peak_power":1800.0,"sequence_no":3}}"#;
        assert!(numbered.ends_with(data), "{numbered}");
        assert!(body(3, json!({})).ends_with(r#""data":{"sequence_no":3}}"#));
    }

    #[test]
    fn data_that_is_no_object_is_refused() {
        for data in [json!([]), json!(null), json!("{}")] {
            assert!(fact(1, data).body("a1b2c3d4").is_err());
        }
    }
}
