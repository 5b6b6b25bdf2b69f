//! Arrow streams that C passes in.

use std::ffi::CStr;
use std::sync::Arc;

use arrow_array::ffi::{from_ffi_and_data_type, FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchOptions, StructArray};
use arrow_data::transform::MutableArrayData;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Schema, SchemaRef};
use futures::stream::poll_fn;
use lancedb::arrow::{SendableRecordBatchStream, SimpleRecordBatchStream};
use tokio::sync::mpsc;

use crate::error::{BridgeError, Code, Result};
use crate::facts::Kind;
use crate::guard::caught;
use crate::limits;
use crate::output_stream;
use crate::runtime;

/// A stream owned from here on: dropping it calls its `release`.
pub struct Consumed(FFI_ArrowArrayStream);

/// Takes the stream out of the caller's struct. Called before anything fallible, so that it is
/// consumed on every path.
///
/// # Safety `stream` is NULL or points to an initialised `ArrowArrayStream`.
pub unsafe fn consume(stream: *mut FFI_ArrowArrayStream) -> Consumed {
    if stream.is_null() {
        return Consumed(FFI_ArrowArrayStream::empty());
    }
    // SAFETY: by the contract of this function.
    Consumed(unsafe { FFI_ArrowArrayStream::from_raw(stream) })
}

/// Takes a schema out of the caller's struct.
///
/// # Safety
/// `schema` is NULL or points to an initialised `ArrowSchema`.
pub unsafe fn consume_schema(schema: *mut FFI_ArrowSchema) -> Option<FFI_ArrowSchema> {
    if schema.is_null() {
        return None;
    }
    // SAFETY: by the contract of this function.
    let schema = unsafe { FFI_ArrowSchema::from_raw(schema) };
    Some(schema)
}

pub struct InputStream {
    stream: FFI_ArrowArrayStream,
    schema: SchemaRef,
}

impl InputStream {
    pub fn open(consumed: Consumed, name: &str) -> Result<Self> {
        let mut stream = consumed.0;
        let (Some(get_schema), Some(_), Some(_)) =
            (stream.get_schema, stream.get_next, stream.release)
        else {
            return Err(BridgeError::invalid(format!(
                "argument '{name}' is NULL or released"
            )));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: the stream is live, and the callback fills the struct or fails.
        let errno = unsafe { get_schema(&raw mut stream, &raw mut schema) };
        if errno != 0 {
            return Err(failure(&mut stream, errno));
        }
        let schema = Schema::try_from(&schema)
            .map_err(|e| BridgeError::invalid(format!("the schema of the input stream: {e}")))?;
        Ok(Self {
            stream,
            schema: Arc::new(schema),
        })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(get_next) = self.stream.get_next else {
            return Ok(None);
        };
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the stream is live, and the callback fills the struct or fails.
        let errno = unsafe { get_next(&raw mut self.stream, &raw mut array) };
        if errno != 0 {
            return Err(failure(&mut self.stream, errno));
        }
        if array.is_released() {
            return Ok(None);
        }
        let schema = self.schema.clone();
        // Arrow asserts that lengths fit, and panics if a producer got them wrong.
        caught(move || import(array, schema))
            .map(Some)
            .map_err(|e| {
                BridgeError::invalid(format!("a batch of the input stream is malformed: {e}"))
            })
    }

    /// The first batch with rows.
    pub fn next_with_rows(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(batch) = self.next()? {
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

fn import(array: FFI_ArrowArray, schema: SchemaRef) -> Result<RecordBatch> {
    let data_type = DataType::Struct(schema.fields().clone());
    // SAFETY: the producer guarantees that the array has the stream's schema.
    let data = unsafe { from_ffi_and_data_type(array, data_type) };
    let mut data = data.map_err(|e| BridgeError::invalid(e.to_string()))?;
    // Arrow C++ may slice buffers or map files at addresses that Rust's types do not allow.
    data.align_buffers();
    let rows = data.len();
    let (_, columns, _) = StructArray::from(with_own_dictionaries(data)).into_parts();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options)
        .map_err(|e| BridgeError::invalid(e.to_string()))
}

/// The same array with copied dictionaries. Lance keeps those of a schema in its caches for the
/// lifetime of the process, and a buffer of an imported batch keeps the whole batch alive.
fn with_own_dictionaries(data: ArrayData) -> ArrayData {
    let is_dictionary = matches!(data.data_type(), DataType::Dictionary(..));
    if !is_dictionary && data.child_data().is_empty() {
        return data;
    }
    let children = data.child_data().iter().cloned();
    let children = if is_dictionary {
        children.map(|values| copy(&values)).collect()
    } else {
        children.map(with_own_dictionaries).collect()
    };
    let builder = data.into_builder().child_data(children);
    // SAFETY: the children are replaced with equal ones.
    unsafe { builder.build_unchecked() }
}

fn copy(data: &ArrayData) -> ArrayData {
    let mut copy = MutableArrayData::new(vec![data], false, data.len());
    copy.extend(0, 0, data.len());
    copy.freeze()
}

/// The producer's error message.
fn failure(stream: &mut FFI_ArrowArrayStream, errno: i32) -> BridgeError {
    if let Some(error) = output_stream::last_error(stream) {
        return error;
    }
    let text = stream.get_last_error.and_then(|get_last_error| {
        // SAFETY: the stream is live; the text is valid until its next call.
        let text = unsafe { get_last_error(&raw mut *stream) };
        // SAFETY: C returns NULL or a NUL-terminated string.
        (!text.is_null()).then(|| {
            unsafe { CStr::from_ptr(text) }
                .to_string_lossy()
                .into_owned()
        })
    });
    let text = text.unwrap_or_else(|| format!("errno {errno}"));
    let code = match errno {
        12 => Code::ResourceExhausted,
        5 => Code::Io,
        _ => Code::InvalidInput,
    };
    BridgeError::new(
        code,
        format!("the input stream failed: {}", crate::words::one_line(&text)),
    )
}

/// Runs an asynchronous writer over a stream of the caller. The calling thread reads the stream and
/// passes batches on, so that the caller's callbacks never run on threads of the runtime (where
/// they could wait for it forever).
///
/// `first` is a batch that has already been read.
pub fn feed<T, F, W>(mut input: InputStream, first: Option<RecordBatch>, write: W) -> Result<T>
where
    W: FnOnce(SendableRecordBatchStream) -> F,
    F: std::future::Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel::<lancedb::Result<RecordBatch>>(2);
    let batches = SimpleRecordBatchStream {
        schema: input.schema().clone(),
        stream: poll_fn(move |context| receiver.poll_recv(context)),
    };
    let task = runtime::spawn(runtime::catching(write(Box::pin(batches))))?;
    let abort = task.abort_handle();
    let pumped = caught(|| {
        let mut next = match first {
            Some(batch) => Some(batch),
            None => input.next()?,
        };
        while let Some(batch) = next {
            // Fails once the writer has given up; its own result has the reason.
            if limits::wait(sender.send(Ok(batch)))?.is_err() {
                break;
            }
            next = input.next()?;
        }
        Ok(())
    });
    if let Err(error) = pumped {
        if matches!(error.facts.kind, Kind::Deadline | Kind::Stopped) {
            // The writer has not seen the end of the rows, so it has committed nothing, and will
            // not.
            abort.abort();
            return Err(error);
        }
        // A stream that simply ended here would be committed as if it were complete.
        let source = Box::new(error.clone());
        let sent = limits::wait(sender.send(Err(lancedb::Error::External { source })));
        drop(sender);
        match sent {
            Ok(_) => drop(runtime::wait(task)),
            Err(_) => abort.abort(),
        }
        return Err(error);
    }
    drop(sender);
    runtime::wait(task).map_err(BridgeError::after_commit)
}
