//! Probes, metrics, the document and its pages.

use crate::lab::{Lab, usual};
use axum::http::Method;

#[tokio::test]
async fn probes_tell_alive_from_ready() {
    let lab = Lab::new().await;
    lab.get("/healthz").await.expect(200);
    let reply = lab.get("/readyz").await.expect(200);
    assert_eq!(reply.data()["database"], true);
    lab.db.db.close().await;
    let reply = lab.get("/readyz").await.expect(503);
    assert_eq!(reply.data()["database"], false);
    lab.get("/healthz").await.expect(200);
    let reply = lab.get("/api/v1/third/orders").await.expect(503);
    assert!(reply.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn metrics_are_text() {
    let lab = Lab::new().await;
    let reply = lab.call(Method::GET, "/metrics", &[], "").await;
    assert_eq!(reply.status, 200);
    assert!(
        reply.headers["content-type"]
            .to_str()
            .expect("text")
            .starts_with("text/plain")
    );
    lab.close().await;
}

#[tokio::test]
async fn the_document_and_its_pages_are_served() {
    let lab = Lab::with(usual()).await;
    let reply = lab.call(Method::GET, "/openapi.json", &[], "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.body["info"]["title"], "OpenPile");
    let page = lab.call(Method::GET, "/docs/", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().expect("a page").contains("swagger-ui"));
    let moved = lab.call(Method::GET, "/docs", &[], "").await;
    assert!(moved.status.is_redirection());
    lab.close().await;
}
