use crate::fault::FieldFault;
use crate::text_enum::text_enum;
use serde::{Deserialize, Serialize};

/// Longest name, address, bank, in characters.
const TEXT_MAX: usize = 100;
/// Longest tax number, account, telephone.
const NUMBER_MAX: usize = 40;

/// Who issues an invoice, as it is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seller {
    /// The name.
    pub name: String,
    /// The tax number; without one nothing can be issued.
    pub tax_no: String,
    /// Where it is.
    pub address: String,
    /// Its telephone.
    pub phone: String,
    /// Its bank.
    pub bank: String,
    /// Its account there.
    pub account: String,
}

impl Seller {
    /// Whether it can issue invoices at all.
    pub fn can_issue(&self) -> bool {
        !self.name.trim().is_empty() && !self.tax_no.trim().is_empty()
    }

    /// Checks it before it is used.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        for (field, text, most) in [
            ("name", &self.name, TEXT_MAX),
            ("tax_no", &self.tax_no, NUMBER_MAX),
            ("address", &self.address, TEXT_MAX),
            ("phone", &self.phone, NUMBER_MAX),
            ("bank", &self.bank, TEXT_MAX),
            ("account", &self.account, NUMBER_MAX),
        ] {
            let problem = format!("must have at most {most} characters");
            FieldFault::unless(text.chars().count() <= most, field, problem)?;
        }
        Ok(())
    }
}

text_enum! {
    /// Whether an invoice charges or takes back.
    InvoiceColor {
        /// It charges.
        Blue = "blue",
        /// It takes a blue one back.
        Red = "red",
    }
}

text_enum! {
    /// A form in which an issuer keeps an invoice.
    FileForm {
        /// For people.
        Pdf = "pdf",
        /// For people, in the national format.
        Ofd = "ofd",
        /// For programs.
        Xml = "xml",
        /// A page for a browser; what the demonstration's issuer makes.
        Html = "html",
    }
}

impl FileForm {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Ofd => "application/ofd",
            Self::Xml => "application/xml",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// A form of an invoice, and where its issuer has it for everybody who knows the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFile {
    /// Which.
    pub form: FileForm,
    /// Where.
    #[serde(default)]
    pub url: Option<String>,
}

/// What is done with the orders of an invoice that is reversed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum AfterRed {
    /// What is left of them is invoiced anew, to the same buyer.
    #[default]
    Reissue,
    /// The same, to a buyer who was written down wrongly.
    ReissueTo {
        /// The right one.
        title: super::InvoiceTitle,
    },
    /// Nothing; they may be on an invoice again.
    Release,
}

#[cfg(test)]
mod tests {
    use super::{AfterRed, Seller};

    #[test]
    fn a_seller_needs_a_tax_number() {
        let mut seller = Seller {
            name: "平台".to_owned(),
            ..Seller::default()
        };
        assert!(!seller.can_issue());
        seller.tax_no = "91510100MA6CXXXX0X".to_owned();
        assert!(seller.can_issue());
        seller.bank = "x".repeat(101);
        assert_eq!(
            seller.check().map_err(|fault| fault.field),
            Err("bank".to_owned())
        );
    }

    #[test]
    fn what_follows_a_reversal_is_readable() {
        let json = serde_json::to_string(&AfterRed::Release).expect("plain data");
        assert_eq!(json, r#"{"then":"release"}"#);
        assert_eq!(
            serde_json::from_str::<AfterRed>(&json).expect("the same"),
            AfterRed::Release
        );
    }
}
