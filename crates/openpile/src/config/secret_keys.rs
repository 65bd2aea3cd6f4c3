//! Which keys hold secrets, told by their names: a key of a later section is masked without
//! anybody thinking of it.

/// Keys whose values are never shown.
const SECRET_KEYS: [&str; 12] = [
    "access_key_secret",
    "secret_key",
    "private_key",
    "api_v3_key",
    "platform_key",
    "platform_keys",
    "webhook_secret",
    "secret",
    "api_keys",
    "key",
    "initial_password",
    "password",
];
/// Those of them that hold several.
const SECRET_LISTS: [&str; 1] = ["api_keys"];
/// Sections whose `url` may carry a password, which alone is masked.
const PASSWORD_IN_URL: [&str; 2] = ["database", "redis"];
/// Sections that name files and nothing else.
const FILES_ONLY: [&str; 1] = ["tls"];
/// The end of a key that says in which file a secret stands.
const FILE_SUFFIX: &str = "_file";

/// Whether nobody may see what stands under `key` of `section`.
pub(super) fn is_secret(section: &str, key: &str) -> bool {
    !FILES_ONLY.contains(&section) && (SECRET_KEYS.contains(&key) || SECRET_KEYS.contains(&section))
}

/// Whether the secret of this key is a list.
pub(super) fn is_list(key: &str) -> bool {
    SECRET_LISTS.contains(&key)
}

/// The key whose secret stands in the file that `key` of `section` names.
pub(super) fn secret_of_file<'key>(section: &str, key: &'key str) -> Option<&'key str> {
    let secret = key.strip_suffix(FILE_SUFFIX)?;
    let in_url = secret == "url" && PASSWORD_IN_URL.contains(&section);
    (in_url || is_secret(section, secret)).then_some(secret)
}
