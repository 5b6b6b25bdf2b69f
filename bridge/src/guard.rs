//! Panic containment.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

use crate::error::{BridgeError, Code, MxlError, Result};

thread_local! {
    static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics become errors that carry message and location, so the default hook, which prints them to
/// stderr of the host program, is kept only with RUST_BACKTRACE=full. The hook is that of this
/// library: a cdylib has its own `std`.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v == "full") {
            return;
        }
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map(|l| {
                let file = l.file().rsplit('/').next().unwrap_or_default();
                format!("{file}:{}", l.line())
            });
            PANIC_PLACE.with_borrow_mut(|p| *p = place);
        }));
    });
}

/// The failure for a caught panic.
pub fn panic_error(payload: &(dyn Any + Send)) -> BridgeError {
    let text = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_string())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_string());
    // Known on the thread of the panic alone: `runtime::catching` asks there.
    let place = PANIC_PLACE.with_borrow_mut(Option::take);
    let place = place.map(|p| format!(" ({p})")).unwrap_or_default();
    let text = crate::words::one_line(&text);
    BridgeError {
        cause: text.clone(),
        ..BridgeError::new(Code::Panic, format!("LanceDB panicked: {text}{place}"))
    }
}

/// Runs `f`, with panics as errors.
pub fn caught<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    install_hook();
    // State that a panic leaves half-changed is private to the call or behind locks that recover.
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) => Err(panic_error(payload.as_ref())),
    }
}

/// The body of every fallible exported function.
pub fn guard(error: *mut MxlError, f: impl FnOnce() -> Result<()>) -> i32 {
    match caught(f) {
        Ok(()) => 0,
        Err(failure) => {
            // SAFETY: rule 2 of the header: NULL, zeroed, or filled by this library.
            unsafe { MxlError::fill(error, &failure) };
            failure.code as i32
        }
    }
}

/// The body of infallible exported functions: `mxl_x_free`, `mxl_x_count`.
pub fn guard_value<T>(default: T, f: impl FnOnce() -> T) -> T {
    caught(|| Ok(f())).unwrap_or(default)
}
