//! Replacing all that a table holds.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use lance::dataset::transaction::Operation;
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance::Dataset;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt};

use crate::error::{BridgeError, Code, Explain, MxlError, Result};
use crate::ffi;
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::table::{MxlTable, Source};
use crate::write::{refuse_derived, WriteOptions};

#[no_mangle]
pub unsafe extern "C" fn mxl_table_replace(
    table: *mut MxlTable,
    stream: *mut FFI_ArrowArrayStream,
    options: *const WriteOptions,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let stream = unsafe { input_stream::consume(stream) };
        // SAFETY: the contract of the header.
        let (table, options, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::options(options)?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let write_id = options.write_id()?;
        let input = InputStream::open(stream, "stream")?;
        let name = table.shared.name.clone();
        let Source::Native(dataset) = table.source() else {
            return Err(BridgeError::not_supported(format!(
                "cannot replace the content of table '{name}': a server cannot do it in one commit"
            )));
        };
        refuse_derived(&dataset, &name)?;
        let params = options.params(WriteMode::Overwrite).unwrap_or(WriteParams {
            mode: WriteMode::Overwrite,
            ..Default::default()
        });
        let params = write_id.mark(params);
        out_version.set(replace(dataset, name, input, params)?);
        Ok(())
    })
}

/// Built on the version that the handle reads, and committed only if no other follows it: lance would else lay it over
/// whatever others have written meanwhile.
fn replace(
    dataset: Arc<Dataset>,
    table: String,
    input: InputStream,
    params: WriteParams,
) -> Result<u64> {
    input_stream::feed(
        input,
        None,
        move |batches: SendableRecordBatchStream| async move {
            let what = || format!("cannot replace the content of table '{table}'");
            let insert = InsertBuilder::new(dataset.clone()).with_params(&params);
            let written = insert.execute_uncommitted_stream(batches.into_df_stream());
            let mut transaction = written.await.doing(what)?;
            // The properties of the table stay, as its configuration and its tags do by themselves.
            if let Operation::Overwrite { schema, .. } = &mut transaction.operation {
                for (key, value) in &dataset.schema().metadata {
                    let kept = schema.metadata.entry(key.clone());
                    kept.or_insert_with(|| value.clone());
                }
            }
            // No retries make an overwrite strict: it is refused if its version is taken.
            let commit = CommitBuilder::new(dataset).with_max_retries(0);
            match commit.execute(transaction).await {
                Ok(replaced) => Ok(replaced.version_id()),
                Err(e) => {
                    let mut error =
                        BridgeError::from_source(&what(), &e, crate::classify::Missing::File);
                    // Whoever read anew may try again.
                    error.retryable |= error.code == Code::CommitConflict;
                    Err(error)
                }
            }
        },
    )
}
