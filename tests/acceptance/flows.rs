//! Spans of a flow on their way to an OpenTelemetry collector; only where the program was built with
//! the feature `otel`.

use crate::harness::site::body_a;
use crate::harness::{DEVICE, Engine, Site, eventually, full_hour};
use kernel::TraceId;
use testkit::receiver::TestReceiver;

/// What every flow of a charge consists of.
const NAMES: [&str; 5] = [
    "API call",
    "command sent",
    "device event",
    "settlement",
    "webhook attempt",
];
/// In a span's message its name follows its trace id within so many bytes: ids of spans, flags.
const NAME_WITHIN: usize = 48;

/// Whether a span of that name and trace is in an export. Fields of a span are written in the order
/// of their numbers, the trace's id first and the name soon after.
fn tells(export: &[u8], trace: TraceId, name: &str) -> bool {
    let id = trace.to_bytes();
    let places = (0..export.len().saturating_sub(id.len()))
        .filter(|place| export[*place..].starts_with(&id));
    places.into_iter().any(|place| {
        let end = (place + id.len() + NAME_WITHIN).min(export.len());
        let span = &export[place..end];
        span.windows(name.len()).any(|part| part == name.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_goes_from_the_call_to_the_webhook() {
    let collector = TestReceiver::start().await.expect("a free port");
    let endpoint = collector.url_of("/v1/traces");
    let mut site = Site::with(Engine::Sqlite, &[("OTEL__ENDPOINT", &endpoint)]).await;
    let device = site.device(full_hour(DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    site.wait_status(&order_no, "completed").await;
    let ended = site.event("charging.ended", &order_no).await;
    let parent = ended.traceparent.clone().expect("the flow of the order");
    let trace = TraceId::from_traceparent(&parent).expect("a trace id");
    assert!(site.program.stop().await.success());
    eventually("every span of the flow", async || {
        let exports: Vec<_> = collector.received();
        let missing = NAMES.iter().find(|name| {
            !exports
                .iter()
                .any(|export| tells(&export.body, trace, name))
        });
        missing.is_none().then_some(())
    })
    .await;
}

#[test]
fn an_address_that_is_none_is_refused_with_its_key() {
    let mut command = std::process::Command::new(crate::harness::program::binary());
    command
        .args(["config", "check"])
        .env("OPENPILE__OTEL__ENDPOINT", "collector:4318");
    let told = command.output().expect("the program can be started");
    let text = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        !told.status.success() && text.contains("OTEL__ENDPOINT"),
        "{text}"
    );
}
