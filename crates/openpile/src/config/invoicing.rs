//! The sections about invoices and mail. What each key means stands in `configs/defaults.yaml`.
#![expect(
    missing_docs,
    reason = "defaults.yaml documents the keys; saying it twice would drift"
)]

use super::{HttpUrl, Seconds, Secret};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoice {
    pub issuer: IssuerKind,
    pub review: Review,
    pub drawer: String,
    pub one_line: bool,
    pub elec: Item,
    pub service: Item,
    pub seller: InvoiceSeller,
    pub local: LocalIssuer,
    pub http: HttpIssuer,
}

/// Who issues invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerKind {
    /// Nobody yet.
    None,
    /// The demonstration's own.
    Local,
    /// A gateway.
    Http,
}

/// Which invoices a person looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Review {
    /// None.
    None,
    /// Those whose tax the buyer may deduct.
    Special,
    /// All.
    All,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub name: String,
    pub tax_code: String,
    pub rate_bp: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceSeller {
    pub name: Option<String>,
    pub tax_no: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub bank: Option<String>,
    pub account: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalIssuer {
    pub delay_s: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpIssuer {
    pub base: Option<HttpUrl>,
    pub app_key: Option<String>,
    pub secret: Option<Secret>,
    pub timeout_s: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub host: Option<String>,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub from: Option<String>,
    pub timeout_s: Seconds,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// From the first byte.
    Tls,
    /// After a plain greeting.
    StartTls,
    /// Not at all.
    None,
}
