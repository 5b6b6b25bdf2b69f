//! The one tokio runtime and the one lance session of a process.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::Arc;

use futures::FutureExt;
use lance::session::Session;
use tokio::runtime::Runtime;

use crate::error::{BridgeError, Code, Result};
use crate::guard::panic_error;
use crate::limits;

/// LanceDB's default caches take up to 7 GiB per session; what metaxy reads again are manifests and file footers. A
/// third of this is for indices.
static CACHE_BYTES: AtomicUsize = AtomicUsize::new(192 << 20);

/// Planning recurses deeply, and more deeply here because the planners are compiled for size.
const THREAD_STACK_BYTES: usize = 8 << 20;

struct Process {
    id: u32,
    runtime: Runtime,
    session: Arc<Session>,
}

/// That of the process which has used this library last: in a forked child, the parent's until the child makes its own.
/// The parent's is never freed there, since its threads and whoever holds its locks are not in the child. A pointer
/// instead of a lock, which could be held at the moment of the fork.
static PROCESS: AtomicPtr<Process> = AtomicPtr::new(null_mut());

fn process() -> Result<&'static Process> {
    let seen = PROCESS.load(Ordering::Acquire);
    // SAFETY: what is in PROCESS is never freed.
    if let Some(process) = unsafe { seen.as_ref() }.filter(|process| is_current(process.id)) {
        return Ok(process);
    }
    let made = Box::into_raw(Box::new(build()?));
    match PROCESS.compare_exchange(seen, made, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: as above.
        Ok(_) => Ok(unsafe { &*made }),
        Err(faster) => {
            // SAFETY: nobody else has seen `made`, and a thread of this process was faster.
            drop(unsafe { Box::from_raw(made) });
            Ok(unsafe { &*faster })
        }
    }
}

/// Whether what was made in the process `id` can be used in this one, which may be a fork of it.
pub fn is_current(id: u32) -> bool {
    id == std::process::id()
}

/// Fails for what was made in the process that this one was forked from. Its threads are in the parent, and a call
/// would wait for them forever.
pub fn check_made_here(id: u32, what: &str) -> Result<()> {
    if is_current(id) {
        return Ok(());
    }
    Err(BridgeError::not_supported(format!(
        "the {what} was opened before this process was forked, and can be used in the parent only; open another one"
    )))
}

fn build() -> Result<Process> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(2))
        .thread_name("metaxy-lancedb")
        .thread_stack_size(THREAD_STACK_BYTES)
        .enable_all()
        .build()
        .map_err(|e| {
            BridgeError::new(
                Code::ResourceExhausted,
                format!("cannot start the threads of LanceDB: {e}"),
            )
        })?;
    let cache_bytes = CACHE_BYTES.load(Ordering::Relaxed);
    let session = Arc::new(Session::new(
        cache_bytes / 3,
        cache_bytes / 3 * 2,
        Arc::default(),
    ));
    Ok(Process {
        id: std::process::id(),
        runtime,
        session,
    })
}

/// How much the caches may take, if they are not there yet.
pub fn wish_for_caches(bytes: usize) {
    CACHE_BYTES.store(bytes, Ordering::Relaxed);
}

pub fn session() -> Result<Arc<Session>> {
    Ok(process()?.session.clone())
}

/// Starts `future` on the runtime without waiting for it.
pub fn spawn<F>(future: F) -> Result<tokio::task::JoinHandle<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Ok(process()?.runtime.spawn(future))
}

/// Waits for a task on the calling thread. On a deadline or stop request, the task is dropped where
/// it waits, together with its pending requests.
pub fn wait<T>(task: tokio::task::JoinHandle<Result<T>>) -> Result<T> {
    let abort = task.abort_handle();
    match limits::wait(task) {
        Ok(Ok(result)) => result,
        Ok(Err(failed)) => match failed.try_into_panic() {
            Ok(payload) => Err(panic_error(payload.as_ref())),
            Err(_) => Err(BridgeError::new(Code::Internal, "the task was cancelled")),
        },
        Err(limit) => {
            abort.abort();
            Err(limit)
        }
    }
}

/// Runs `future` on the runtime's own threads, whose stacks are known to be large enough, and waits
/// for it.
pub fn run<T, F>(future: F) -> Result<T>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    wait(spawn(catching(future))?)
}

/// A panic becomes an error on the thread that it happens on, which alone knows its place.
pub async fn catching<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(result) => result,
        Err(payload) => Err(panic_error(payload.as_ref())),
    }
}

/// As [`run`], for calls that read files of a table.
pub fn read<T, F>(future: F) -> Result<T>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    run(future).map_err(crate::damage::reading)
}
