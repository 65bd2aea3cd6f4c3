use super::key::{ADMIN_SCOPE, ClientKey};
use super::limits::{Bucket, KeyLimits, Rates};
use crate::settings::Settings;
use app::{App, AppError, Caller};
use arc_swap::ArcSwap;
use domain::PortConflictPolicy;
use domain::order::ServiceFeeMode;
use kernel::PhyId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use store::api_keys::{self, ApiKey, ConfiguredKey};
use subtle::ConstantTimeEq;
use tracing::warn;

/// SHA-256 of a key.
type KeyDigest = [u8; 32];

/// All keys in force, by the hash of their text: how long a search takes says nothing about how
/// much of a key was right.
#[derive(Debug, Default)]
pub(crate) struct KeyRing(ArcSwap<HashMap<KeyDigest, Arc<ClientKey>>>);

impl KeyRing {
    /// The key of that text.
    pub(crate) fn find(&self, text: &[u8]) -> Option<Arc<ClientKey>> {
        let digest: KeyDigest = Sha256::digest(text).into();
        let keys = self.0.load();
        let key = keys.get(&digest)?;
        bool::from(key.digest.ct_eq(&digest)).then(|| Arc::clone(key))
    }

    /// Makes the table of keys agree with the configuration.
    pub(crate) async fn bring_configured(
        &self,
        app: &App,
        settings: &Settings,
    ) -> Result<(), AppError> {
        let now = app.now();
        let configured = |key: &String, name: &str| ConfiguredKey {
            key: key.clone(),
            name: Some(name.to_owned()),
            ..ConfiguredKey::default()
        };
        let mut keys: Vec<ConfiguredKey> = Vec::new();
        for key in &settings.admin_keys {
            keys.push(configured(key, "administration"));
        }
        for key in settings
            .third_party_keys
            .iter()
            .filter(|key| !settings.admin_keys.contains(key))
        {
            keys.push(configured(key, "third party"));
        }
        // First, so that a key which also stands in a plain list keeps its secret.
        let partners = settings.partners.iter().map(|partner| ConfiguredKey {
            key: partner.key.clone(),
            name: partner.name.clone(),
            secret: partner.secret.clone(),
            require_hmac: partner.require_hmac,
            settle_via_platform: partner.settle_via_platform,
            webhook_url: partner.webhook_url.clone(),
            webhook_secret: partner.webhook_secret.clone(),
            ..ConfiguredKey::default()
        });
        keys.splice(0..0, partners);
        keys.sort_by(|a, b| a.key.cmp(&b.key));
        keys.dedup_by(|a, b| a.key == b.key);
        let mut tx = app.db().begin().await?;
        api_keys::sync_configured(tx.conn(), &keys, now).await?;
        for key in &keys {
            let Some(row) = api_keys::find_by_key(tx.conn(), &key.key).await? else {
                continue;
            };
            let scopes = scopes_of(&row, settings.admin_keys.contains(&key.key));
            if scopes != row.scopes {
                let (devices, networks) = (&row.device_allow, &row.ip_allow);
                api_keys::restrict(tx.conn(), row.id, devices, networks, &scopes, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Reads all keys again. Buckets of keys whose rates have not changed are kept as they are.
    pub(crate) async fn reload(&self, app: &App, settings: &Settings) -> Result<(), AppError> {
        let mut view = app.db().view().await?;
        let rows = api_keys::list(view.conn()).await?;
        drop(view);
        let known = self.0.load();
        let mut keys = HashMap::with_capacity(rows.len());
        for row in rows.into_iter().filter(|row| row.state == "active") {
            let digest: KeyDigest = Sha256::digest(&row.key).into();
            if let Some(key) = read(row, digest, known.get(&digest), settings) {
                keys.insert(digest, Arc::new(key));
            }
        }
        self.0.store(Arc::new(keys));
        Ok(())
    }
}

/// The scopes of a configured key: the configuration decides about `admin`, nothing else.
fn scopes_of(row: &ApiKey, admin: bool) -> Value {
    let mut scopes = texts(&row.scopes).unwrap_or_default();
    scopes.retain(|scope| scope != ADMIN_SCOPE);
    if admin {
        scopes.push(ADMIN_SCOPE.to_owned());
    }
    json!(scopes)
}

/// A row as the guard needs it. A restriction that cannot be read closes the key: it must not
/// open what somebody meant to close.
fn read(
    row: ApiKey,
    digest: KeyDigest,
    known: Option<&Arc<ClientKey>>,
    settings: &Settings,
) -> Option<ClientKey> {
    let closed = |what: &str| {
        warn!(
            api_key_id = row.id.0,
            what, "an API key is not readable and therefore not accepted"
        );
    };
    let Some(scopes) = texts(&row.scopes) else {
        closed("scopes");
        return None;
    };
    let networks = texts(&row.ip_allow).and_then(|texts| {
        texts
            .iter()
            .map(|text| network(text))
            .collect::<Option<_>>()
    });
    let Some(networks) = networks else {
        closed("ip_allow");
        return None;
    };
    let devices = texts(&row.device_allow).and_then(|texts| {
        texts
            .iter()
            .map(|text| text.parse::<PhyId>().ok())
            .collect::<Option<_>>()
    });
    let Some(devices) = devices else {
        closed("device_allow");
        return None;
    };
    let rates = rates_of(&row, settings);
    let limits = known.filter(|key| key.limits.rates() == rates).map_or_else(
        || Arc::new(KeyLimits::new(rates)),
        |key| Arc::clone(&key.limits),
    );
    let name = row
        .name
        .clone()
        .unwrap_or_else(|| format!("API key {}", row.id));
    Some(ClientKey {
        id: row.id,
        digest,
        caller: Caller {
            api_key: Some(row.id),
            name,
            port_conflict: row
                .port_conflict_policy
                .as_deref()
                .and_then(PortConflictPolicy::parse)
                .unwrap_or(settings.port_conflict),
            service_fee_mode: row
                .service_fee_mode
                .as_deref()
                .and_then(service_fee_mode)
                .unwrap_or(settings.service_fee_mode),
            settles_with_us: row.settle_via_platform,
        },
        secret: row.secret,
        require_hmac: row.require_hmac,
        networks,
        devices,
        scopes,
        limits,
    })
}

fn texts(list: &Value) -> Option<Vec<String>> {
    list.as_array()?
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// `10.0.0.0/8`, or a single address.
fn network(text: &str) -> Option<ipnet::IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<std::net::IpAddr>().ok().map(Into::into))
}

fn service_fee_mode(text: &str) -> Option<ServiceFeeMode> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

/// The row's own rates, else the configuration's for that key, else those for all.
fn rates_of(row: &ApiKey, settings: &Settings) -> Rates {
    let special = settings
        .rate_overrides
        .iter()
        .find(|(key, _)| *key == row.key);
    let usual = special.map_or(settings.rates, |(_, rates)| *rates);
    let own = |name: &str| {
        let bucket = row.rate.as_ref()?.get(name)?;
        let number = |field: &str| u32::try_from(bucket.get(field)?.as_u64()?).ok();
        Some(Bucket::new(number("burst")?, number("refill_per_s")?))
    };
    Rates {
        write: own("write").unwrap_or(usual.write),
        read: own("read").unwrap_or(usual.read),
    }
}
