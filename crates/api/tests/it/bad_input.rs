//! Input that is malformed, oversized, unknown or wrongly typed.

use crate::lab::{DEVICE, KEY, Lab};
use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;

fn charge_path() -> String {
    format!("/api/v1/third/devices/{DEVICE}/charge")
}

#[tokio::test]
async fn malformed_json_says_where() {
    let lab = Lab::new().await;
    for (body, expected) in [
        (r#"{"port_no":1,"#, "line 1 column 13"),
        ("not json", "line 1 column"),
        (r#"{"port_no":1} {"port_no":2}"#, "trailing characters"),
        ("[1,2]", "must be a JSON object"),
        ("\"text\"", "must be a JSON object"),
    ] {
        let reply = lab.post(&charge_path(), body).await.expect(400);
        assert!(
            reply.message().contains(expected),
            "{body}: {}",
            reply.message()
        );
    }
    let path = format!("/api/v1/third/devices/{DEVICE}/params");
    let reply = lab
        .post(&path, r#"{"params":[{"id":1,"value":true}]}"#)
        .await
        .expect(400);
    assert_eq!(reply.field(), "params[0].value");
    let reply = lab
        .post(&path, r#"{"params":[],"oops":1}"#)
        .await
        .expect(400);
    assert_eq!(reply.field(), "oops");
    let reply = lab.post(&path, "").await.expect(400);
    assert_eq!(reply.field(), "params");
    lab.close().await;
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let lab = Lab::new().await;
    let body = format!("{{\"port_no\":{}", "[".repeat(30_000));
    lab.post(&charge_path(), body).await.expect(400);
    let body = format!(
        "{{\"port_no\":{}1{}}}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    lab.post(&charge_path(), body).await.expect(400);
    lab.close().await;
}

#[tokio::test]
async fn a_body_has_a_longest_length() {
    let lab = Lab::new().await;
    let long = "x".repeat(64 * 1024 + 1);
    lab.post(&charge_path(), long.clone()).await.expect(413);
    // Without an announced length.
    let pieces = long
        .into_bytes()
        .chunks(1000)
        .map(Bytes::copy_from_slice)
        .collect::<Vec<_>>();
    let stream = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    let request = Request::post(charge_path())
        .header("X-Api-Key", KEY)
        .body(Body::from_stream(stream))
        .expect("a request");
    lab.send(request).await.expect(413);
    lab.close().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let lab = Lab::new().await;
    let pieces = [
        Ok(Bytes::from_static(b"{\"port_no\":")),
        Err(std::io::Error::other("gone")),
    ];
    let request = Request::post(charge_path())
        .header("X-Api-Key", KEY)
        .body(Body::from_stream(futures_util::stream::iter(pieces)))
        .expect("a request");
    lab.send(request).await.expect(400);
    lab.close().await;
}

#[tokio::test]
async fn queries_name_what_is_wrong() {
    let lab = Lab::new().await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=-1", "page"),
        ("size=501", "size"),
        ("size=0", "size"),
        ("status=happy", "status"),
        ("phy_id=%20", "phy_id"),
        ("port_no=70000", "port_no"),
    ] {
        let reply = lab
            .get(&format!("/api/v1/third/orders?{query}"))
            .await
            .expect(400);
        assert_eq!(reply.field(), field, "{query}: {}", reply.body);
    }
    let reply = lab.get("/api/v1/third/orders?pgae=2").await.expect(400);
    assert!(reply.message().contains("pgae"), "{}", reply.message());
    let reply = lab
        .get("/api/v1/third/orders?page=1&page=2")
        .await
        .expect(400);
    assert!(reply.message().contains("page"), "{}", reply.message());
    lab.get("/api/v1/third/orders?page=99999&size=500")
        .await
        .expect(200);
    lab.close().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let lab = Lab::new().await;
    for path in [
        "/api/v1/third/orders/THD1729407600999",
        "/api/v1/third/orders/nonsense",
        "/api/v1/third/orders/%FF",
        "/api/v1/third/commands/999999",
        "/api/v1/third/commands/x",
        "/api/v1/third/devices/00000000000000",
        "/api/v1/third/nothing",
        "/nothing",
    ] {
        lab.get(path).await.expect(404);
    }
    let headers = [("X-Api-Key", KEY)];
    lab.call(Method::DELETE, &charge_path(), &headers, "")
        .await
        .expect(405);
    lab.close().await;
}

#[tokio::test]
async fn fields_have_their_limits() {
    let lab = Lab::new().await;
    let stop = format!("/api/v1/third/devices/{DEVICE}/stop");
    let params = format!("/api/v1/third/devices/{DEVICE}/params");
    let many = vec![r#"{"id":1,"value":1}"#; 33].join(",");
    for (path, body, field) in [
        (&stop, r#"{"port_no":255}"#.to_owned(), "port_no"),
        (&stop, r#"{"port_no":0}"#.to_owned(), "port_no"),
        (
            &stop,
            r#"{"port_no":1,"socket_no":1,"hole":0}"#.to_owned(),
            "port_no",
        ),
        (&stop, r#"{"socket_no":1}"#.to_owned(), "hole"),
        (&stop, r#"{"hole":1}"#.to_owned(), "socket_no"),
        (&stop, r#"{"order_no":"1"}"#.to_owned(), "order_no"),
        (
            &stop,
            format!(r#"{{"port_no":1,"reason":"{}"}}"#, "x".repeat(129)),
            "reason",
        ),
        (&params, format!(r#"{{"params":[{many}]}}"#), "params"),
        (
            &params,
            r#"{"params":[{"id":"","value":1}]}"#.to_owned(),
            "params[0].id",
        ),
        (
            &params,
            r#"{"params":[{"id":1,"value":1}],"wait":26}"#.to_owned(),
            "wait",
        ),
        (
            &params,
            r#"{"params":[{"id":true,"value":1}]}"#.to_owned(),
            "params[0].id",
        ),
    ] {
        let reply = lab.post(path, &body).await.expect(400);
        assert_eq!(reply.field(), field, "{body}: {}", reply.body);
    }
    lab.close().await;
}
