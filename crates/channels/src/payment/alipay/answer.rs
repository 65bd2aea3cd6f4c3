//! What an answer means.

use super::Alipay;
use crate::payment::error::ChannelError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The code of success.
const SUCCESS: &str = "10000";
/// The code of "try again later": not processed, or nobody knows.
const UNKNOWN: &str = "20000";
/// Parts of sub-codes that leave open whether it was done.
const UNDECIDED: [&str; 4] = ["SYSTEM_ERROR", "isp.", "aop.", "REQUEST_PROCESSING"];
/// Sub-codes that say that there is no such number.
const ABSENT: [&str; 3] = ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST", "ORDER_NOT_EXIST"];
/// Sub-codes of a day without a bill, for nothing happened.
const NO_BILL: [&str; 2] = ["isp.bill_not_exist", "BILL_NOT_EXIST"];

/// What every answer begins with.
#[derive(Deserialize)]
struct Verdict {
    code: String,
    #[serde(default)]
    msg: String,
    sub_code: Option<String>,
    sub_msg: Option<String>,
}

impl Alipay {
    /// Checks and reads the body of an answer to `method`.
    pub(super) fn read_answer<T: DeserializeOwned>(
        &self,
        method: &str,
        body: &[u8],
    ) -> Result<T, ChannelError> {
        // Kept raw: the signature covers these bytes, and what is read are these bytes.
        let parts: HashMap<String, &RawValue> =
            serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        let name = format!("{}_response", method.replace('.', "_"));
        let Some(response) = parts.get(&name) else {
            return Err(self.read_gate_error(&parts));
        };
        self.verify(&parts, response)?;
        let verdict: Verdict =
            serde_json::from_str(response.get()).map_err(|error| malformed(&error))?;
        if verdict.code == SUCCESS {
            return serde_json::from_str(response.get()).map_err(|error| malformed(&error));
        }
        Err(verdict.failure())
    }

    /// The gateway itself refuses with an `error_response`, which may be unsigned.
    fn read_gate_error(&self, parts: &HashMap<String, &RawValue>) -> ChannelError {
        let Some(response) = parts.get("error_response") else {
            return ChannelError::malformed("an answer without a response");
        };
        if parts.contains_key("sign")
            && let Err(error) = self.verify(parts, response)
        {
            return error;
        }
        match serde_json::from_str::<Verdict>(response.get()) {
            Ok(verdict) => verdict.failure(),
            Err(error) => malformed(&error),
        }
    }

    fn verify(
        &self,
        parts: &HashMap<String, &RawValue>,
        response: &RawValue,
    ) -> Result<(), ChannelError> {
        let sign = parts.get("sign").ok_or(ChannelError::BadSignature)?;
        let sign: String =
            serde_json::from_str(sign.get()).map_err(|_| ChannelError::BadSignature)?;
        if self.platform.verifies(response.get().as_bytes(), &sign) {
            Ok(())
        } else {
            Err(ChannelError::BadSignature)
        }
    }
}

impl Verdict {
    fn failure(&self) -> ChannelError {
        let code = self.sub_code.as_deref().unwrap_or(&self.code);
        let message = self.sub_msg.as_deref().unwrap_or(&self.msg);
        let undecided =
            UNDECIDED.iter().any(|part| code.contains(part)) && !NO_BILL.contains(&code);
        let decided = self.code.starts_with("400") && !undecided;
        if decided && self.code != UNKNOWN {
            ChannelError::refused(code, message)
        } else {
            ChannelError::unknown(code, message)
        }
    }
}

/// Whether a refusal says that nothing happened on that day.
pub(super) fn is_no_bill(error: &ChannelError) -> bool {
    matches!(error, ChannelError::Refused { code, .. } if NO_BILL.contains(&code.as_str()))
}

/// Whether a refusal says that the platform knows no such number.
pub(super) fn is_absent(error: &ChannelError) -> bool {
    matches!(error, ChannelError::Refused { code, .. } if ABSENT.contains(&code.as_str()))
}

fn malformed(error: &serde_json::Error) -> ChannelError {
    ChannelError::malformed(format!("answer: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, is_absent, is_no_bill};
    use crate::payment::error::ChannelError;

    fn failure(code: &str, sub_code: &str) -> ChannelError {
        let verdict = Verdict {
            code: code.to_owned(),
            msg: String::new(),
            sub_code: Some(sub_code.to_owned()),
            sub_msg: None,
        };
        verdict.failure()
    }

    #[test]
    fn only_a_clear_refusal_is_definitive() {
        for (code, sub_code) in [
            ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
            ("40004", "PAYEE_NOT_EXIST"),
            ("40002", "isv.invalid-signature"),
            ("40006", "isv.insufficient-isv-permissions"),
        ] {
            assert!(!failure(code, sub_code).is_outcome_unknown(), "{sub_code}");
        }
        for (code, sub_code) in [
            ("20000", "isp.unknow-error"),
            ("40004", "ACQ.SYSTEM_ERROR"),
            ("40004", "SYSTEM_ERROR"),
            ("40004", "aop.ACQ.SYSTEM_ERROR"),
            ("10003", ""),
            ("20001", "aop.invalid-auth-token"),
            ("", ""),
        ] {
            assert!(failure(code, sub_code).is_outcome_unknown(), "{sub_code}");
        }
        assert!(is_absent(&failure("40004", "ACQ.TRADE_NOT_EXIST")));
        assert!(is_no_bill(&failure("40004", "isp.bill_not_exist")));
    }
}
