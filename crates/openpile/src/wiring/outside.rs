//! From the configuration to the world outside: mail, issuers of invoices.

use crate::config::{self, Config};
use anyhow::Context as _;
use app::{InvoiceRules, Outside, Review};
use channels::invoice::{
    HttpIssuer, HttpIssuerSettings, LocalIssuer, LocalIssuerSettings, NoIssuer, SharedIssuer,
};
use channels::mail::{LogMail, Security, SharedMail, SmtpMail, SmtpSettings};
use channels::parking::{HttpParking, HttpParkingSettings, ParkingVendors};
use channels::sms::LogSms;
use domain::invoice::{InvoiceItem, LineLayout, Seller};
use kernel::{BasisPoints, Clock};
use std::sync::Arc;

/// Everything that use cases call outside.
pub(crate) fn outside(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Outside> {
    Ok(Outside {
        sms: Arc::new(LogSms {
            shows: config.sms.log_codes,
        }),
        mail: mail(&config.mail).context("mail")?,
        parking: parking(&config.parking, &clock).context("parking")?,
        issuer: issuer(&config.invoice, clock).context("invoice.issuer")?,
        ..Outside::default()
    })
}

/// What stands on invoices.
pub(super) fn invoices(config: &config::Invoice) -> InvoiceRules {
    let item = |item: &config::Item| InvoiceItem {
        name: item.name.clone(),
        tax_code: item.tax_code.clone(),
        rate_bp: BasisPoints(i32::from(item.rate_bp)),
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (elec, service) = (item(&config.elec), item(&config.service));
    InvoiceRules {
        layout: if config.one_line {
            LineLayout::One { charge: elec }
        } else {
            LineLayout::Two { elec, service }
        },
        platform: Seller {
            name: text(&config.seller.name),
            tax_no: text(&config.seller.tax_no),
            address: text(&config.seller.address),
            phone: text(&config.seller.phone),
            bank: text(&config.seller.bank),
            account: text(&config.seller.account),
        },
        drawer: config.drawer.clone(),
        review: match config.review {
            config::Review::None => Review::None,
            config::Review::Special => Review::Special,
            config::Review::All => Review::All,
        },
    }
}

fn issuer(config: &config::Invoice, clock: Arc<dyn Clock>) -> anyhow::Result<SharedIssuer> {
    invoices(config).check().context("invoice")?;
    Ok(match config.issuer {
        config::IssuerKind::None => Arc::new(NoIssuer),
        config::IssuerKind::Local => {
            let settings = LocalIssuerSettings {
                delay: config.local.delay_s.0,
                refuses: None,
            };
            Arc::new(LocalIssuer::new(clock, settings))
        }
        config::IssuerKind::Http => {
            let http = &config.http;
            let base = http.base.as_ref().context("invoice.http.base is not set")?;
            let app_key = http
                .app_key
                .as_ref()
                .context("invoice.http.app_key is not set")?;
            let secret = http
                .secret
                .as_ref()
                .context("invoice.http.secret is not set")?;
            let settings = HttpIssuerSettings {
                base: base.as_str().to_owned(),
                app_key: app_key.clone(),
                secret: secret.expose().to_owned(),
                timeout: http.timeout_s.0,
            };
            Arc::new(HttpIssuer::new(clock, settings)?)
        }
    })
}

fn parking(config: &config::Parking, clock: &Arc<dyn Clock>) -> anyhow::Result<ParkingVendors> {
    let mut vendors = ParkingVendors::default();
    for (name, vendor) in &config.vendors {
        let settings = HttpParkingSettings {
            base: vendor.base.as_str().to_owned(),
            app_key: vendor.app_key.clone(),
            secret: vendor.secret.expose().to_owned(),
            timeout: config.timeout_s.0,
        };
        let http = HttpParking::new(clock.clone(), settings).with_context(|| name.clone())?;
        vendors = vendors.with(name, Arc::new(http));
    }
    Ok(vendors)
}

fn mail(config: &config::Mail) -> anyhow::Result<SharedMail> {
    let Some(host) = &config.host else {
        return Ok(Arc::new(LogMail));
    };
    let from = config.from.as_ref().context("mail.from is not set")?;
    let password = config.password.as_ref().map(config::Secret::expose);
    let settings = SmtpSettings {
        host: host.clone(),
        port: config.port,
        security: match config.security {
            config::MailSecurity::Tls => Security::Tls,
            config::MailSecurity::StartTls => Security::StartTls,
            config::MailSecurity::None => Security::None,
        },
        credentials: config.username.clone().map(|name| {
            let password = password.unwrap_or_default().to_owned();
            (name, password)
        }),
        from: from.clone(),
        timeout: config.timeout_s.0,
    };
    Ok(Arc::new(SmtpMail::new(settings)?))
}
