//! The document itself.

use crate::schema::Documented;

/// A change of the API shows as a change of this snapshot.
#[test]
fn the_document_is_as_committed() {
    let document: serde_json::Value =
        serde_json::from_str(&api::openapi().to_json().expect("JSON")).expect("JSON");
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn every_operation_says_what_it_is() {
    let document = Documented::load();
    let mut ids = Vec::new();
    for (method, path, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty(), "{method} {path} has no operation id");
        assert!(
            operation["summary"].is_string(),
            "{method} {path} has no summary"
        );
        assert!(
            operation["tags"][0].is_string(),
            "{method} {path} has no tag"
        );
        assert!(
            operation["responses"]["200"].is_object(),
            "{method} {path} never succeeds"
        );
        // By these people get in, or see what stands before they do.
        let doors = [
            "member_send_code",
            "member_log_in",
            "member_refresh",
            "member_banners",
            "member_site",
        ];
        let door = doors.contains(&id);
        if path.starts_with("/api/v1/") && !door {
            assert!(
                operation["security"].is_array(),
                "{method} {path} needs a key"
            );
            for status in ["401", "403", "429", "500", "503"] {
                let refusal = &operation["responses"][status];
                assert!(
                    refusal.is_object(),
                    "{method} {path} does not document {status}"
                );
            }
        }
        ids.push(id.to_owned());
    }
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "operation ids repeat");
}
