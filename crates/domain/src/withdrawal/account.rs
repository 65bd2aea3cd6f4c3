use super::WithdrawalMethod;
use crate::fault::FieldFault;
use crate::text_enum::text_enum;

/// Longest name of a holder or a bank, in characters.
const NAME_MAX: usize = 50;

text_enum! {
    /// What kind of account withdrawals go to.
    SettlementKind {
        /// At a bank.
        Bank = "bank",
        /// A person's WeChat, by openid.
        Wechat = "wechat",
        /// A person's Alipay, by user id.
        Alipay = "alipay",
        /// Of the channel of tests and demonstrations.
        Mock = "mock",
    }
}

impl SettlementKind {
    /// How withdrawals to such an account are paid.
    pub const fn method(self) -> WithdrawalMethod {
        match self {
            Self::Bank => WithdrawalMethod::Bank,
            Self::Wechat => WithdrawalMethod::WechatTransfer,
            Self::Alipay => WithdrawalMethod::AlipayTransfer,
            Self::Mock => WithdrawalMethod::MockTransfer,
        }
    }
}

/// Where the money of a withdrawal goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementAccount {
    /// What kind it is.
    pub kind: SettlementKind,
    /// Whose: the name that the bank or the channel compares.
    pub holder: String,
    /// The bank and its branch; only at a bank.
    pub bank: Option<String>,
    /// Account number, openid or user id.
    pub number: String,
}

impl SettlementAccount {
    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        let named = |text: &str| {
            let length = text.chars().count();
            !text.trim().is_empty() && length <= NAME_MAX && !text.chars().any(char::is_control)
        };
        let problem = "must have 1 to 50 characters";
        FieldFault::unless(named(&self.holder), "holder", problem)?;
        let at_bank = self.kind == SettlementKind::Bank;
        if let Some(bank) = &self.bank {
            FieldFault::unless(at_bank, "bank", "is only for accounts at a bank")?;
            FieldFault::unless(named(bank), "bank", problem)?;
        } else {
            FieldFault::unless(!at_bank, "bank", "is required for an account at a bank")?;
        }
        self.check_number()
    }

    fn check_number(&self) -> Result<(), FieldFault> {
        let number = self.number.as_bytes();
        let digits = number.iter().all(u8::is_ascii_digit);
        let plain = number
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let (holds, problem) = match self.kind {
            SettlementKind::Bank => (
                digits && (8..=32).contains(&number.len()),
                "must be 8 to 32 digits",
            ),
            SettlementKind::Alipay => (
                digits && number.len() == 16 && number.starts_with(b"2088"),
                "must be 16 digits that begin with 2088",
            ),
            SettlementKind::Wechat | SettlementKind::Mock => (
                plain && (1..=64).contains(&number.len()),
                "must be 1 to 64 letters, digits, - and _",
            ),
        };
        FieldFault::unless(holds, "account_no", problem)
    }
}

#[cfg(test)]
mod tests {
    use super::{SettlementAccount, SettlementKind};

    fn account(kind: SettlementKind, bank: Option<&str>, number: &str) -> SettlementAccount {
        SettlementAccount {
            kind,
            holder: "成都天府充电有限公司".to_owned(),
            bank: bank.map(str::to_owned),
            number: number.to_owned(),
        }
    }

    #[test]
    fn accounts_are_checked() {
        use SettlementKind as K;
        for (account, fault) in [
            (account(K::Bank, Some("中国银行"), "6222020200112233"), None),
            (account(K::Bank, None, "6222020200112233"), Some("bank")),
            (
                account(K::Bank, Some("中国银行"), "6222 0202"),
                Some("account_no"),
            ),
            (
                account(K::Bank, Some(" "), "6222020200112233"),
                Some("bank"),
            ),
            (
                account(K::Wechat, None, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
                None,
            ),
            (account(K::Wechat, Some("x"), "o1"), Some("bank")),
            (account(K::Wechat, None, ""), Some("account_no")),
            (account(K::Alipay, None, "2088102146225135"), None),
            (
                account(K::Alipay, None, "1088102146225135"),
                Some("account_no"),
            ),
        ] {
            let found = account.check().err().map(|fault| fault.field);
            assert_eq!(found.as_deref(), fault, "{account:?}");
        }
        let nobody = SettlementAccount {
            holder: String::new(),
            ..account(K::Mock, None, "m1")
        };
        assert_eq!(
            nobody.check().map_err(|fault| fault.field),
            Err("holder".to_owned())
        );
    }
}
