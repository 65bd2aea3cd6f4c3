//! The same for the console: what somebody has pasted into its page.

use super::reading::Wanted;
use super::{digits, json};
use app::{FrameReader, Unread};
use serde_json::Value;

/// Reads frames of all families.
#[derive(Debug)]
pub(crate) struct Pasted;

impl FrameReader for Pasted {
    fn read(&self, text: &str, protocol: Option<&str>) -> Result<Value, Unread> {
        let wanted = protocol.map_or(Ok(Wanted::Auto), Wanted::parse);
        let wanted = wanted.map_err(Unread::Protocol)?;
        let bytes = digits::bytes(text).map_err(|problem| Unread::Text(problem.to_string()))?;
        Ok(json::whole(wanted, &bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Pasted;
    use app::{FrameReader, Unread};

    /// A heartbeat of a networked BKV gateway.
    const FRAME: &str = "FCFE0025001500000000018600445945300500110202503630200098\
        0068000000010050002d41fcee";

    #[test]
    fn a_frame_is_shown_field_by_field() {
        let found = Pasted.read(FRAME, None).expect("bytes");
        assert_eq!(
            (&found["valid"], &found["protocol"]),
            (&true.into(), &"bkv".into())
        );
        let fields = found["fields"].as_array().expect("fields");
        let length: u64 = fields
            .iter()
            .filter_map(|field| field["length"].as_u64())
            .sum();
        assert_eq!(length, 41, "each byte belongs to a field");
        let hex: String = fields
            .iter()
            .filter_map(|field| field["hex"].as_str())
            .collect();
        assert_eq!(hex, FRAME.to_lowercase());
        // Two frames, the second of which is shown as well.
        let two = Pasted
            .read(&format!("{FRAME} {FRAME}"), Some("bkv"))
            .expect("bytes");
        assert_eq!(two["parts"][1]["fields"], found["fields"]);
    }

    #[test]
    fn what_is_no_bytes_is_refused() {
        assert!(matches!(Pasted.read("xyz", None), Err(Unread::Text(_))));
        assert!(matches!(
            Pasted.read("fc", Some("x")),
            Err(Unread::Protocol(_))
        ));
    }
}
