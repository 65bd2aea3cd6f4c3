//! What robots answer.

use super::PostFault;
use domain::alarm::ChannelKind;
use serde_json::Value;
use std::time::Duration;

/// How long a robot is left alone that has had too many posts: all three count by the minute.
const PAUSE: Duration = Duration::from_mins(1);
/// How much of a reason is kept, in characters.
const REASON_CHARS_MAX: usize = 200;

/// Reads an answer: the status, and the body, which robots fill with 200 also when they refuse.
pub(super) fn read(kind: ChannelKind, status: u16, body: &[u8]) -> Result<(), PostFault> {
    let text: String = String::from_utf8_lossy(body)
        .chars()
        .take(REASON_CHARS_MAX)
        .collect();
    match status {
        429 | 503 => {
            return Err(PostFault::Busy {
                after: PAUSE,
                why: format!("status {status}"),
            });
        }
        200..=299 => {}
        400..=499 => return Err(PostFault::Refused(format!("status {status}: {text}"))),
        _ => return Err(PostFault::NotSent(format!("status {status}: {text}"))),
    }
    if kind == ChannelKind::Webhook {
        return Ok(());
    }
    let said: Value = serde_json::from_slice(body)
        .map_err(|_| PostFault::NotSent(format!("not an answer of a robot: {text}")))?;
    let code = ["errcode", "code", "StatusCode"]
        .iter()
        .find_map(|name| said.get(*name)?.as_i64())
        .ok_or_else(|| PostFault::NotSent(format!("not an answer of a robot: {text}")))?;
    let why = ["errmsg", "msg", "StatusMessage"]
        .iter()
        .find_map(|name| said.get(*name)?.as_str())
        .unwrap_or_default();
    let why = format!("{code}: {why}");
    match (kind, code) {
        (_, 0) => Ok(()),
        // More than twenty a minute (DingTalk, WeCom), a hundred a minute or five a second
        // (Feishu).
        (ChannelKind::DingTalk, 130_101 | 410_100)
        | (ChannelKind::WeCom, 45_009)
        | (ChannelKind::Feishu, 9_499 | 11_232) => Err(PostFault::Busy { after: PAUSE, why }),
        // The platform itself has trouble.
        (ChannelKind::DingTalk | ChannelKind::WeCom, -1) => Err(PostFault::NotSent(why)),
        _ => Err(PostFault::Refused(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::{ChannelKind, PostFault, read};

    #[test]
    fn robots_refuse_with_status_200() {
        let ding = |body: &str| read(ChannelKind::DingTalk, 200, body.as_bytes());
        assert_eq!(ding(r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let refused = ding(r#"{"errcode":310000,"errmsg":"sign not match"}"#);
        assert_eq!(
            refused,
            Err(PostFault::Refused("310000: sign not match".to_owned()))
        );
        assert!(matches!(
            ding(r#"{"errcode":130101,"errmsg":"send too fast"}"#),
            Err(PostFault::Busy { .. })
        ));
        assert!(matches!(ding("<html>"), Err(PostFault::NotSent(_))));
        let feishu = |body: &str| read(ChannelKind::Feishu, 200, body.as_bytes());
        assert_eq!(
            feishu(r#"{"StatusCode":0,"StatusMessage":"success"}"#),
            Ok(())
        );
        assert_eq!(feishu(r#"{"code":0,"msg":"success","data":{}}"#), Ok(()));
        assert!(matches!(
            feishu(r#"{"code":9499,"msg":"too many request"}"#),
            Err(PostFault::Busy { .. })
        ));
        let wecom = |body: &str| read(ChannelKind::WeCom, 200, body.as_bytes());
        assert!(matches!(
            wecom(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
            Err(PostFault::Busy { .. })
        ));
        assert!(matches!(
            wecom(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
            Err(PostFault::Refused(_))
        ));
    }

    #[test]
    fn calls_are_judged_by_their_status() {
        let call = |status| read(ChannelKind::Webhook, status, b"anything");
        assert_eq!(call(204), Ok(()));
        assert!(matches!(call(404), Err(PostFault::Refused(_))));
        assert!(matches!(call(500), Err(PostFault::NotSent(_))));
        assert!(matches!(call(429), Err(PostFault::Busy { .. })));
        assert!(matches!(call(302), Err(PostFault::NotSent(_))));
    }
}
