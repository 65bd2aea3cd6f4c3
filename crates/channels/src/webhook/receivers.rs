//! Who stands behind an address: the key and the secret that go into its requests.

use super::sender::Credentials;
use super::target::Trust;
use kernel::ApiKeyId;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The receiver of the configuration file.
#[derive(Clone, Default)]
pub struct OperatorReceiver {
    /// `third_party.webhook_url`: trusted wherever it points to.
    pub url: Option<String>,
    /// `third_party.webhook_secret`: signs what goes there, and to addresses of keys that have
    /// no secret of their own.
    pub secret: Option<String>,
    /// What goes into `X-Api-Key` when no key caused the event.
    pub api_key: Option<String>,
}

impl fmt::Debug for OperatorReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorReceiver").finish_non_exhaustive()
    }
}

/// Keys as the database knows them, and the operator's receiver.
#[derive(Default)]
pub(super) struct Receivers {
    operator: OperatorReceiver,
    keys: HashMap<ApiKeyId, Arc<Credentials>>,
}

impl Receivers {
    pub(super) fn new(operator: OperatorReceiver) -> Self {
        Self {
            operator,
            keys: HashMap::new(),
        }
    }

    /// Takes over what the database says now.
    pub(super) fn replace_keys(
        &mut self,
        keys: impl IntoIterator<Item = (ApiKeyId, String, Option<String>)>,
    ) {
        let operator_secret = &self.operator.secret;
        let credentials = keys.into_iter().map(|(id, api_key, secret)| {
            let credentials = Credentials {
                api_key: Some(api_key),
                secret: secret.or_else(|| operator_secret.clone()),
            };
            (id, Arc::new(credentials))
        });
        self.keys = credentials.collect();
    }

    pub(super) fn knows(&self, key: ApiKeyId) -> bool {
        self.keys.contains_key(&key)
    }

    /// Whether an address may point inside our walls.
    pub(super) fn trust(&self, url: &str) -> Trust {
        if self.operator.url.as_deref() == Some(url) {
            Trust::Operator
        } else {
            Trust::Guarded
        }
    }

    /// What goes into a request to `url` about an event that `key` caused. The operator's own
    /// receiver knows one secret, whoever caused the event.
    pub(super) fn credentials(&self, url: &str, key: Option<ApiKeyId>) -> Arc<Credentials> {
        let of_key = key.and_then(|key| self.keys.get(&key));
        match of_key {
            Some(credentials) if self.trust(url) == Trust::Guarded => credentials.clone(),
            _ => Arc::new(Credentials {
                api_key: of_key
                    .and_then(|credentials| credentials.api_key.clone())
                    .or_else(|| self.operator.api_key.clone()),
                secret: self.operator.secret.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OperatorReceiver, Receivers};
    use crate::webhook::target::Trust;
    use kernel::ApiKeyId;

    fn receivers() -> Receivers {
        let mut receivers = Receivers::new(OperatorReceiver {
            url: Some("http://127.0.0.1:8888/webhook".to_owned()),
            secret: Some("operator-secret".to_owned()),
            api_key: Some("first-key".to_owned()),
        });
        receivers.replace_keys([
            (ApiKeyId(1), "key-1".to_owned(), Some("secret-1".to_owned())),
            (ApiKeyId(2), "key-2".to_owned(), None),
        ]);
        receivers
    }

    fn sent(url: &str, key: Option<i64>) -> (Option<String>, Option<String>) {
        let credentials = receivers().credentials(url, key.map(ApiKeyId));
        (credentials.api_key.clone(), credentials.secret.clone())
    }

    fn pair(api_key: &str, secret: &str) -> (Option<String>, Option<String>) {
        (Some(api_key.to_owned()), Some(secret.to_owned()))
    }

    #[test]
    fn every_receiver_gets_the_secret_it_knows() {
        let (operator, other) = ("http://127.0.0.1:8888/webhook", "https://example.com/hook");
        assert_eq!(sent(operator, None), pair("first-key", "operator-secret"));
        assert_eq!(sent(operator, Some(1)), pair("key-1", "operator-secret"));
        assert_eq!(sent(other, Some(1)), pair("key-1", "secret-1"));
        assert_eq!(sent(other, Some(2)), pair("key-2", "operator-secret"));
    }

    #[test]
    fn only_the_configured_address_is_trusted() {
        let receivers = receivers();
        assert_eq!(
            receivers.trust("http://127.0.0.1:8888/webhook"),
            Trust::Operator
        );
        assert_eq!(
            receivers.trust("http://127.0.0.1:8888/other"),
            Trust::Guarded
        );
        assert_eq!(Receivers::default().trust(""), Trust::Guarded);
    }
}
