//! A server that behaves like Alipay's gateway: it checks what the real one checks, signs what
//! the real one signs, and keeps books.

mod books;

use super::faults::{Fault, Faults, raw, silence};
use super::keys::{MERCHANT, PLATFORM, STRANGER, TestKey};
use super::server::Server;
use super::{IMPATIENCE_MS, PATIENCE_MS, clock};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use books::Books;
use channels::payment::RawCallback;
use channels::payment::alipay::{Alipay, AlipayConfig};
use form_urlencoded::Serializer;
use kernel::{Clock, ManualClock};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub(super) const APP_ID: &str = "2021000000000001";
pub(super) const SELLER_ID: &str = "2088000000000001";

pub(super) type Parameters = BTreeMap<String, String>;

/// The platform, running.
pub(super) struct Platform {
    server: Server,
    desk: Arc<Desk>,
    pub(super) clock: Arc<ManualClock>,
}

struct Desk {
    clock: Arc<ManualClock>,
    faults: Faults,
    books: Mutex<Books>,
    contents: Mutex<Vec<Value>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Platform {
    pub(super) async fn start() -> Self {
        // A key takes its time to be made; no call should wait for it.
        LazyLock::force(&STRANGER);
        let clock = clock();
        let desk = Arc::new(Desk {
            clock: clock.clone(),
            faults: Faults::default(),
            books: Mutex::default(),
            contents: Mutex::default(),
        });
        let router = Router::new().fallback(serve).with_state(desk.clone());
        let server = Server::start(router).await;
        let platform = Self {
            server,
            desk,
            clock,
        };
        let url = platform.server.url();
        url.clone_into(&mut platform.books().own_url);
        platform
    }

    pub(super) fn config(&self) -> AlipayConfig {
        config(&format!("{}/gateway.do", self.server.url()))
    }

    pub(super) fn channel(&self) -> Alipay {
        Alipay::new(self.config(), self.clock.clone()).expect("a channel")
    }

    /// A channel for calls that get no answer.
    pub(super) fn impatient_channel(&self) -> Alipay {
        let mut config = self.config();
        config.call_timeout_ms = Some(IMPATIENCE_MS);
        Alipay::new(config, self.clock.clone()).expect("a channel")
    }

    /// What becomes of the next requests.
    pub(super) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.desk.faults.plan(faults.into_iter().map(Some));
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.desk.books)
    }

    /// The newest business parameters that came in with a true signature.
    pub(super) fn last_content(&self) -> Value {
        let contents = lock(&self.desk.contents);
        contents.last().cloned().unwrap_or_default()
    }

    pub(super) fn requests(&self) -> usize {
        lock(&self.desk.contents).len()
    }
}

/// An application of the gateway at `base_url`.
pub(super) fn config(base_url: &str) -> AlipayConfig {
    AlipayConfig {
        app_id: APP_ID.to_owned(),
        seller_id: SELLER_ID.to_owned(),
        private_key: MERCHANT.private_bare().into(),
        platform_key: PLATFORM.public_bare(),
        app_cert_sn: Some("50fa7bc5dc305a4fbdbe166689ddc827".to_owned()),
        alipay_root_cert_sn: Some("687b59193f3f462dd5336e5abf83c5d8".to_owned()),
        base_url: base_url.to_owned(),
        payment_notify_url: "https://pay.example.com/alipay".to_owned(),
        call_timeout_ms: Some(PATIENCE_MS),
    }
}

/// The text that a signature covers.
pub(super) fn signed_text(parameters: &Parameters, except: &[&str]) -> String {
    let mut pairs = Vec::new();
    for (name, value) in parameters {
        if !value.is_empty() && !except.contains(&name.as_str()) {
            pairs.push(format!("{name}={value}"));
        }
    }
    pairs.join("&")
}

/// A callback, signed as Alipay signs notifications.
pub(super) fn notify(key: &TestKey, fields: &[(&str, &str)]) -> RawCallback {
    let pairs = fields.iter();
    let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut parameters: Parameters = pairs.collect();
    let sign = key.sign(signed_text(&parameters, &[]).as_bytes());
    parameters.insert("sign".to_owned(), sign);
    parameters.insert("sign_type".to_owned(), "RSA2".to_owned());
    form(&parameters)
}

/// Parameters as the body of a callback.
pub(super) fn form(parameters: &Parameters) -> RawCallback {
    let body = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    RawCallback {
        body: body.into_bytes(),
        ..RawCallback::default()
    }
}

/// Checks a signed order string as the app's SDK and the gateway do.
pub(super) fn check_parameters(parameters: &Parameters, now_s: i64) -> Result<(), String> {
    let get = |name: &str| parameters.get(name).map_or("", String::as_str);
    for (name, expected) in [
        ("app_id", APP_ID),
        ("format", "JSON"),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("version", "1.0"),
    ] {
        if get(name) != expected {
            return Err(format!("isv.invalid-{name}"));
        }
    }
    let timestamp: jiff::civil::DateTime = get("timestamp")
        .parse()
        .map_err(|_| "isv.invalid-timestamp")?;
    let offset = jiff::tz::Offset::constant(8);
    let instant = offset.to_timestamp(timestamp).map_err(|_| "timestamp")?;
    if instant.as_second().abs_diff(now_s) > 600 {
        return Err("isv.invalid-timestamp".to_owned());
    }
    let text = signed_text(parameters, &["sign"]);
    if MERCHANT.verifies(text.as_bytes(), get("sign")) {
        Ok(())
    } else {
        Err("isv.invalid-signature".to_owned())
    }
}

async fn serve(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let fault = desk.faults.next();
    match &fault {
        Some(Fault::Hang) => return silence().await,
        Some(Fault::Raw(status, bytes)) => return raw(*status, bytes.clone()),
        _ => {}
    }
    if head.uri.path() == "/bill" {
        return raw(200, lock(&desk.books).bill.clone().unwrap_or_default());
    }
    let parameters = match desk.check(&head, &body) {
        Ok(parameters) => parameters,
        Err(sub_code) => {
            let refusal = json!({"error_response": {
                "code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code,
                "sub_msg": "验签出错",
            }});
            return raw(200, refusal.to_string().into_bytes());
        }
    };
    let method = parameters.get("method").map_or("", String::as_str);
    let content = parameters.get("biz_content").map_or("", String::as_str);
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    lock(&desk.contents).push(content.clone());
    let response = match &fault {
        Some(Fault::Signed(_, response)) => response.to_string(),
        Some(Fault::SignedBytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => desk.answer(method, &content),
    };
    let (key, sign): (&TestKey, bool) = match fault {
        Some(Fault::Lost) => return silence().await,
        Some(Fault::Forged) => (&STRANGER, true),
        Some(Fault::Unsigned) => (&PLATFORM, false),
        _ => (&PLATFORM, true),
    };
    let name = format!("{}_response", method.replace('.', "_"));
    let signature = key.sign(response.as_bytes());
    let mut text = if sign {
        format!("{{\"{name}\":{response},\"sign\":\"{signature}\"}}")
    } else {
        format!("{{\"{name}\":{response}}}")
    };
    if matches!(fault, Some(Fault::Tampered)) {
        text = text.replacen("50.00", "50.01", 1);
    }
    raw(200, text.into_bytes())
}

impl Desk {
    fn check(&self, head: &Parts, body: &Bytes) -> Result<Parameters, String> {
        let content_type = head.headers.get("content-type");
        let content_type = content_type.and_then(|it| it.to_str().ok());
        let is_form = content_type
            .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded;charset=utf-8"));
        if head.method != "POST" || head.uri.path() != "/gateway.do" || !is_form {
            return Err("isv.invalid-method".to_owned());
        }
        let parameters: Parameters = form_urlencoded::parse(body).into_owned().collect();
        check_parameters(&parameters, self.clock.now().unix_seconds())?;
        Ok(parameters)
    }

    fn answer(&self, method: &str, content: &Value) -> String {
        let answer = match lock(&self.books).answer(method, content) {
            Ok(mut answer) => {
                answer["code"] = json!("10000");
                answer["msg"] = json!("Success");
                answer
            }
            Err(sub_code) => json!({
                "code": "40004", "msg": "Business Failed",
                "sub_code": sub_code, "sub_msg": "不行",
            }),
        };
        // Spaces and escapes that another writer of JSON would not keep.
        answer
            .to_string()
            .replacen('{', "{ ", 1)
            .replace('/', "\\/")
    }
}
