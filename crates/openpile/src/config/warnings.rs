use super::Config;

/// Keys that stand in published test configurations.
const WELL_KNOWN_KEYS: [&str; 2] = ["test-api-key", "test-api-key-12345"];

/// What a configuration allows although it is probably not meant.
pub(super) fn of(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let third_party = &config.third_party;
    if third_party.webhook_url.is_some() && third_party.webhook_secret.is_none() {
        warnings.push(
            "third_party.webhook_secret is not set: webhooks go out without a signature".to_owned(),
        );
    }
    if third_party.webhook_url.is_some() && !third_party.enable_queue {
        warnings
            .push("third_party.enable_queue is false: events are recorded but not sent".to_owned());
    }
    let exposed = !config.http.listen.ip().is_loopback();
    let well_known = third_party
        .api_keys
        .iter()
        .any(|key| WELL_KNOWN_KEYS.contains(&key.expose()));
    if exposed && well_known {
        warnings.push(format!(
            "third_party.api_keys contains a published test key while {} is reachable from other \
             machines",
            config.http.listen
        ));
    }
    if config.payments.mock {
        warnings.push(
            "payments.mock is true: whoever knows a payment's number may say that it is paid"
                .to_owned(),
        );
    }
    if config.tcp.listen.is_empty() && config.tcp.tls.is_empty() {
        warnings.push("tcp.listen and tcp.tls are empty: no device can connect".to_owned());
    }
    warnings
}
