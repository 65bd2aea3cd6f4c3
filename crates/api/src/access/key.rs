use super::limits::KeyLimits;
use crate::Api;
use crate::failure::Failure;
use crate::settings::Settings;
use app::Caller;
use app::staff::Actor;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ipnet::IpNet;
use kernel::{ApiKeyId, PhyId};
use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

/// The scope that opens the administration. A key without scopes may use the whole third-party
/// API, but never the administration.
pub const ADMIN_SCOPE: &str = "admin";

/// The scope that opens the third-party API, for keys that have scopes.
const THIRD_SCOPE: &str = "third";

/// A key as the guard needs it.
#[derive(Debug)]
pub(crate) struct ClientKey {
    pub(crate) id: ApiKeyId,
    /// SHA-256 of the key: what is looked up and compared.
    pub(crate) digest: [u8; 32],
    /// What the use cases are told about the caller.
    pub(crate) caller: Caller,
    /// Signs requests.
    pub(crate) secret: Option<String>,
    /// Calls without a signature are refused.
    pub(crate) require_hmac: bool,
    /// Addresses it may call from; empty means all.
    pub(crate) networks: Vec<IpNet>,
    /// Devices it may see; empty means all.
    pub(crate) devices: HashSet<PhyId>,
    /// What it may do.
    pub(crate) scopes: Vec<String>,
    /// Its buckets.
    pub(crate) limits: Arc<KeyLimits>,
}

impl ClientKey {
    /// Whether it opens the administration.
    pub(crate) fn is_admin(&self) -> bool {
        self.scopes.iter().any(|scope| scope == ADMIN_SCOPE)
    }

    /// Whether it opens the third-party API.
    pub(crate) fn is_third_party(&self) -> bool {
        self.scopes.is_empty()
            || self
                .scopes
                .iter()
                .any(|scope| scope == THIRD_SCOPE || scope == ADMIN_SCOPE)
    }

    /// Whether calls from that address are accepted.
    pub(crate) fn may_call_from(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.networks
                    .iter()
                    .any(|network| network.contains(&address))
            })
    }

    /// Whether it may know of that device.
    pub(crate) fn may_see(&self, device: &PhyId) -> bool {
        self.devices.is_empty() || self.devices.contains(device)
    }
}

/// The key that the current call came with; the guard put it there.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(crate) Arc<ClientKey>);

impl Client {
    /// What handlers are told of somebody who came with a session.
    pub(crate) fn of_staff(actor: &Actor, settings: &Settings) -> Self {
        Self(Arc::new(ClientKey {
            id: ApiKeyId(0),
            digest: [0; 32],
            caller: Caller {
                api_key: None,
                name: format!("staff:{}", actor.name),
                port_conflict: settings.port_conflict,
                service_fee_mode: settings.service_fee_mode,
                settles_with_us: false,
            },
            secret: None,
            require_hmac: false,
            networks: Vec::new(),
            devices: HashSet::new(),
            scopes: vec![ADMIN_SCOPE.to_owned()],
            limits: Arc::new(KeyLimits::new(settings.rates)),
        }))
    }

    /// Refuses devices that this key may not know of.
    pub(crate) fn check_device(&self, device: &PhyId) -> Result<(), Failure> {
        if self.may_see(device) {
            Ok(())
        } else {
            Err(Failure::forbidden(
                "this key is not allowed for this device",
            ))
        }
    }
}

impl Deref for Client {
    type Target = ClientKey;

    fn deref(&self) -> &ClientKey {
        &self.0
    }
}

impl FromRequestParts<Api> for Client {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Failure::unauthorized("missing X-Api-Key"))
    }
}

#[cfg(test)]
mod tests {
    use super::{ADMIN_SCOPE, ClientKey, KeyLimits};
    use crate::access::Rates;
    use app::Caller;
    use domain::PortConflictPolicy;
    use domain::order::ServiceFeeMode;
    use kernel::ApiKeyId;
    use std::collections::HashSet;
    use std::sync::Arc;

    fn key(scopes: &[&str], networks: &[&str]) -> ClientKey {
        ClientKey {
            id: ApiKeyId(1),
            digest: [0; 32],
            caller: Caller {
                api_key: Some(ApiKeyId(1)),
                name: "key".to_owned(),
                port_conflict: PortConflictPolicy::Reject,
                service_fee_mode: ServiceFeeMode::Informational,
                settles_with_us: false,
            },
            secret: None,
            require_hmac: false,
            networks: networks
                .iter()
                .map(|text| text.parse().expect("a network"))
                .collect(),
            devices: HashSet::new(),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            limits: Arc::new(KeyLimits::new(Rates::default())),
        }
    }

    #[test]
    fn a_key_without_scopes_is_no_administrator() {
        assert!(key(&[], &[]).is_third_party());
        assert!(!key(&[], &[]).is_admin());
        assert!(key(&[ADMIN_SCOPE], &[]).is_admin());
        assert!(key(&[ADMIN_SCOPE], &[]).is_third_party());
        assert!(!key(&["reports"], &[]).is_third_party());
    }

    #[test]
    fn networks_bind_a_key_to_addresses() {
        let bound = key(&[], &["10.1.0.0/16", "2001:db8::/32"]);
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("2001:db8::1", true),
            ("::1", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(bound.may_call_from(Some(address)), allowed, "{address}");
            assert!(key(&[], &[]).may_call_from(Some(address)));
        }
        assert!(!bound.may_call_from(None));
    }
}
