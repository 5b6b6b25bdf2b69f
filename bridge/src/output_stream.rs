//! Arrow streams returned to C.

use std::ffi::{c_char, c_int, CString};
use std::panic::AssertUnwindSafe;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::SchemaRef;
use futures::future::poll_fn;
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::error::{c_string, BridgeError, Code, MxlError, Result};
use crate::guard::{caught, guard, guard_value, panic_error};
use crate::limits;
use crate::runtime;

/// Batches waiting for the consumer, besides those that lance decodes ahead.
const BATCHES_AHEAD: usize = 2;

/// `None` is the end; a channel that closes without it has lost its sender.
type Item = Result<Option<RecordBatch>>;

struct Output {
    what: String,
    schema: SchemaRef,
    batches: mpsc::Receiver<Item>,
    reader: AbortHandle,
    ended: bool,
    /// Errors are sticky: a consumer that continues after one gets it again.
    error: Option<(BridgeError, CString)>,
}

impl Drop for Output {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Starts reading `batches` on the runtime, ahead of the consumer. `what` names the operation in
/// failures.
pub fn export<S>(what: String, schema: SchemaRef, batches: S) -> Result<FFI_ArrowArrayStream>
where
    S: Stream<Item = Result<RecordBatch>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel::<Item>(BATCHES_AHEAD);
    let doing = what.clone();
    let reader = runtime::spawn(async move {
        let read = AssertUnwindSafe(read(batches, &sender))
            .catch_unwind()
            .await;
        let last = read.unwrap_or_else(|payload| Err(panic_error(payload.as_ref())));
        let last = last
            .map(|()| None)
            .map_err(|e| crate::damage::reading(e.about(|| what)));
        // Fails if the consumer is gone, and then it does not matter.
        let _ = sender.send(last).await;
    })?;
    let output = Box::new(Output {
        what: doing,
        schema,
        batches: receiver,
        reader: reader.abort_handle(),
        ended: false,
        error: None,
    });
    Ok(FFI_ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release),
        private_data: Box::into_raw(output).cast(),
    })
}

async fn read<S>(batches: S, sender: &mpsc::Sender<Item>) -> Result<()>
where
    S: Stream<Item = Result<RecordBatch>>,
{
    let mut batches = std::pin::pin!(batches);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 && sender.send(Ok(Some(batch))).await.is_err() {
            break;
        }
    }
    Ok(())
}

impl Output {
    fn next(&mut self) -> Item {
        if let Some((error, _)) = &self.error {
            return Err(error.clone());
        }
        if self.ended {
            return Ok(None);
        }
        runtime::check_process()?;
        let batches = &mut self.batches;
        let next = limits::wait(poll_fn(|context| batches.poll_recv(context)));
        let next = next.map_err(|e| e.about(|| self.what.clone()))?;
        let next = next.unwrap_or_else(|| {
            Err(BridgeError::new(
                Code::Internal,
                "the reader of the stream is gone",
            ))
        })?;
        self.ended = next.is_none();
        Ok(next)
    }

    fn remember<T>(&mut self, result: Result<T>) -> std::result::Result<T, c_int> {
        result.map_err(|error| {
            let errno = error.code.errno();
            let text = c_string(&error.message);
            self.error = Some((error, text));
            errno
        })
    }
}

/// # Safety
/// `stream` is NULL or points to an initialised stream, which is used by one thread at a time.
unsafe fn output<'a>(stream: *mut FFI_ArrowArrayStream) -> Option<&'a mut Output> {
    // SAFETY: by the contract of this function.
    let stream = unsafe { stream.as_ref() }?;
    let ours = stream.release? as *const () == release as *const ();
    if !ours {
        return None;
    }
    // SAFETY: only `export` sets this `release`, together with its own private data.
    unsafe { stream.private_data.cast::<Output>().as_mut() }
}

/// The failure of a stream, if it is one of this library.
pub fn last_error(stream: &mut FFI_ArrowArrayStream) -> Option<BridgeError> {
    // SAFETY: the reference is live and exclusive.
    let output = unsafe { output(stream) }?;
    output.error.as_ref().map(|(error, _)| error.clone())
}

const EINVAL: c_int = 22;

unsafe extern "C" fn get_schema(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowSchema,
) -> c_int {
    guard_value(EINVAL, || {
        // SAFETY: the contract of the Arrow C stream interface.
        let Some(output) = (unsafe { output(stream) }) else {
            return EINVAL;
        };
        let schema = caught(|| {
            FFI_ArrowSchema::try_from(output.schema.as_ref()).map_err(|e| {
                BridgeError::new(
                    Code::NotSupported,
                    format!("the schema cannot be exported: {e}"),
                )
            })
        });
        match output.remember(schema) {
            Ok(schema) => {
                // SAFETY: the contract of the Arrow C stream interface: `out` is writable and holds nothing.
                unsafe { out.write(schema) };
                0
            }
            Err(errno) => errno,
        }
    })
}

unsafe extern "C" fn get_next(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArray,
) -> c_int {
    guard_value(EINVAL, || {
        // SAFETY: the contract of the Arrow C stream interface.
        let Some(output) = (unsafe { output(stream) }) else {
            return EINVAL;
        };
        let array = caught(|| {
            Ok(match output.next()? {
                Some(batch) => FFI_ArrowArray::new(&StructArray::from(batch).to_data()),
                // A released array is the end of a stream.
                None => FFI_ArrowArray::empty(),
            })
        });
        match output.remember(array) {
            Ok(array) => {
                // SAFETY: the contract of the Arrow C stream interface: `out` is writable and holds nothing.
                unsafe { out.write(array) };
                0
            }
            Err(errno) => errno,
        }
    })
}

unsafe extern "C" fn get_last_error(stream: *mut FFI_ArrowArrayStream) -> *const c_char {
    guard_value(std::ptr::null(), || {
        // SAFETY: the contract of the Arrow C stream interface.
        let output = unsafe { output(stream) };
        output
            .and_then(|output| output.error.as_ref())
            .map_or(std::ptr::null(), |(_, text)| text.as_ptr())
    })
}

unsafe extern "C" fn release(stream: *mut FFI_ArrowArrayStream) {
    guard_value((), || {
        // SAFETY: the contract of the Arrow C stream interface.
        let Some(stream) = (unsafe { stream.as_mut() }) else {
            return;
        };
        let private_data = std::mem::replace(&mut stream.private_data, std::ptr::null_mut());
        stream.release = None;
        // In a forked child the threads at the other end do not exist.
        if !private_data.is_null() && runtime::check_process().is_ok() {
            // SAFETY: it comes from `Box::into_raw` in `export` and is cleared above.
            drop(unsafe { Box::from_raw(private_data.cast::<Output>()) });
        }
    });
}

#[no_mangle]
pub unsafe extern "C" fn mxl_stream_error(
    stream: *mut FFI_ArrowArrayStream,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let Some(output) = (unsafe { output(stream) }) else {
            return Err(BridgeError::invalid(
                "argument 'stream' is NULL, released, or not a stream of this library",
            ));
        };
        match &output.error {
            Some((error, _)) => Err(error.clone()),
            None => Ok(()),
        }
    })
}
