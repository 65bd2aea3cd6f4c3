//! Cameras (摄像头) at stations: what an operator writes about one, and where it is watched.

use kernel::Timestamp;
use std::time::Duration;

/// A signed address is good for so long.
pub const PLAY_FOR: Duration = Duration::from_mins(10);
/// A camera that was away for so long is told of.
pub const OFFLINE_AFTER: Duration = Duration::from_mins(10);

/// Longest name, in characters.
const NAME_MAX: usize = 64;
/// Longest address, in bytes.
const URL_MAX: usize = 1024;
/// Longest name of an account, password and key, in bytes.
const SECRET_MAX: usize = 256;
/// A number of the national video standard.
const GB28181_DIGITS: usize = 20;

/// What an operator writes about a camera.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraEntry {
    /// Its name.
    pub name: String,
    /// Who made it.
    pub vendor: Option<String>,
    /// Its number on a video platform of GB/T 28181.
    pub gb28181_id: Option<String>,
    /// Where a picture is fetched.
    pub snapshot_url: Option<String>,
    /// Where it is watched; `{expires}` and `{sign}` stand for what a signed address needs.
    pub stream_url: Option<String>,
    /// Who asks there.
    pub username: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// The key that signs addresses.
    pub sign_key: Option<String>,
}

/// Without what is secret.
impl std::fmt::Debug for CameraEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CameraEntry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl CameraEntry {
    /// What is wrong with it: field and problem. Nothing when it may stand.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        let letters = self.name.trim().chars().count();
        if !(1..=NAME_MAX).contains(&letters) {
            return Some(("name", format!("must have 1 to {NAME_MAX} characters")));
        }
        if self.snapshot_url.is_none() && self.stream_url.is_none() {
            let problem = "or stream_url is required".to_owned();
            return Some(("snapshot_url", problem));
        }
        let pictures = &["http://", "https://"][..];
        let streams = &["rtsp://", "rtsps://", "http://", "https://"][..];
        for (field, url, schemes) in [
            ("snapshot_url", &self.snapshot_url, pictures),
            ("stream_url", &self.stream_url, streams),
        ] {
            if url.as_ref().is_some_and(|url| !is_address(url, schemes)) {
                return Some((field, format!("must begin with {}", schemes.join(" or "))));
            }
        }
        if self.gb28181_id.as_ref().is_some_and(|id| !is_gb28181(id)) {
            let problem = format!("must have {GB28181_DIGITS} digits");
            return Some(("gb28181_id", problem));
        }
        for (field, text) in [
            ("username", &self.username),
            ("password", &self.password),
            ("sign_key", &self.sign_key),
            ("vendor", &self.vendor),
        ] {
            let long = |text: &String| text.len() > SECRET_MAX || text.contains(char::is_control);
            if text.as_ref().is_some_and(long) {
                return Some((field, format!("must have at most {SECRET_MAX} bytes")));
            }
        }
        if self.is_signed() && self.sign_key.as_ref().is_none_or(String::is_empty) {
            return Some(("sign_key", "is required by the stream's address".to_owned()));
        }
        None
    }

    /// Whether its address is signed.
    pub fn is_signed(&self) -> bool {
        let url = self.stream_url.as_deref();
        url.is_some_and(|url| url.contains("{sign}"))
    }

    /// Where it is watched until then. `sign` makes the signature of a text.
    pub fn play_url(
        &self,
        expires: Timestamp,
        sign: impl FnOnce(&str) -> String,
    ) -> Option<String> {
        let url = self.stream_url.as_ref()?;
        let expires = expires.unix_seconds().to_string();
        let dated = url.replace("{expires}", &expires);
        if !self.is_signed() {
            return Some(dated);
        }
        let path = path_of(url);
        let signature = sign(&format!("{path}-{expires}"));
        Some(dated.replace("{sign}", &signature))
    }
}

/// Host and port that answer when a camera lives.
pub fn door(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        "rtsp" => 554,
        "rtsps" => 322,
        _ => return None,
    };
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, rest)) => (name, rest.strip_prefix(':')),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    (!name.is_empty()).then(|| (name.to_owned(), port))
}

/// What is signed: the path, which no proxy changes.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or("/")
}

fn is_address(url: &str, schemes: &[&str]) -> bool {
    let known = schemes.iter().any(|scheme| url.starts_with(scheme));
    let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    // Who asks is told apart, so that no address carries a password.
    let authority = url
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let anonymous = authority.is_none_or(|authority| !authority.contains('@'));
    known && plain && anonymous && url.len() <= URL_MAX && door(url).is_some()
}

fn is_gb28181(id: &str) -> bool {
    id.len() == GB28181_DIGITS && id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{CameraEntry, door};
    use kernel::Timestamp;

    fn camera() -> CameraEntry {
        CameraEntry {
            name: "入口".to_owned(),
            vendor: None,
            gb28181_id: None,
            snapshot_url: Some("http://192.0.2.7/snap.jpg".to_owned()),
            stream_url: None,
            username: None,
            password: None,
            sign_key: None,
        }
    }

    #[test]
    fn entries_are_checked() {
        assert_eq!(camera().problem(), None);
        let wrong = |change: fn(&mut CameraEntry)| {
            let mut camera = camera();
            change(&mut camera);
            camera.problem().map(|(field, _)| field)
        };
        assert_eq!(wrong(|c| c.name = " ".to_owned()), Some("name"));
        assert_eq!(wrong(|c| c.snapshot_url = None), Some("snapshot_url"));
        let urls = [
            "ftp://a/b",
            "http://",
            "http://u:p@a/b",
            "http://a b/",
            "file:///etc/passwd",
        ];
        for url in urls {
            let mut camera = camera();
            camera.snapshot_url = Some(url.to_owned());
            assert_eq!(
                camera.problem().map(|(field, _)| field),
                Some("snapshot_url"),
                "{url}"
            );
        }
        assert_eq!(
            wrong(|c| c.gb28181_id = Some("1".to_owned())),
            Some("gb28181_id")
        );
        let signed = |c: &mut CameraEntry| c.stream_url = Some("http://a/s?t={sign}".to_owned());
        assert_eq!(wrong(signed), Some("sign_key"));
        assert_eq!(
            wrong(|c| c.password = Some("x".repeat(257))),
            Some("password")
        );
    }

    #[test]
    fn doors_are_found() {
        let at = |url| door(url).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(at("rtsp://cam.local/1").as_deref(), Some("cam.local 554"));
        assert_eq!(
            at("http://10.0.0.7:8080/x?y").as_deref(),
            Some("10.0.0.7 8080")
        );
        assert_eq!(
            at("https://[2001:db8::1]:1443").as_deref(),
            Some("2001:db8::1 1443")
        );
        assert_eq!(at("http://a:b/"), None);
        assert_eq!(at("nonsense"), None);
    }

    #[test]
    fn addresses_are_signed_for_a_while() {
        let mut camera = camera();
        camera.stream_url = Some("https://v.example/live/7.m3u8?e={expires}&s={sign}".to_owned());
        let url = camera.play_url(Timestamp::from_unix_seconds(1000), |text| {
            assert_eq!(text, "/live/7.m3u8-1000");
            "abc".to_owned()
        });
        assert_eq!(
            url.as_deref(),
            Some("https://v.example/live/7.m3u8?e=1000&s=abc")
        );
        camera.stream_url = Some("rtsp://v.example/1".to_owned());
        let plain = camera.play_url(Timestamp(0), |_| String::new());
        assert_eq!(plain.as_deref(), Some("rtsp://v.example/1"));
    }
}
