//! A server that behaves like WeChat Pay: it checks what the real one checks, signs what the real
//! one signs, and keeps books.

mod books;
mod callbacks;

use super::faults::{Fault, Faults, raw, silence};
use super::keys::{FORMER, MERCHANT, PLATFORM, STRANGER, TestKey};
use super::server::Server;
use super::{IMPATIENCE_MS, PATIENCE_MS, clock};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use books::Books;
pub(super) use callbacks::Sealed;
use channels::payment::PaymentMethod;
use channels::payment::wechat::{ReportInfo, Wechat, WechatConfig};
use kernel::{Clock, ManualClock};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub(super) const MCH_ID: &str = "1900000001";
pub(super) const APP_ID: &str = "wx0000000000000001";
/// The app of those who pay from our own app.
pub(super) const NATIVE_APP_ID: &str = "wx0000000000000002";
pub(super) const MERCHANT_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
pub(super) const SERIAL: &str = "PUB_KEY_ID_0119000000012026";
pub(super) const FORMER_SERIAL: &str = "444F4864EA9B34415A5B3E0A1F0C3B4D2E8A7F60";
pub(super) const API_V3_KEY: &str = "0123456789abcdef0123456789ABCDEF";

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
    bodies: Mutex<Vec<Value>>,
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
            bodies: Mutex::default(),
        });
        let router = Router::new().fallback(serve).with_state(desk.clone());
        Self {
            server: Server::start(router).await,
            desk,
            clock,
        }
    }

    pub(super) fn config(&self) -> WechatConfig {
        config(self.server.url())
    }

    pub(super) fn channel(&self) -> Wechat {
        Wechat::new(self.config(), self.clock.clone()).expect("a channel")
    }

    /// A channel for calls that get no answer.
    pub(super) fn impatient_channel(&self) -> Wechat {
        let mut config = self.config();
        config.call_timeout_ms = Some(IMPATIENCE_MS);
        Wechat::new(config, self.clock.clone()).expect("a channel")
    }

    /// What becomes of the next requests.
    pub(super) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.desk.faults.plan(faults.into_iter().map(Some));
    }

    /// The next request goes through, then these happen.
    pub(super) fn plan_after_one(&self, faults: impl IntoIterator<Item = Fault>) {
        self.desk.faults.plan([None]);
        self.plan(faults);
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.desk.books)
    }

    /// The newest body that came in with a true signature.
    pub(super) fn last_body(&self) -> Value {
        let bodies = lock(&self.desk.bodies);
        bodies.last().cloned().unwrap_or_default()
    }

    pub(super) fn requests(&self) -> usize {
        lock(&self.desk.bodies).len()
    }
}

/// A merchant of the platform at `base_url`.
pub(super) fn config(base_url: &str) -> WechatConfig {
    WechatConfig {
        mch_id: MCH_ID.to_owned(),
        app_id: APP_ID.to_owned(),
        app_ids: BTreeMap::from([(PaymentMethod::WechatApp, NATIVE_APP_ID.to_owned())]),
        merchant_serial: MERCHANT_SERIAL.to_owned(),
        private_key: MERCHANT.private_pem().into(),
        api_v3_key: API_V3_KEY.into(),
        platform_keys: BTreeMap::from([
            (SERIAL.to_owned(), PLATFORM.public_pem()),
            (FORMER_SERIAL.to_owned(), FORMER.public_pem()),
        ]),
        platform_serial: SERIAL.to_owned(),
        base_url: base_url.to_owned(),
        payment_notify_url: "https://pay.example.com/wechat/payments".to_owned(),
        refund_notify_url: "https://pay.example.com/wechat/refunds".to_owned(),
        transfer_notify_url: "https://pay.example.com/wechat/transfers".to_owned(),
        transfer_scene_id: Some("1005".to_owned()),
        transfer_scene_reports: vec![ReportInfo {
            info_type: "岗位类型".to_owned(),
            info_content: "代理商".to_owned(),
        }],
        call_timeout_ms: Some(PATIENCE_MS),
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
    if let Err(reason) = desk.check(&head, &body) {
        let refusal = json!({"code": "SIGN_ERROR", "message": reason});
        return raw(401, refusal.to_string().into_bytes());
    }
    lock(&desk.bodies).push(serde_json::from_slice(&body).unwrap_or_default());
    if let Some(file) = lock(&desk.books).file(head.uri.path(), head.uri.query()) {
        return raw(200, file);
    }
    let (status, answer) = match &fault {
        Some(Fault::Signed(status, answer)) => (*status, answer.to_string().into_bytes()),
        Some(Fault::SignedBytes(bytes)) => (200, bytes.clone()),
        _ => desk.answer(&head, &body),
    };
    match fault {
        Some(Fault::Lost) => silence().await,
        Some(Fault::Unsigned) => raw(status, answer),
        Some(Fault::Forged) => desk.signed(status, &answer, SERIAL, &STRANGER, 0),
        Some(Fault::UnknownSerial) => desk.signed(status, &answer, "NOBODYS", &PLATFORM, 0),
        Some(Fault::FormerKey) => desk.signed(status, &answer, FORMER_SERIAL, &FORMER, 0),
        Some(Fault::Old) => desk.signed(status, &answer, SERIAL, &PLATFORM, 600),
        Some(Fault::Tampered) => {
            let response = desk.signed(status, &answer, SERIAL, &PLATFORM, 0);
            let tampered = String::from_utf8_lossy(&answer).replace('0', "1");
            let (head, _) = response.into_parts();
            Response::from_parts(head, tampered.into())
        }
        _ => desk.signed(status, &answer, SERIAL, &PLATFORM, 0),
    }
}

impl Desk {
    fn answer(&self, head: &Parts, body: &Bytes) -> (u16, Vec<u8>) {
        let body = serde_json::from_slice(body).unwrap_or_default();
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        let answered = lock(&self.books).answer(head.method.as_str(), path, query, &body);
        match answered {
            Ok(Value::Null) => (204, Vec::new()),
            Ok(answer) => (200, answer.to_string().into_bytes()),
            Err((status, code)) => {
                let refusal = json!({"code": code, "message": "不行"});
                (status, refusal.to_string().into_bytes())
            }
        }
    }

    /// Checks everything that comes before the content, as the gateway does.
    fn check(&self, head: &Parts, body: &Bytes) -> Result<(), &'static str> {
        let header = |name: &str| head.headers.get(name).and_then(|it| it.to_str().ok());
        if header("accept") != Some("application/json") {
            return Err("Accept");
        }
        if header("user-agent").is_none_or(str::is_empty) {
            return Err("User-Agent");
        }
        if !body.is_empty() && header("content-type") != Some("application/json") {
            return Err("Content-Type");
        }
        if header("wechatpay-serial") != Some(SERIAL) {
            return Err("Wechatpay-Serial");
        }
        let authorization = header("authorization").ok_or("Authorization")?;
        let fields = authorization
            .strip_prefix("WECHATPAY2-SHA256-RSA2048 ")
            .ok_or("scheme")?;
        let fields: BTreeMap<&str, &str> = fields
            .split(',')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect();
        let field = |name| fields.get(name).copied().ok_or("a field is missing");
        if field("mchid")? != MCH_ID || field("serial_no")? != MERCHANT_SERIAL {
            return Err("who");
        }
        let (timestamp, nonce) = (field("timestamp")?, field("nonce_str")?);
        let seconds: i64 = timestamp.parse().map_err(|_| "timestamp")?;
        if self.clock.now().unix_seconds().abs_diff(seconds) > 300 || nonce.len() > 32 {
            return Err("timestamp or nonce");
        }
        let target = head.uri.path_and_query().ok_or("target")?;
        let body = std::str::from_utf8(body).map_err(|_| "body")?;
        let method = head.method.as_str();
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        if MERCHANT.verifies(message.as_bytes(), field("signature")?) {
            Ok(())
        } else {
            Err("signature")
        }
    }

    fn signed(
        &self,
        status: u16,
        body: &[u8],
        serial: &str,
        key: &TestKey,
        age_s: i64,
    ) -> Response {
        let mut response = raw(status, body.to_vec());
        let seconds = self.clock.now().unix_seconds() - age_s;
        for (name, value) in callbacks::signature(serial, key, seconds, body) {
            let value = value.parse().expect("legal in a header");
            response.headers_mut().insert(name, value);
        }
        response
    }
}
