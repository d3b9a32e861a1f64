//! Runs what asks clusters and registries, for the parts of the program that wait for the answer.
//! What is asked is not known here.

use crate::exit::{Exit, Failure};

/// Runs requests to their end. What then still runs beside them, as a look-up of a name that has no
/// answer, is not waited for.
pub(crate) fn block_on<T>(requests: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|it| Failure {
        exit: Exit::Unreachable,
        message: format!("cannot start: {it}"),
        help: String::new(),
    })?;
    let done = runtime.block_on(requests);
    runtime.shutdown_background();
    Ok(done)
}
