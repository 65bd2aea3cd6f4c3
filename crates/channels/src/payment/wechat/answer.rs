//! What an answer means.

use crate::payment::error::ChannelError;
use crate::payment::exchange::Reply;
use serde::Deserialize;

/// Codes that say "later" and so leave open whether it was done, whatever the HTTP status.
const UNDECIDED: [&str; 8] = [
    "SYSTEM_ERROR",
    "SYSTEMERROR",
    "BANK_ERROR",
    "FREQUENCY_LIMITED",
    "FREQUENCY_LIMIT_EXCEED",
    "RATELIMIT_EXCEEDED",
    "BIZERR_NEED_RETRY",
    "STATEMENT_CREATING",
];
/// Codes that say that there is no such number.
const ABSENT: [&str; 4] = [
    "ORDER_NOT_EXIST",
    "ORDERNOTEXIST",
    "RESOURCE_NOT_EXISTS",
    "NOT_FOUND",
];
/// The code of a day without a bill, for nothing happened.
const NO_BILL: &str = "NO_STATEMENT_EXIST";

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
}

/// What an answer that is no success means.
pub(super) fn failure(reply: &Reply) -> ChannelError {
    let status = reply.status.to_string();
    let Ok(body) = serde_json::from_slice::<ErrorBody>(&reply.body) else {
        // No code: some proxy's word, not WeChat's.
        return ChannelError::unknown(&status, "an answer without a code");
    };
    let is_decided = matches!(reply.status, 400..=499)
        && reply.status != 429
        && !UNDECIDED.contains(&body.code.as_str());
    if is_decided {
        ChannelError::refused(&body.code, &body.message)
    } else {
        ChannelError::unknown(&body.code, &body.message)
    }
}

/// Whether a refusal says that nothing happened on that day.
pub(super) fn is_no_bill(error: &ChannelError) -> bool {
    matches!(error, ChannelError::Refused { code, .. } if code == NO_BILL)
}

/// Whether a refusal says that the platform knows no such number.
pub(super) fn is_absent(error: &ChannelError) -> bool {
    matches!(error, ChannelError::Refused { code, .. } if ABSENT.contains(&code.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{failure, is_absent};
    use crate::payment::error::ChannelError;
    use crate::payment::exchange::Reply;
    use reqwest::header::HeaderMap;

    fn answer(status: u16, body: &str) -> ChannelError {
        failure(&Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn only_a_clear_refusal_is_definitive() {
        let decided = [
            (400, "PARAM_ERROR"),
            (401, "SIGN_ERROR"),
            (403, "NO_AUTH"),
            (403, "NOT_ENOUGH"),
            (404, "NOT_FOUND"),
        ];
        for (status, code) in decided {
            let error = answer(status, &format!(r#"{{"code":"{code}","message":"否"}}"#));
            assert_eq!(error, ChannelError::refused(code, "否"));
            assert!(!error.is_outcome_unknown());
        }
        let open = [
            (500, "SYSTEM_ERROR"),
            (400, "SYSTEM_ERROR"),
            (429, "FREQUENCY_LIMITED"),
            (429, "ANYTHING"),
            (502, "PARAM_ERROR"),
            (302, "PARAM_ERROR"),
            (202, "ACCEPTED"),
        ];
        for (status, code) in open {
            let error = answer(status, &format!(r#"{{"code":"{code}"}}"#));
            assert!(error.is_outcome_unknown(), "{status} {code}");
        }
        for body in ["", "<html>403</html>", "[]", "{}", r#"{"code":7}"#] {
            assert!(answer(403, body).is_outcome_unknown(), "{body}");
        }
    }

    #[test]
    fn a_number_that_is_not_there_is_told_apart() {
        assert!(is_absent(&answer(404, r#"{"code":"ORDER_NOT_EXIST"}"#)));
        assert!(!is_absent(&answer(400, r#"{"code":"PARAM_ERROR"}"#)));
        assert!(!is_absent(&answer(404, "no such page")));
    }
}
