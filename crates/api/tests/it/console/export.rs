//! Lists as files.

use super::world::world;
use axum::http::Method;
use serde_json::json;

const CARDS: &str = "/api/v1/admin/cards";

#[tokio::test]
async fn a_file_has_what_the_list_shows() {
    let world = world().await;
    let view = [
        "user.card.view",
        "ds.cards.card_no",
        "ds.cards.card_no.plain",
        "ds.cards.phone",
        "ds.cards.holder",
        "ds.cards.holder.plain",
    ];
    let token = world.who_may(&world.merchant, "looks", &view).await;
    let refused = world
        .get(&token, &format!("{CARDS}?format=csv"))
        .await
        .expect(403);
    assert_eq!(refused.data()["required"], "user.card.export");
    let leaves: Vec<&str> = view.into_iter().chain(["user.card.export"]).collect();
    let token = world.who_may(&world.merchant, "takes", &leaves).await;
    let reply = world.get(&token, &format!("{CARDS}?format=csv")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8");
    let disposition = reply.headers["content-disposition"].to_str().expect("text");
    assert_eq!(disposition, "attachment; filename=\"cards.csv\"");
    let text = reply.body.as_str().expect("text");
    assert!(text.starts_with("\u{feff}card_no,status,"), "{text}");
    assert!(text.contains("OWN1,active,"), "{text}");
    assert!(text.contains("138****8000"), "{text}");
    let head = text.lines().next().unwrap_or_default();
    assert!(
        head.split(',').all(|column| column != "limit_fen"),
        "{text}"
    );
    assert!(!text.contains("FOREIGN"), "{text}");
    // The filters hold, and hidden ones are refused here as well.
    let none = world
        .get(&token, &format!("{CARDS}?format=csv&status=lost"))
        .await;
    let text = none.body.as_str().expect("text");
    let (heading, rest) = text.split_once("\r\n").expect("a line");
    assert!(heading.starts_with("\u{feff}card_no,status,"), "{heading}");
    let mut columns: Vec<&str> = heading.trim_start_matches('\u{feff}').split(',').collect();
    let mut known: Vec<&str> = head.trim_start_matches('\u{feff}').split(',').collect();
    columns.sort_unstable();
    known.sort_unstable();
    assert_eq!(
        (columns, rest),
        (known, ""),
        "the same columns, and no rows"
    );
    world
        .get(&token, &format!("{CARDS}?format=csv&limit_fen=1"))
        .await
        .expect(403);
    world
        .get(&token, &format!("{CARDS}?format=csv&status=x"))
        .await
        .expect(400);
    let book = world.get(&token, &format!("{CARDS}?format=xlsx")).await;
    assert_eq!(book.status, 200);
    let bytes = book.body.as_str().expect("text");
    assert!(bytes.starts_with("PK"), "a zip file");
    world.lab.close().await;
}

#[tokio::test]
async fn many_rows_are_walked_and_formulas_defused() {
    let world = world().await;
    for number in 0..1100 {
        let holder = if number == 700 { "=cmd()" } else { "x" };
        let card = json!({"card_no":format!("C{number}"),"limit_fen":100,"holder":holder});
        world.lab.post(CARDS, card).await.expect(200);
    }
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let path = format!("{CARDS}?format=csv&page=7&size=3");
    let reply = world.lab.call(Method::GET, &path, &key, "").await;
    let text = reply.body.as_str().expect("text");
    // The heading, those of this test, and the two that the world has.
    assert_eq!(text.matches("\r\n").count(), 1 + 1100 + 2);
    assert!(text.contains(",'=cmd(),"), "defused");
    let reply = world
        .lab
        .call(Method::GET, &format!("{CARDS}?format=xlsx"), &key, "")
        .await;
    assert_eq!(reply.status, 200);
    world.lab.close().await;
}

#[tokio::test]
async fn times_are_read_in_china_and_who_confirms_may_take_the_list() {
    let world = world().await;
    let leaves = ["system.operation.view", "system.operation.export"];
    let token = world.who_may(&world.merchant, "boss", &leaves).await;
    let file = "/api/v1/admin/operations?format=csv";
    let reply = world.get(&token, file).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let heading = reply.body.as_str().expect("text");
    assert!(
        heading.starts_with("\u{feff}operation_id,kind,payload,"),
        "{heading}"
    );
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let reply = world.lab.call(Method::GET, file, &key, "").await;
    let text = reply.body.as_str().expect("text").to_owned();
    // The laboratory's clock stands at 1729407600.
    assert!(
        text.contains(",2024-10-20 15:00:00,2024-10-20 15:01:00,"),
        "{text}"
    );
    assert!(!text.contains("1729407"), "{text}");
    // What is no list of pages takes no such parameter.
    let refused = world.lab.get("/api/v1/admin/partners?format=csv").await;
    assert_eq!(refused.expect(400).field(), "format");
    world.lab.close().await;
}

/// Pages whose lists are taken as files, and the list behind each.
#[tokio::test]
async fn every_list_with_an_export_leaf_is_a_file() {
    let world = world().await;
    let leaves = domain::permission::default_tree().leaves();
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let document = crate::schema::Documented::load();
    let mut files = 0;
    for (method, path, operation) in document.operations() {
        let parameters = operation["parameters"].as_array();
        let paged = parameters.is_some_and(|list| list.iter().any(|p| p["name"] == "page"));
        let admin = path.starts_with("/api/v1/admin/");
        if method != Method::GET || !paged || !admin || path.contains('{') {
            continue;
        }
        let access = operation["x-permission"]["access"]
            .as_str()
            .unwrap_or_default();
        let page = access.rsplit_once('.').map_or(access, |(page, _)| page);
        if !leaves.contains(&format!("{page}.export")) {
            continue;
        }
        // It takes the parameters of a list and shows none.
        if operation["operationId"] == "ledger_sums" {
            let file = format!("{path}?format=csv");
            let refused = world.lab.call(Method::GET, &file, &key, "").await;
            assert_eq!(refused.expect(400).field(), "format");
            continue;
        }
        let file = world
            .lab
            .call(Method::GET, &format!("{path}?format=csv"), &key, "")
            .await;
        assert_eq!(file.status, 200, "{path}: {}", file.body);
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        let text = file.body.as_str().expect("text");
        let heading = text.trim_start_matches('\u{feff}').lines().next();
        assert!(
            heading.is_some_and(|line| !line.is_empty()),
            "{path} has a heading"
        );
        assert!(!text.contains("\"\""), "{path} shows JSON: {text}");
        let book = format!("{path}?format=xlsx");
        let book = world.lab.call(Method::GET, &book, &key, "").await;
        assert_eq!(book.status, 200, "{path}");
        files += 1;
    }
    assert!(files >= 12, "{files}");
    world.lab.close().await;
}
