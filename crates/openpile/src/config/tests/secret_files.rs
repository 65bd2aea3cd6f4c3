//! Secrets that stand in files of their own.

use super::{load, refusal};
use crate::config::{Config, Secret};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

/// A folder with files that nobody else may read.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
    }
    folder
}

/// The text with `DIR` replaced by the folder.
fn at(folder: &TempDir, text: &str) -> String {
    text.replace("DIR", &folder.path().display().to_string())
}

fn exposed(secrets: &[Secret]) -> Vec<&str> {
    secrets.iter().map(Secret::expose).collect()
}

#[test]
fn every_secret_may_stand_in_a_file() {
    let folder = folder(&[
        ("one", "hush\n"),
        ("url", "postgres://pile:hush@db/pile\r\n"),
        ("redis", "redis://pile:hush@cache:6379/0\n"),
        ("keys", "hush-1\n\n  hush-2  \n"),
        ("pem", "-----BEGIN-----\nhush\n-----END-----\n"),
    ]);
    let text = at(
        &folder,
        r#"
database: { url_file: DIR/url }
redis: { url_file: DIR/redis }
third_party:
  webhook_secret_file: DIR/one
  api_keys_file: DIR/keys
  partners: [{ key_file: DIR/one, secret_file: DIR/one, webhook_secret_file: DIR/one }]
admin: { api_keys_file: DIR/keys, initial_password_file: DIR/one }
rate: { overrides: [{ key_file: DIR/one }] }
invoice: { http: { secret_file: DIR/one } }
mail: { password_file: DIR/one }
parking: { vendors: { north: { base: "http://p.example", app_key: a, secret_file: DIR/one } } }
sms:
  aliyun: { access_key_id: a, access_key_secret_file: DIR/one, sign_name: c }
  tencent: { secret_id: a, secret_key_file: DIR/one, app_id: "1", sign_name: c }
payments:
  wechat:
    mch_id: "1"
    app_id: a
    merchant_serial: s
    private_key_file: DIR/pem
    api_v3_key_file: DIR/one
    platform_keys: { SERIAL_file: DIR/pem }
    platform_serial: SERIAL
    payment_notify_url: "https://p.example/n"
    refund_notify_url: "https://p.example/r"
    transfer_notify_url: "https://p.example/t"
"#,
    );
    let loaded = load(&text, &[]);
    let Config {
        database,
        redis,
        third_party,
        admin,
        rate,
        invoice,
        mail,
        parking,
        sms,
        payments,
        ..
    } = &loaded.config;
    let url = database.url.as_ref().expect("set");
    assert_eq!(url.expose(), "postgres://pile:hush@db/pile");
    let url = redis.url.as_ref().expect("set");
    let expected = "redis://pile:hush@cache:6379/0".parse();
    assert_eq!(url.address(), &expected.expect("an address"));
    assert_eq!(exposed(&third_party.api_keys), ["hush-1", "hush-2"]);
    assert_eq!(exposed(&admin.api_keys), ["hush-1", "hush-2"]);
    let partner = &third_party.partners[0];
    let single = [
        third_party.webhook_secret.as_ref(),
        Some(&partner.key),
        partner.secret.as_ref(),
        partner.webhook_secret.as_ref(),
        admin.initial_password.as_ref(),
        rate.overrides.first().map(|own| &own.key),
        invoice.http.secret.as_ref(),
        mail.password.as_ref(),
        parking.vendors.get("north").map(|vendor| &vendor.secret),
        sms.aliyun.as_ref().map(|aliyun| &aliyun.access_key_secret),
        sms.tencent.as_ref().map(|tencent| &tencent.secret_key),
    ];
    for secret in single {
        assert_eq!(secret.map(Secret::expose), Some("hush"));
    }
    let platform = &payments.wechat.as_ref().expect("set").platform_keys;
    assert!(platform["SERIAL"].ends_with("-----END-----"));
    assert!(!loaded.effective.contains("hush"), "{}", loaded.effective);
    let line = at(&folder, "  url_file: DIR/url  # site.yaml:2:23");
    assert!(
        loaded.effective.lines().any(|shown| shown == line),
        "{}",
        loaded.effective
    );
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn variables_name_files_too() {
    let folder = folder(&[
        ("url", "postgres://pile:hush@db/pile"),
        ("keys", "a\nb"),
        ("one", "hush"),
    ]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let loaded = load(
        "sms: { aliyun: { access_key_id: a, sign_name: c } }",
        &[
            ("OPENPILE__DATABASE__URL_FILE", &path("url")),
            ("OPENPILE__ADMIN__API_KEYS_FILE", &path("keys")),
            (
                "OPENPILE__SMS__ALIYUN__ACCESS_KEY_SECRET_FILE",
                &path("one"),
            ),
        ],
    );
    assert!(loaded.config.database.url.is_some());
    assert_eq!(exposed(&loaded.config.admin.api_keys), ["a", "b"]);
    let aliyun = loaded.config.sms.aliyun.expect("set");
    assert_eq!(aliyun.access_key_secret.expose(), "hush");
}

/// Sections without defaults take their secrets from the environment as others do.
#[test]
fn variables_add_secrets_that_the_file_leaves_out() {
    let loaded = load(
        "sms: { aliyun: { access_key_id: a, sign_name: c } }",
        &[("OPENPILE__SMS__ALIYUN__ACCESS_KEY_SECRET", "hush")],
    );
    let aliyun = loaded.config.sms.aliyun.expect("set");
    assert_eq!(aliyun.access_key_secret.expose(), "hush");
    assert!(!loaded.effective.contains("hush"));
}

#[test]
fn problems_name_key_and_file() {
    let folder = folder(&[
        ("one", "hush"),
        ("empty", "\n"),
        ("blank", "  \n"),
        ("long", &"x".repeat(70_000)),
    ]);
    for (text, expected) in [
        (
            "mail: { password_file: DIR/none }",
            "site.yaml:1:24: mail.password_file: cannot read DIR/none: ",
        ),
        (
            "third_party: { partners: [{ key_file: DIR/empty }] }",
            "site.yaml:1:39: third_party.partners[0].key_file: DIR/empty is empty",
        ),
        (
            "admin: { api_keys_file: DIR/blank }",
            "site.yaml:1:25: admin.api_keys_file: DIR/blank is empty",
        ),
        (
            "mail: { password_file: DIR/long }",
            "site.yaml:1:24: mail.password_file: DIR/long is longer than 65536 bytes",
        ),
        (
            "mail: { password_file: [DIR/one] }",
            "site.yaml:1:24: mail.password_file: must be the path of a file",
        ),
        (
            "mail: { password: x, password_file: DIR/one }",
            "site.yaml:1:37: mail.password_file: `password` is set as well, at site.yaml:1:19",
        ),
        (
            "admin: { api_keys: [x], api_keys_file: DIR/one }",
            "site.yaml:1:40: admin.api_keys_file: `api_keys` is set as well, at site.yaml:1:20",
        ),
        (
            "database: { url_file: DIR/one }",
            "DIR/one: database.url: must be a postgres:// address",
        ),
        (
            "mail: { host_file: DIR/one }",
            "site.yaml:1:9: mail: unknown key `host_file`",
        ),
    ] {
        let (text, expected) = (at(&folder, text), at(&folder, expected));
        let message = refusal(&text, &[]);
        assert!(
            message.starts_with(&expected),
            "{text:?}\n got {message}\nwant {expected}"
        );
        assert!(!message.contains("hush"), "{message}");
    }
}

/// One in the file of the configuration, the other in the environment.
#[test]
fn a_variable_does_not_quietly_win_over_a_file() {
    let folder = folder(&[("one", "hush")]);
    let text = at(&folder, "mail: { password_file: DIR/one }");
    let message = refusal(&text, &[("OPENPILE__MAIL__PASSWORD", "other")]);
    assert!(
        message.ends_with(
            "`password` is set as well, at environment variable OPENPILE__MAIL__PASSWORD"
        ),
        "{message}"
    );
    let unset = [("OPENPILE__MAIL__PASSWORD_FILE", "")];
    let config = load(&text, &unset).config;
    assert!(config.mail.password.is_none(), "an empty variable unsets");
}

#[test]
fn a_file_that_everybody_may_read_is_warned_about() {
    let folder = folder(&[("one", "hush")]);
    let path = folder.path().join("one");
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("ours");
    let loaded = load(&at(&folder, "mail: { password_file: DIR/one }"), &[]);
    let expected = at(&folder, "mail.password_file: everybody may read DIR/one");
    assert_eq!(loaded.warnings, [expected]);
}

/// A secret where a list belongs is not repeated by the refusal.
#[test]
fn a_misplaced_secret_is_not_shown() {
    let message = refusal("admin: { api_keys: hush }", &[]);
    assert!(
        message.starts_with("site.yaml:1:20: admin.api_keys: "),
        "{message}"
    );
    assert!(!message.contains("hush"), "{message}");
}
