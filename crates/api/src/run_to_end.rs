use crate::call::Call;
use crate::failure::Failure;
use app::{AppError, carry_trace};
use std::future::Future;
use tracing::error;

/// Runs a use case that writes in a task of its own. A caller who hangs up, or a deadline that
/// passes, then cannot cut it in two between the database and what memory knows.
pub(crate) async fn run_to_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::spawn(carry_trace(work)).await {
        Ok(result) => result.map_err(Failure::from),
        Err(ended) => {
            error!(request_id = %Call::current().id, error = %ended, "a use case did not end");
            Err(Failure::internal())
        }
    }
}
