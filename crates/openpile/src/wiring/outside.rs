//! From the configuration to the world outside: mail, issuers of invoices.

use super::addresses;
use crate::command::decode::pasted::Pasted;
use crate::config::{self, Config};
use anyhow::Context as _;
use app::{InvoiceRules, Outside, Review};
use channels::camera::{NetworkEye, SharedEye};
use channels::chat::HttpChat;
use channels::invoice::{
    HttpIssuer, HttpIssuerSettings, LocalIssuer, LocalIssuerSettings, NoIssuer, SharedIssuer,
};
use channels::mail::{LogMail, Security, SharedMail, SmtpMail, SmtpSettings};
use channels::parking::{HttpParking, HttpParkingSettings, ParkingVendors};
use channels::sms::{Aliyun, AliyunSettings, LogSms, SharedSms, Tencent, TencentSettings};
use channels::webhook::target::AddressPolicy;
use domain::invoice::{InvoiceItem, LineLayout, Seller};
use kernel::{BasisPoints, Clock};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that use cases call outside.
pub(crate) fn outside(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Outside> {
    Ok(Outside {
        sms: sms(&config.sms, clock.clone()).context("sms")?,
        mail: mail(&config.mail).context("mail")?,
        chat: Arc::new(HttpChat::new(addresses(config), clock.clone())?),
        cameras: cameras(&config.camera).context("camera")?,
        parking: parking(&config.parking, &clock).context("parking")?,
        issuer: issuer(&config.invoice, &config.data_dir, clock).context("invoice.issuer")?,
        disk: Arc::new(DiskOf(config.data_dir.clone())),
        frames: Arc::new(Pasted),
        ..Outside::default()
    })
}

/// The disk on which a folder lies.
#[derive(Debug)]
struct DiskOf(PathBuf);

impl app::Disk for DiskOf {
    fn room(&self) -> Option<app::Room> {
        let stat = rustix::fs::statvfs(&self.0).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Some(app::Room {
            // What others than the superuser may use.
            free: bytes(stat.f_bavail),
            total: bytes(stat.f_blocks),
        })
    }
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

/// The books of the local issuer, in the data directory.
const LOCAL_BOOKS: &str = "local-issuer.jsonl";

fn issuer(
    config: &config::Invoice,
    data_dir: &Path,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<SharedIssuer> {
    invoices(config).check().context("invoice")?;
    Ok(match config.issuer {
        config::IssuerKind::None => Arc::new(NoIssuer),
        config::IssuerKind::Local => {
            let settings = LocalIssuerSettings {
                delay: config.local.delay_s.0,
                refuses: None,
            };
            let path = data_dir.join(LOCAL_BOOKS);
            std::fs::create_dir_all(data_dir)
                .and_then(|()| LocalIssuer::keeping(clock, settings, &path))
                .map(Arc::new)
                .with_context(|| format!("cannot keep {}", path.display()))?
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

/// The provider of short messages; two of them leave open which one sends.
fn sms(config: &config::Sms, clock: Arc<dyn Clock>) -> anyhow::Result<SharedSms> {
    let endpoint = |url: &Option<config::HttpUrl>| url.as_ref().map(|url| url.as_str().to_owned());
    Ok(match (&config.aliyun, &config.tencent) {
        (None, None) => Arc::new(LogSms {
            shows: config.log_codes,
        }),
        (Some(_), Some(_)) => anyhow::bail!("aliyun and tencent are both set"),
        (Some(aliyun), None) => {
            let settings = AliyunSettings {
                access_key_id: aliyun.access_key_id.clone(),
                access_key_secret: aliyun.access_key_secret.expose().to_owned(),
                sign_name: aliyun.sign_name.clone(),
                templates: aliyun.templates.clone(),
                endpoint: endpoint(&aliyun.endpoint),
            };
            Arc::new(Aliyun::new(clock, settings).context("aliyun")?)
        }
        (None, Some(tencent)) => {
            let settings = TencentSettings {
                secret_id: tencent.secret_id.clone(),
                secret_key: tencent.secret_key.expose().to_owned(),
                app_id: tencent.app_id.clone(),
                sign_name: tencent.sign_name.clone(),
                region: tencent.region.clone(),
                templates: tencent.templates.clone(),
                endpoint: endpoint(&tencent.endpoint),
            };
            Arc::new(Tencent::new(clock, settings).context("tencent")?)
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

/// Cameras stand in local networks, which are named.
fn cameras(config: &config::Camera) -> anyhow::Result<SharedEye> {
    let networks = config.allow_networks.clone();
    let policy =
        AddressPolicy::new(move |address| networks.iter().any(|network| network.contains(address)));
    Ok(Arc::new(NetworkEye::new(policy, config.timeout_s.0)?))
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

#[cfg(test)]
mod tests {
    use super::sms;
    use crate::config;
    use kernel::{Clock, ManualClock, Timestamp};
    use std::sync::Arc;

    fn section(text: &str) -> config::Sms {
        let file = tempfile(text);
        let loaded = config::load_with(Some(&file), []).expect("loaded");
        std::fs::remove_file(&file).expect("removed");
        loaded.config.sms
    }

    fn tempfile(text: &str) -> std::path::PathBuf {
        let name = format!("openpile-sms-{}-{:x}.yaml", std::process::id(), text.len());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    fn clock() -> Arc<dyn Clock> {
        Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_729_407_600)))
    }

    #[test]
    fn one_provider_sends() {
        let none = sms(&section("sms: {}"), clock()).expect("set up");
        assert_eq!(none.provider(), "none");
        let aliyun = "aliyun: { access_key_id: a, access_key_secret: b, sign_name: c }";
        let tencent = "tencent: { secret_id: a, secret_key: b, app_id: \"1\", sign_name: c }";
        let one = section(&format!("sms:\n  {aliyun}"));
        assert_eq!(sms(&one, clock()).expect("set up").provider(), "aliyun");
        assert!(!format!("{one:?}").contains("\"b\""));
        let other = section(&format!("sms:\n  {tencent}"));
        assert_eq!(sms(&other, clock()).expect("set up").provider(), "tencent");
        let both = section(&format!("sms:\n  {aliyun}\n  {tencent}"));
        assert!(sms(&both, clock()).is_err());
    }
}
