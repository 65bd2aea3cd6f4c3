//! HTTP: third-party API, read API, operations, OpenAPI document. No business rule lives here.
