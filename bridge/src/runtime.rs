//! The one tokio runtime and the one lance session of the process.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

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

static PROCESS: OnceLock<Process> = OnceLock::new();

fn process() -> Result<&'static Process> {
    if let Some(process) = PROCESS.get() {
        check_process()?;
        return Ok(process);
    }
    let made = build()?;
    // That of a thread that was faster counts.
    Ok(PROCESS.get_or_init(|| made))
}

/// Fails in a child that was forked after the runtime was built: its threads, and the threads that hold locks of the
/// libraries below, exist only in the parent, and a call would wait for them forever.
pub fn check_process() -> Result<()> {
    match PROCESS.get() {
        Some(process) if process.id != std::process::id() => Err(BridgeError::not_supported(
            "LanceDB was used before this process was forked and cannot be used after it; open stores after forking",
        )),
        _ => Ok(()),
    }
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
