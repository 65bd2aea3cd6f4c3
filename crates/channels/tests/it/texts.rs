//! Short messages against a server that checks signatures as the real providers do.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use channels::sms::{Aliyun, AliyunSettings, Sms, SmsChannel, Tencent, TencentSettings};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{ManualClock, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

const KEY: &str = "a key that only two know";
const NOW_S: i64 = 1_729_407_600;

/// What the platform was asked, and how it is to answer.
#[derive(Default)]
struct Platform {
    seen: Mutex<Vec<Value>>,
    refuses: Mutex<bool>,
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The canonical request of both methods, from the headers that the caller says it signed.
fn canonical(headers: &HeaderMap, query: &str, names: &str, body: &[u8]) -> String {
    let lines = names.split(';').fold(String::new(), |mut lines, name| {
        let _ = writeln!(lines, "{name}:{}", text(headers, name).trim());
        lines
    });
    format!("POST\n/\n{query}\n{lines}\n{names}\n{}", hash(body))
}

fn part<'a>(authorization: &'a str, name: &str) -> &'a str {
    authorization
        .split([',', ' '])
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        .unwrap_or_default()
}

async fn aliyun(
    State(platform): State<Arc<Platform>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    let query = uri.query().unwrap_or_default();
    let authorization = text(&headers, "authorization");
    let names = part(authorization, "SignedHeaders");
    let request = canonical(&headers, query, names, &body);
    let signed = format!("ACS3-HMAC-SHA256\n{}", hash(request.as_bytes()));
    let right = hex::encode(mac(KEY.as_bytes(), &signed));
    let all = [
        "host",
        "x-acs-action",
        "x-acs-date",
        "x-acs-signature-nonce",
    ];
    let signs_all = all.iter().all(|name| names.split(';').any(|n| n == *name));
    if part(authorization, "Signature") != right
        || part(authorization, "Credential") != "id"
        || !signs_all
        || text(&headers, "x-acs-content-sha256") != hash(&body)
        || text(&headers, "x-acs-action") != "SendSms"
        || text(&headers, "x-acs-version") != "2017-05-25"
    {
        return json!({"Code":"SignatureDoesNotMatch","Message":"no"}).to_string();
    }
    let pairs: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    platform.seen.lock().push(json!(pairs));
    if *platform.refuses.lock() {
        return json!({"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发流控"}).to_string();
    }
    json!({"Code":"OK","Message":"OK","BizId":"9006","RequestId":"F655"}).to_string()
}

async fn tencent(State(platform): State<Arc<Platform>>, headers: HeaderMap, body: Bytes) -> String {
    let authorization = text(&headers, "authorization");
    let names = part(authorization, "SignedHeaders");
    let request = canonical(&headers, "", names, &body);
    let at = text(&headers, "x-tc-timestamp");
    let scope = "2024-10-20/sms/tc3_request";
    let signed = format!(
        "TC3-HMAC-SHA256\n{at}\n{scope}\n{}",
        hash(request.as_bytes())
    );
    let mut key = mac(format!("TC3{KEY}").as_bytes(), "2024-10-20");
    for step in ["sms", "tc3_request"] {
        key = mac(&key, step);
    }
    let fault = |code: &str| json!({"Response":{"Error":{"Code":code,"Message":"no"}}}).to_string();
    if part(authorization, "Signature") != hex::encode(mac(&key, &signed))
        || part(authorization, "Credential") != format!("id/{scope}")
        || at != NOW_S.to_string()
        || text(&headers, "x-tc-action") != "SendSms"
        || text(&headers, "x-tc-version") != "2021-01-11"
        || text(&headers, "x-tc-region") != "ap-guangzhou"
    {
        return fault("AuthFailure.SignatureFailure");
    }
    platform
        .seen
        .lock()
        .push(serde_json::from_slice(&body).expect("JSON"));
    let code = if *platform.refuses.lock() {
        "LimitExceeded.PhoneNumberThirtySecondLimit"
    } else {
        "Ok"
    };
    json!({"Response":{"SendStatusSet":[{"SerialNo":"1","PhoneNumber":"+8613800138000",
        "Fee":1,"Code":code,"Message":"said"}],"RequestId":"a0aabda6"}})
    .to_string()
}

async fn serve(routes: Router<Arc<Platform>>) -> (Arc<Platform>, String) {
    let platform = Arc::new(Platform::default());
    let routes = routes.with_state(platform.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (platform, format!("http://{address}"))
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_unix_seconds(NOW_S)))
}

fn templates() -> HashMap<String, String> {
    [("SMS_LOGIN".to_owned(), "T1".to_owned())].into()
}

fn code() -> Sms {
    let values = vec![("code", "123456".to_owned())];
    Sms::new("13800138000", "SMS_LOGIN", values)
}

#[tokio::test]
async fn aliyun_takes_what_is_signed_and_its_refusals_are_told() {
    let (platform, base) = serve(Router::new().route("/", axum::routing::post(aliyun))).await;
    let settings = AliyunSettings {
        access_key_id: "id".to_owned(),
        access_key_secret: KEY.to_owned(),
        sign_name: "某某充电".to_owned(),
        templates: templates(),
        endpoint: Some(base),
    };
    assert!(!format!("{settings:?}").contains(KEY));
    let channel = Aliyun::new(clock(), settings.clone()).expect("set up");
    assert_eq!(
        (channel.provider(), channel.is_configured()),
        ("aliyun", true)
    );
    channel.send(&code()).await.expect("sent");
    let own = Sms {
        provider_template: Some("T2".to_owned()),
        ..code()
    };
    channel.send(&own).await.expect("sent");
    let seen = platform.seen.lock().clone();
    assert_eq!(
        seen[0],
        json!({"PhoneNumbers":"13800138000","SignName":"某某充电","TemplateCode":"T1",
            "TemplateParam":"{\"code\":\"123456\"}"})
    );
    assert_eq!(seen[1]["TemplateCode"], "T2");

    *platform.refuses.lock() = true;
    let refused = channel.send(&code()).await.expect_err("refused");
    assert_eq!(refused.0, "isv.BUSINESS_LIMIT_CONTROL: 触发流控");
    let stranger = Sms::new("13800138000", "NOBODY", Vec::new());
    assert!(channel.send(&stranger).await.is_err());

    let wrong = AliyunSettings {
        access_key_secret: "another".to_owned(),
        ..settings
    };
    let wrong = Aliyun::new(clock(), wrong).expect("set up");
    let refused = wrong.send(&code()).await.expect_err("refused");
    assert_eq!(refused.0, "SignatureDoesNotMatch: no");
    assert_eq!(platform.seen.lock().len(), 3);
}

#[tokio::test]
async fn tencent_takes_what_is_signed_and_its_refusals_are_told() {
    let (platform, base) = serve(Router::new().route("/", axum::routing::post(tencent))).await;
    let settings = TencentSettings {
        secret_id: "id".to_owned(),
        secret_key: KEY.to_owned(),
        app_id: "1400006666".to_owned(),
        sign_name: "某某充电".to_owned(),
        region: "ap-guangzhou".to_owned(),
        templates: templates(),
        endpoint: Some(base),
    };
    assert!(!format!("{settings:?}").contains(KEY));
    let channel = Tencent::new(clock(), settings.clone()).expect("set up");
    channel.send(&code()).await.expect("sent");
    assert_eq!(
        platform.seen.lock()[0],
        json!({"PhoneNumberSet":["+8613800138000"],"SmsSdkAppId":"1400006666",
            "SignName":"某某充电","TemplateId":"T1","TemplateParamSet":["123456"]})
    );
    *platform.refuses.lock() = true;
    let refused = channel.send(&code()).await.expect_err("refused");
    assert_eq!(
        refused.0,
        "LimitExceeded.PhoneNumberThirtySecondLimit: said"
    );
    let wrong = TencentSettings {
        secret_key: "another".to_owned(),
        ..settings
    };
    let wrong = Tencent::new(clock(), wrong).expect("set up");
    let refused = wrong.send(&code()).await.expect_err("refused");
    assert_eq!(refused.0, "AuthFailure.SignatureFailure: no");
}

#[tokio::test]
async fn a_provider_that_is_away_or_talks_nonsense_is_told() {
    let (_, base) = serve(Router::new().route("/", axum::routing::post(async || "<html>"))).await;
    let settings = AliyunSettings {
        access_key_id: "id".to_owned(),
        access_key_secret: KEY.to_owned(),
        sign_name: "x".to_owned(),
        templates: templates(),
        endpoint: Some(base),
    };
    let channel = Aliyun::new(clock(), settings.clone()).expect("set up");
    let lost = channel.send(&code()).await.expect_err("not sent");
    assert_eq!(lost.0, "the answer cannot be read");
    let away = AliyunSettings {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        ..settings.clone()
    };
    let away = Aliyun::new(clock(), away).expect("set up");
    let lost = away.send(&code()).await.expect_err("not sent");
    // Neither the number nor the code is in what people read.
    assert!(
        !lost.0.contains("13800138000") && !lost.0.contains("123456"),
        "{lost}"
    );
    let nowhere = AliyunSettings {
        endpoint: Some("ftp://x".to_owned()),
        ..settings
    };
    assert!(Aliyun::new(clock(), nowhere).is_err());
}
