//! What the embedded engine panics on comes back as an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use qdrant_edge::OperationResult;

use super::points::engine_error;
use crate::store::StoreError;

/// Runs a call of the engine; its errors and panics come back with what was being done.
pub fn guarded<T>(
    operation: &str,
    mut call: impl FnMut() -> OperationResult<T>,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(&mut call)) {
        Ok(result) => result.map_err(|error| engine_error(operation, error)),
        Err(panic) => Err(engine_error(operation, panic_message(panic.as_ref()))),
    }
}

/// What a panic said.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the engine panicked".to_owned())
}
