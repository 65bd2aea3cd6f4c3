//! Spans of flows on their way to an OpenTelemetry collector. A flow's id is the trace's; a span
//! without one is that of the first span within it that has one, or is not told at all.

use crate::config::HttpUrl;
use anyhow::Context as _;
use kernel::TraceId;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks,
    SpanProcessor as _,
};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The field that names the flow.
const TRACE_ID: &str = "trace_id";
/// What is not sent when the program ends is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// What sends the spans.
pub(super) struct Sending(Arc<BatchSpanProcessor>);

impl Sending {
    /// Sends what is left.
    pub(super) fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            eprintln!("some spans were not sent: {error}");
        }
    }
}

/// The layer that takes spans, and what sends them.
pub(super) fn layer(endpoint: &HttpUrl) -> anyhow::Result<(Flows, Sending)> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint.as_str())
        .build()
        .context("otel.endpoint")?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    let resource = Resource::builder().with_service_name("openpile").build();
    processor.set_resource(&resource);
    let processor = Arc::new(processor);
    let flows = Flows {
        processor: processor.clone(),
        scope: InstrumentationScope::builder("openpile")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
        ids: RandomIdGenerator::default(),
    };
    Ok((flows, Sending(processor)))
}

/// Spans of flows and nothing else.
pub(super) fn only() -> Targets {
    Targets::new().with_target(app::FLOW, LevelFilter::TRACE)
}

/// Takes spans when they end.
pub(super) struct Flows {
    processor: Arc<BatchSpanProcessor>,
    scope: InstrumentationScope,
    ids: RandomIdGenerator,
}

/// A span that has not ended.
struct Open {
    id: SpanId,
    begun: SystemTime,
    fields: Fields,
}

#[derive(Default)]
struct Fields {
    trace: Option<TraceId>,
    others: Vec<KeyValue>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.note(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.to_owned());
    }
}

impl Fields {
    fn note(&mut self, field: &Field, value: String) {
        if field.name() == TRACE_ID {
            self.trace = value.parse().ok();
        } else {
            self.others.push(KeyValue::new(field.name(), value));
        }
    }
}

impl<S> Layer<S> for Flows
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(Open {
            id: self.ids.new_span_id(),
            begun: machine_time(),
            fields,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        let Some(open) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        let Some(trace) = open.fields.trace else {
            return;
        };
        let mut parent_id = SpanId::INVALID;
        if let Some(parent) = span.parent()
            && let Some(around) = parent.extensions_mut().get_mut::<Open>()
            && *around.fields.trace.get_or_insert(trace) == trace
        {
            parent_id = around.id;
        }
        let trace = opentelemetry::trace::TraceId::from_bytes(trace.to_bytes());
        let sampled = TraceFlags::SAMPLED;
        let name = span.name();
        self.processor.on_end(SpanData {
            span_context: SpanContext::new(trace, open.id, sampled, false, TraceState::default()),
            parent_span_id: parent_id,
            parent_span_is_remote: false,
            span_kind: kind_of(name),
            name: name.into(),
            start_time: open.begun,
            end_time: machine_time(),
            attributes: open.fields.others,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        });
    }
}

fn kind_of(name: &str) -> SpanKind {
    match name {
        "API call" => SpanKind::Server,
        "webhook attempt" => SpanKind::Client,
        "command sent" => SpanKind::Producer,
        "device event" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "spans say when they were, whatever the program's clock was set to"
)]
fn machine_time() -> SystemTime {
    SystemTime::now()
}
