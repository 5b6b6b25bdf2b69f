//! Limits of a call: deadline and cancellation.

use std::cell::Cell;
use std::ffi::c_void;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::error::{BridgeError, Code, Result};
use crate::facts::Kind;
use crate::guard::guard_value;

/// The longest time that a stop request goes unnoticed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

type ShouldStop = unsafe extern "C" fn(*mut c_void) -> i32;

/// `mxl_call_limits` of the header.
#[repr(C)]
pub struct CallLimits {
    struct_size: usize,
    time_ms: i64,
    should_stop: Option<ShouldStop>,
    context: *mut c_void,
}

#[derive(Clone, Copy)]
pub struct Limits {
    deadline: Option<Instant>,
    should_stop: Option<(ShouldStop, *mut c_void)>,
}

const NONE: Limits = Limits {
    deadline: None,
    should_stop: None,
};

thread_local! {
    static CURRENT: Cell<Limits> = const { Cell::new(NONE) };
}

#[no_mangle]
pub unsafe extern "C" fn mxl_set_call_limits(limits: *const CallLimits) {
    guard_value((), || {
        // SAFETY: the contract of the header.
        let limits = unsafe { limits.as_ref() };
        CURRENT.set(limits.map_or(NONE, |limits| {
            Limits {
                deadline: u64::try_from(limits.time_ms)
                    .ok()
                    .and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms))),
                should_stop: limits.should_stop.map(|stop| (stop, limits.context)),
            }
        }));
    });
}

impl Limits {
    /// Those of the calling thread.
    pub fn current() -> Self {
        CURRENT.get()
    }

    pub fn check(&self) -> Result<()> {
        if let Some((should_stop, context)) = self.should_stop {
            // SAFETY: by the contract of the header both are valid while the limits are set.
            if unsafe { should_stop(context) } != 0 {
                let message = "stopped by the caller";
                return Err(BridgeError::of_kind(
                    Code::Cancelled,
                    Kind::Stopped,
                    message,
                ));
            }
        }
        if self.deadline.is_some_and(|at| Instant::now() >= at) {
            let mut error = BridgeError::of_kind(
                Code::Timeout,
                Kind::Deadline,
                "the deadline passed before the store answered",
            );
            error.retryable = true;
            return Err(error);
        }
        Ok(())
    }

    /// How long to wait before checking again; None: until there is a result.
    fn patience(&self) -> Option<Duration> {
        let left = self
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()));
        match (left, self.should_stop) {
            (None, None) => None,
            (Some(left), None) => Some(left),
            (left, Some(_)) => Some(left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY))),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on the calling thread for a result of other threads, within the limits of this thread.
pub fn wait<F: Future>(future: F) -> Result<F::Output> {
    let limits = Limits::current();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        limits.check()?;
        match limits.patience() {
            Some(time) => std::thread::park_timeout(time),
            None => std::thread::park(),
        }
    }
}
