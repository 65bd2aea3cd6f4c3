//! HTTP: third-party API, administration, operations, OpenAPI document. No business rule lives
//! here: handlers read the request, call one use case of `app`, and shape the answer.
//!
//! A call passes, from the outside in: [`serve()`] (connections, their limits), `call` (request
//! id, deadline, panics, metrics), `access` (keys, signatures, replays, rates), `idempotency`,
//! the handler. Every refusal is a `Failure`, every answer an `Envelope`.
//!
//! ```text
//! /api/v1/third/…   third-party API                  X-Api-Key
//! /api/v1/admin/…   administration                   X-Api-Key with the scope `admin`
//! /api/v1/admin/live  hints for open pages           a WebSocket, its first message is a token
//! /api/devices/{id} whether a device is online       open, can be switched off
//! /healthz /readyz /metrics /openapi.json /docs      open
//! ```

mod access;
mod admin;
mod call;
mod choice;
mod console;
mod document;
mod envelope;
mod failure;
mod forwarded;
mod idempotency;
mod member;
mod open;
mod operations;
mod packing;
mod pay;
mod payload;
mod push;
mod resting;
mod router;
mod routes;
mod run_to_end;
mod serve;
mod settings;
mod staff;
mod state;
mod system;
mod third;
mod ticket;
mod view;
mod words;

pub use access::{ADMIN_SCOPE, Bucket, Rates};
pub use admin::certification_json;
pub use push::LiveRules;
pub use router::{openapi, router};
pub use serve::{serve, serve_with};
pub use settings::{Partner, Settings};
pub use state::{Api, Peer, Readiness};
