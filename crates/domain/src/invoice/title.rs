use crate::fault::FieldFault;
use crate::text_enum::text_enum;
use serde::{Deserialize, Serialize};

/// Longest name of a buyer, and of what else is printed about him, in characters.
const TEXT_MAX: usize = 100;
/// Longest tax number.
const TAX_NO_MAX: usize = 20;
/// Longest mail address.
const EMAIL_MAX: usize = 254;

text_enum! {
    /// Kind of an invoice, by the code of tax gateways.
    InvoiceKind {
        /// Special VAT invoice (专用发票): the buyer may deduct its tax.
        Special = "81",
        /// General invoice (普通发票).
        General = "82",
    }
}

text_enum! {
    /// Who buys.
    BuyerKind {
        /// A company; code 01 at tax gateways.
        Company = "company",
        /// A person; code 03.
        Person = "person",
    }
}

impl BuyerKind {
    /// The code of tax gateways.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Company => "01",
            Self::Person => "03",
        }
    }
}

/// To whom an invoice is made out (抬头).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceTitle {
    /// What kind it is to be.
    pub kind: InvoiceKind,
    /// Who buys.
    pub buyer_kind: BuyerKind,
    /// His name, 1 to 100 characters.
    pub title: String,
    /// Tax number, letters and digits, at most 20; a company must have one, a person must not.
    #[serde(default)]
    pub tax_no: Option<String>,
    /// Address and telephone, at most 100 characters.
    #[serde(default)]
    pub address_phone: Option<String>,
    /// Bank and account, at most 100 characters.
    #[serde(default)]
    pub bank_account: Option<String>,
    /// Where it is sent.
    #[serde(default)]
    pub email: Option<String>,
    /// Whom to tell: 11 digits.
    #[serde(default)]
    pub mobile: Option<String>,
}

impl InvoiceTitle {
    /// Checks it before it is stored or used.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        let title = self.title.trim().chars().count();
        FieldFault::unless(
            (1..=TEXT_MAX).contains(&title) && self.title.chars().count() <= TEXT_MAX,
            "title",
            format!("must have 1 to {TEXT_MAX} characters"),
        )?;
        match (self.buyer_kind, self.tax_no.as_deref()) {
            (BuyerKind::Company, None) => {
                return Err(FieldFault::at("tax_no", "is required for a company"));
            }
            (BuyerKind::Company, Some(number)) => FieldFault::unless(
                (1..=TAX_NO_MAX).contains(&number.len())
                    && number.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "tax_no",
                format!("must be 1 to {TAX_NO_MAX} letters and digits"),
            )?,
            (BuyerKind::Person, None | Some("")) => {}
            (BuyerKind::Person, Some(_)) => {
                return Err(FieldFault::at("tax_no", "must be empty for a person"));
            }
        }
        FieldFault::unless(
            self.kind == InvoiceKind::General || self.buyer_kind == BuyerKind::Company,
            "kind",
            "must be 82 for a person",
        )?;
        for (field, text) in [
            ("address_phone", &self.address_phone),
            ("bank_account", &self.bank_account),
        ] {
            let length = text.as_deref().map_or(0, |text| text.chars().count());
            let problem = format!("must have at most {TEXT_MAX} characters");
            FieldFault::unless(length <= TEXT_MAX, field, problem)?;
        }
        let email = self.email.as_deref().is_none_or(is_email);
        FieldFault::unless(email, "email", "must be a mail address")?;
        let mobile = self.mobile.as_deref().is_none_or(is_mobile);
        FieldFault::unless(mobile, "mobile", "must be 11 digits")
    }
}

fn is_email(text: &str) -> bool {
    let plain = text.len() <= EMAIL_MAX && text.chars().all(|c| !c.is_whitespace());
    plain
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains('@')
        })
}

fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}
