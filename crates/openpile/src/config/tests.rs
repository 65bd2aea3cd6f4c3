mod secret_files;

use super::{Loaded, Origin, PortConflictPolicy, assemble};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

/// The smallest configuration that does everything.
const SMALLEST: &str = r#"
data_dir: ./data
http: { listen: "127.0.0.1:7055" }
tcp: { listen: ["0.0.0.0:7000", "0.0.0.0:7065"] }
devices: { auto_enrol: true }
third_party:
  webhook_url: "http://127.0.0.1:8888/webhook"
  webhook_secret: "your-secret-key"
  enable_queue: true
  api_keys: ["test-api-key"]
webhook: { allow_networks: ["127.0.0.0/8"] }
"#;

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .collect()
}

fn load(text: &str, pairs: &[(&str, &str)]) -> Loaded {
    assemble(Some(("site.yaml", text)), variables(pairs)).expect("an acceptable configuration")
}

fn refusal(text: &str, pairs: &[(&str, &str)]) -> String {
    assemble(Some(("site.yaml", text)), variables(pairs))
        .expect_err("an unacceptable configuration")
        .to_string()
}

#[test]
fn the_defaults_alone_are_a_configuration() {
    let loaded = assemble(None, []).expect("defaults.yaml fits the structs");
    let config = loaded.config;
    assert_eq!(config.http.listen.to_string(), "0.0.0.0:7055");
    let ports = config.tcp.listen.iter().map(SocketAddr::port);
    assert!(ports.eq([7000, 7065, 9303]));
    assert!(config.database.url.is_none());
    assert!(config.third_party.webhook_url.is_none());
    assert_eq!(config.hold_min.0, Duration::from_mins(40));
    assert_eq!(config.webhook.fast_retries_s.len(), 5);
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn the_smallest_configuration_works() {
    let config = load(SMALLEST, &[]).config;
    assert!(config.devices.auto_enrol);
    assert_eq!(config.third_party.api_keys[0].expose(), "test-api-key");
    let secret = config.third_party.webhook_secret.expect("a secret");
    assert_eq!(secret.expose(), "your-secret-key");
    assert!(config.webhook.allow_networks[0].contains([127, 0, 0, 1].into()));
    assert_eq!(
        config.rate.write.burst.get(),
        5,
        "the rest keeps its default"
    );
}

#[test]
fn a4_e05_the_second_version_starts_with_a_warning() {
    let loaded = load(
        "third_party:\n  webhook_url: \"http://localhost:8888/webhook\"\n  enable_queue: true\n",
        &[],
    );
    assert!(
        loaded.warnings[0].contains("without a signature"),
        "{:?}",
        loaded.warnings
    );
}

#[test]
fn the_shipped_files_are_acceptable() {
    for text in [
        include_str!("../../../../configs/production.yaml"),
        include_str!("../../../../configs/production.example.yaml"),
        include_str!("../../../../configs/test.yaml"),
    ] {
        load(text, &[]);
    }
}

#[test]
fn errors_name_file_line_column_and_key() {
    for (text, expected) in [
        (
            "http:\n  listn: 1.2.3.4:5\n",
            "site.yaml:2:3: http: unknown key `listn`, expected one of: listen, body_max_bytes, \
             request_timeout_s",
        ),
        (
            "http: { listen: nonsense }",
            "site.yaml:1:17: http.listen: invalid socket address syntax",
        ),
        (
            "tcp:\n  listen: [\"0.0.0.0:7000\", 7065]\n",
            "site.yaml:2:28: tcp.listen[1]: invalid socket address syntax",
        ),
        (
            "heartbeat_sample: 0",
            "site.yaml:1:19: heartbeat_sample: invalid value: integer `0`, expected a nonzero u32",
        ),
        (
            "devices: { auto_enrol: yes }",
            "site.yaml:1:24: devices.auto_enrol: invalid value: string \"yes\", expected a boolean",
        ),
        (
            "port_conflict_policy: fight",
            "site.yaml:1:23: port_conflict_policy: unknown variant `fight`, expected `reject` or \
             `replace`",
        ),
        (
            "hold_min: -3",
            "site.yaml:1:11: hold_min: `-3` is not a decimal number",
        ),
        ("sweep_s: 0", "site.yaml:1:10: sweep_s: must be more than 0"),
        (
            "sweep_s: 1\nsweep_s: 2",
            "site.yaml:2:1: sweep_s: key stands twice, first at site.yaml:1:1",
        ),
        ("http: [1", "site.yaml:"),
        (
            "http: \"0.0.0.0:1\"",
            "site.yaml:1:7: http: expected keys with values, found a single value",
        ),
        (
            "rate: { read: [1, 2] }",
            "site.yaml:1:15: rate.read: expected keys with values",
        ),
        (
            "log: { level: inof }",
            "site.yaml:1:15: log.level: `inof` is no log level",
        ),
        (
            "log: { level: \"info,gateway=loud\" }",
            "site.yaml:1:15: log.level: `loud` is no log",
        ),
        ("a: &x 1\nb: *x", "site.yaml:1:"),
        (
            "- 1",
            "site.yaml:1:1: expected keys with values, found a list",
        ),
        (
            "http: { listen: 1.2.3.4:5 }\n---\n{}",
            "site.yaml:3:1: only one document",
        ),
        (
            "database: { url: \"mysql://x/y\" }",
            "site.yaml:1:18: database.url: must be a postgres",
        ),
        (
            "webhook: { allow_networks: [10.1.2.3/8] }",
            "site.yaml:1:29: webhook.allow_networks[0]: ",
        ),
        (
            "rate: { overrides: [{ key: k, write: { burst: 1 } }] }",
            "site.yaml:1:38: rate.overrides[0].write: key `refill_per_s` is missing",
        ),
    ] {
        let message = refusal(text, &[]);
        assert!(
            message.starts_with(expected),
            "{text:?}\n got {message}\nwant {expected}"
        );
    }
}

/// One above which two persons decide cannot be below one up to which nobody does.
#[test]
fn numbers_of_money_stand_together() {
    let text = "money:\n  withdraw: { auto_limit_fen: 3000, second_reviewer_fen: 1000 }\n";
    let refusal = refusal(text, &[]);
    assert!(
        refusal.contains("withdraw.second_reviewer_fen"),
        "{refusal}"
    );
    assert!(refusal.starts_with("site.yaml:"), "{refusal}");
}

#[test]
fn hostile_files_are_refused() {
    let deep = format!("http: {}", "[".repeat(5000));
    assert!(refusal(&deep, &[]).starts_with("site.yaml:"));
    let long = format!("# {}", "x".repeat(super::yaml::TEXT_MAX));
    assert!(refusal(&long, &[]).contains("longer than"));
}

#[test]
fn an_empty_file_and_empty_sections_change_nothing() {
    for nothing in ["", "# nothing\n", "tcp:\nhttp: {}\n"] {
        assert_eq!(load(nothing, &[]).config.tcp.listen.len(), 3);
    }
}

#[test]
fn texts_that_look_like_numbers_stay_texts() {
    let config = load(
        "third_party: { api_keys: [0123, true], webhook_secret: 1e5 }",
        &[],
    )
    .config;
    assert_eq!(config.third_party.api_keys[0].expose(), "0123");
    assert_eq!(config.third_party.api_keys[1].expose(), "true");
    assert_eq!(
        config.third_party.webhook_secret.expect("set").expose(),
        "1e5"
    );
}

#[test]
fn variables_win_over_the_file() {
    let config = load(
        SMALLEST,
        &[
            ("OPENPILE__HTTP__LISTEN", "[::1]:80"),
            (
                "OPENPILE__TCP__LISTEN",
                "127.0.0.1:1, 127.0.0.1:2,127.0.0.1:3",
            ),
            ("OPENPILE__THIRD_PARTY__API_KEYS", "[\"a,b\", 'c']"),
            (
                "OPENPILE__THIRD_PARTY__WEBHOOK_SECRET",
                "#: 'quoted' [text]",
            ),
            ("OPENPILE__THIRD_PARTY__WEBHOOK_URL", ""),
            ("OPENPILE__PORT_CONFLICT_POLICY", "replace"),
            ("OPENPILE__ACK_TIMEOUT_S", "0.05"),
            (
                "OPENPILE__RATE__OVERRIDES",
                "[{ key: load, write: { burst: 9, refill_per_s: 8 } }]",
            ),
            ("OPENPILE__WEBHOOK__FAST_RETRIES_S", "0.1,0.2"),
            ("OPENPILE_TEST_PG", "not ours"),
        ],
    )
    .config;
    assert_eq!(config.http.listen.to_string(), "[::1]:80");
    assert_eq!(config.tcp.listen.len(), 3);
    assert_eq!(config.third_party.api_keys[0].expose(), "a,b");
    assert_eq!(
        config.third_party.webhook_secret.expect("set").expose(),
        "#: 'quoted' [text]"
    );
    assert!(
        config.third_party.webhook_url.is_none(),
        "an empty variable unsets"
    );
    assert_eq!(config.port_conflict_policy, PortConflictPolicy::Replace);
    assert_eq!(config.ack_timeout_s.0, Duration::from_millis(50));
    assert_eq!(config.rate.of_key("load").0.burst.get(), 9);
    assert_eq!(config.rate.of_key("load").1, config.rate.read);
    assert_eq!(config.rate.of_key("other").0, config.rate.write);
    assert_eq!(
        config.webhook.fast_retries_s[1].0,
        Duration::from_millis(200)
    );
}

#[test]
fn errors_name_the_variable() {
    for (name, value, expected) in [
        (
            "OPENPILE__HTTP__LISTN",
            "x",
            "http.listn: unknown key `listn`, expected one of: listen",
        ),
        (
            "OPENPILE__NO_SUCH__KEY",
            "x",
            "no_such.key: unknown key `no_such`, expected one of: data_",
        ),
        (
            "OPENPILE__DATA_DIR__X",
            "x",
            "data_dir.x: the key before the last is no section",
        ),
        (
            "OPENPILE__HTTP__LISTEN",
            "x",
            "http.listen: invalid socket address syntax",
        ),
        (
            "OPENPILE__TCP__LISTEN",
            "[\"1.2.3.4:5\"",
            "tcp.listen: not valid YAML",
        ),
        (
            "OPENPILE__HTTP",
            "{ listn: x }",
            "http: unknown key `listn`",
        ),
        ("OPENPILE__ACK_RETRIES", "-1", "ack_retries: invalid value"),
    ] {
        let message = refusal(SMALLEST, &[(name, value)]);
        let expected = format!("environment variable {name}: {expected}");
        assert!(
            message.starts_with(&expected),
            "\n got {message}\nwant {expected}"
        );
    }
}

#[test]
fn the_effective_configuration_masks_secrets_and_names_origins() {
    let loaded = load(
        SMALLEST,
        &[
            (
                "OPENPILE__DATABASE__URL",
                "postgres://iot:p@ss:w@db:5432/iot?sslpassword=hush&a=b",
            ),
            (
                "OPENPILE__RATE__OVERRIDES",
                "[{ key: load-key, read: { burst: 9, refill_per_s: 8 } }]",
            ),
        ],
    );
    let text = &loaded.effective;
    for secret in [
        "your-secret-key",
        "test-api-key",
        "p@ss",
        "hush",
        "load-key",
    ] {
        assert!(!text.contains(secret), "{secret} shows in\n{text}");
        assert!(!format!("{:?}", loaded.config).contains(secret));
    }
    for line in [
        "  url: \"postgres://iot:***@db:5432/iot?sslpassword=***&a=b\"  \
         # environment variable OPENPILE__DATABASE__URL",
        "  webhook_secret: \"***\"  # site.yaml:8:19",
        "  api_keys: [\"***\"]  # site.yaml:10:13",
        "  auto_enrol: true  # site.yaml:5:24",
        "sweep_s: 60",
        "  slow_retries_s: [60, 300, 1800, 7200, 21600]",
    ] {
        assert!(
            text.lines().any(|l| l == line),
            "no line {line:?} in\n{text}"
        );
    }
}

#[test]
fn the_effective_configuration_can_be_read_back() {
    let loaded = load(
        "tcp: { listen: [\"[::]:7000\"] }\nlog: { level: \"info,gateway=debug\" }",
        &[],
    );
    let again = load(&loaded.effective, &[]);
    assert_eq!(again.config.tcp.listen, loaded.config.tcp.listen);
    assert_eq!(again.config.log.level.as_str(), "info,gateway=debug");
}

#[test]
fn a_missing_file_is_named() {
    let error = super::load_with(Some(std::path::Path::new("no/such.yaml")), [])
        .expect_err("there is no such file");
    assert!(
        error.to_string().starts_with("cannot read no/such.yaml: "),
        "{error}"
    );
    assert_eq!(error.origin, None::<Origin>);
}

#[test]
fn published_keys_on_an_open_address_are_warned_about() {
    let text = "third_party: { api_keys: [test-api-key] }";
    assert!(load(text, &[]).warnings[0].contains("published test key"));
    let local = [("OPENPILE__HTTP__LISTEN", "127.0.0.1:7055")];
    assert_eq!(load(text, &local).warnings, Vec::<String>::new());
}

#[test]
fn partners_have_secrets_and_defaults() {
    let config =
        "third_party: { partners: [{ key: k, secret: s, require_hmac: true }, { key: l }] }";
    let loaded = assemble(Some(("site.yaml", config)), []).expect("legal");
    let [first, second] = loaded.config.third_party.partners.as_slice() else {
        panic!("two partners");
    };
    assert!(first.require_hmac && !second.require_hmac);
    assert_eq!(first.secret.as_ref().map(super::Secret::expose), Some("s"));
    assert!(second.webhook_url.is_none());
    assert!(
        !loaded.effective.contains("secret: s,"),
        "secrets are masked"
    );
}
