//! What somebody with ill will tries on the console and at the members' doors.

use super::world::{FOREIGN, account, world};
use crate::lab::Lab;
use crate::members;
use crate::schema::Documented;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Rows of the longest page: the ports that one page follows at once.
const LONGEST_PAGE: u64 = 1000;
const BASE: &str = "/api/v1/admin";

/// Calls from an address.
async fn from(lab: &Lab, ip: &str, path: &str, body: &str) -> crate::lab::Reply {
    let peer: SocketAddr = format!("{ip}:40000").parse().expect("an address");
    let mut request = Request::post(path)
        .body(Body::from(body.to_owned()))
        .expect("a request");
    request.extensions_mut().insert(api::Peer(peer));
    lab.send(request).await
}

#[tokio::test]
async fn no_list_is_read_in_one_enormous_page() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let document = Documented::load();
    let mut lists = 0;
    for (method, path, operation) in document.operations() {
        let parameters = operation["parameters"].as_array();
        let paged = parameters.is_some_and(|list| list.iter().any(|p| p["name"] == "page"));
        let admin = path.starts_with("/api/v1/admin/");
        if method != Method::GET || !paged || !admin || path.contains('{') {
            continue;
        }
        let size = parameters
            .into_iter()
            .flatten()
            .find(|p| p["name"] == "size");
        let most = size.and_then(|size| size["schema"]["maximum"].as_u64());
        let most = most.unwrap_or_else(|| panic!("{path} does not say how long a page may be"));
        assert!(most <= LONGEST_PAGE, "{path}: {most}");
        let too_long = format!("size={}", most + 1);
        for query in [
            too_long.as_str(),
            "size=99999999999",
            "size=-1",
            "page=100001",
            "page=0",
        ] {
            let reply = world.get(&token, &format!("{path}?{query}")).await;
            assert_eq!(reply.status, 400, "{path}?{query}: {}", reply.body);
        }
        lists += 1;
    }
    assert!(lists > 25, "{lists}");
    world.lab.close().await;
}

#[tokio::test]
async fn tokens_of_one_door_do_not_open_another() {
    let world = world().await;
    let lab = &world.lab;
    let session = members::log_in(lab, members::PHONE).await.expect(200);
    let member = session.data()["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let platform = world.platform().await;
    let (_, _, staff) = account(lab, &platform, "clerk", &[world.everything]).await;
    let devices = format!("{BASE}/devices");
    world.get(&member, &devices).await.expect(401);
    world.get(&staff, "/api/v1/member/me").await.expect(401);
    for token in [&member, &staff] {
        let headers = [("X-Api-Key", token.as_str())];
        let third = "/api/v1/third/devices";
        lab.call(Method::GET, third, &headers, "").await.expect(401);
        lab.call(Method::GET, &devices, &headers, "")
            .await
            .expect(401);
    }
    // The key of a partner is none of the administration's.
    let headers = [("X-Api-Key", crate::lab::KEY)];
    let reply = lab.call(Method::GET, &devices, &headers, "").await;
    assert!(
        [401, 403].contains(&reply.status.as_u16()),
        "{}",
        reply.body
    );
    for token in ["", "x", "Bearer", "null", "undefined"] {
        world.get(token, &devices).await.expect(401);
    }
    world.lab.close().await;
}

#[tokio::test]
async fn one_address_does_not_try_many_names() {
    let world = world().await;
    let lab = &world.lab;
    let path = format!("{BASE}/session");
    let mut locked_after = None;
    for attempt in 0..40 {
        let body = json!({"username":format!("name{attempt}"),"password":"a guess at 1"});
        let reply = from(lab, "203.0.113.9", &path, &body.to_string()).await;
        match reply.status.as_u16() {
            401 => {}
            429 => {
                locked_after = Some(attempt);
                break;
            }
            other => panic!("{other}: {}", reply.body),
        }
    }
    let after = locked_after.expect("an address is locked");
    assert!(after <= 20, "{after}");
    // Others are not.
    let body = json!({"username":"somebody","password":"a guess at 1"}).to_string();
    from(lab, "203.0.113.10", &path, &body).await.expect(401);
    world.lab.close().await;
}

#[tokio::test]
async fn nobody_floods_telephones() {
    let lab = Lab::new().await;
    let path = "/api/v1/member/codes";
    let to = |number: u32| json!({"phone":format!("139{number:08}"),"purpose":"login"}).to_string();
    from(&lab, "203.0.113.9", path, &to(0)).await.expect(200);
    // The same number again, from wherever.
    from(&lab, "203.0.113.8", path, &to(0)).await.expect(429);
    let mut sent = 1;
    for number in 1..40 {
        let reply = from(&lab, "203.0.113.9", path, &to(number)).await;
        match reply.status.as_u16() {
            200 => sent += 1,
            429 => break,
            other => panic!("{other}: {}", reply.body),
        }
    }
    assert!(sent <= 20, "{sent} messages from one address");
    from(&lab, "203.0.113.8", path, &to(41)).await.expect(200);
    lab.close().await;
}

#[tokio::test]
async fn words_are_data_wherever_they_stand() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    for text in [
        "' or 1=1 --",
        "%",
        "_",
        "1); drop table devices; --",
        "\u{202e}x",
    ] {
        let escaped = text.bytes().fold(String::new(), |mut escaped, byte| {
            let _ = write!(escaped, "%{byte:02X}");
            escaped
        });
        let path = format!("{BASE}/audit-logs?actor={escaped}");
        let reply = world.get(&token, &path).await;
        assert_eq!(reply.data()["total"], 0, "{text}: {}", reply.body);
    }
    for start in ["=", "+", "-", "@", "\t="] {
        let title = format!("{start}cmd|' /C calc'!A0");
        let body = json!({"title":format!("x{title}"),"body":title,"audience":"staff"});
        let reply = world
            .call(&token, Method::POST, &format!("{BASE}/notices"), &body)
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let card = json!({"card_no":"9","limit_fen":100,"holder":"@SUM(1)","remark":FOREIGN});
    let reply = world
        .call(&token, Method::POST, &format!("{BASE}/cards"), &card)
        .await;
    assert!(
        [200, 400].contains(&reply.status.as_u16()),
        "{}",
        reply.body
    );
    let file = world.get(&token, &format!("{BASE}/cards?format=csv")).await;
    let text = file.body.as_str().expect("text");
    for line in text.lines() {
        for cell in line.split(',') {
            assert!(!cell.starts_with(['=', '@']), "{line}");
        }
    }
    world.lab.close().await;
}
