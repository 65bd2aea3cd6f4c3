//! The flow that the work at hand belongs to. A call brings its id along; what begins at a device
//! gets one with its order; commands and webhooks have their order's.

use kernel::TraceId;
use std::future::Future;
use tracing::Instrument as _;

/// What spans of flows are under. Below the usual level of the log, so that they cost nothing where
/// nobody wants them; the work of a heartbeat has none at all.
pub const FLOW: &str = "flow";

tokio::task_local! {
    static TRACE: TraceId;
}

/// A flow that begins now.
pub fn new_trace() -> TraceId {
    loop {
        if let Some(id) = TraceId::from_bytes(rand::random()) {
            return id;
        }
    }
}

/// The flow of the work at hand; none outside of any.
pub fn current_trace() -> Option<TraceId> {
    TRACE.try_with(|id| *id).ok()
}

/// Does work as part of a flow.
pub fn within_trace<F: Future>(id: TraceId, work: F) -> impl Future<Output = F::Output> {
    TRACE.scope(id, work)
}

/// Takes the flow along into a task of its own; outside of any it begins one.
pub fn carry_trace<F: Future>(work: F) -> impl Future<Output = F::Output> {
    TRACE.scope(
        current_trace().unwrap_or_else(new_trace),
        work.in_current_span(),
    )
}

#[cfg(test)]
mod tests {
    use super::{carry_trace, current_trace, new_trace, within_trace};

    #[tokio::test]
    async fn work_knows_its_flow_in_other_tasks_as_well() {
        assert_eq!(current_trace(), None);
        let id = new_trace();
        let seen = within_trace(id, async {
            let lost = tokio::spawn(async { current_trace() }).await;
            let kept = tokio::spawn(carry_trace(async { current_trace() })).await;
            (current_trace(), lost.expect("ended"), kept.expect("ended"))
        });
        assert_eq!(seen.await, (Some(id), None, Some(id)));
    }
}
