//! Replacing the content of a table.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use lance::dataset::transaction::Operation;
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance::Dataset;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt};

use crate::error::{BridgeError, Code, MxlError, Result};
use crate::explain::Explain;
use crate::ffi;
use crate::guard::guard;
use crate::input_stream::{self, InputStream};
use crate::table::{MxlTable, Shared, Source};
use crate::write::{refuse_derived, WriteOptions};
use crate::written_files::WrittenFiles;

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
        // SAFETY: the contract of the header.
        let marks = unsafe { options.marks() }?;
        let input = InputStream::open(stream, "stream")?;
        let shared = table.shared.clone();
        let Source::Native(dataset) = table.source() else {
            return Err(BridgeError::not_supported(format!(
                "cannot replace the content of table '{}': a server cannot do it in one commit",
                shared.name
            )));
        };
        refuse_derived(&dataset, &shared.name)?;
        let params = options.params(WriteMode::Overwrite).unwrap_or(WriteParams {
            mode: WriteMode::Overwrite,
            ..Default::default()
        });
        let params = marks.on(params);
        out_version.set(replace(shared, dataset, input, params)?);
        Ok(())
    })
}

/// Based on the version that the handle reads, and committed only if no other follows it: otherwise
/// lance would apply it on top of whatever others have written meanwhile.
fn replace(
    shared: Arc<Shared>,
    dataset: Arc<Dataset>,
    input: InputStream,
    params: WriteParams,
) -> Result<u64> {
    let files = WrittenFiles::begin();
    input_stream::feed(
        input,
        None,
        move |batches: SendableRecordBatchStream| async move {
            let what = || format!("cannot replace the content of table '{}'", shared.name);
            let insert = InsertBuilder::new(dataset.clone()).with_params(&params);
            let written = insert.execute_uncommitted_stream(batches.into_df_stream());
            let mut transaction = written.await.doing(what)?;
            // The properties of the table stay, as its configuration and its tags do by themselves.
            if let Operation::Overwrite {
                schema, fragments, ..
            } = &mut transaction.operation
            {
                files.check(&dataset, fragments, what).await?;
                for (key, value) in &dataset.schema().metadata {
                    let kept = schema.metadata.entry(key.clone());
                    kept.or_insert_with(|| value.clone());
                }
            }
            shared.confirm(&dataset, what).await?;
            // No retries make an overwrite strict: it is refused if its version is taken.
            let commit = CommitBuilder::new(dataset)
                .with_skip_auto_cleanup(true)
                .with_max_retries(0);
            match commit.execute(transaction).await {
                Ok(replaced) => Ok(replaced.version_id()),
                Err(e) => {
                    let mut error =
                        BridgeError::from_source(&what(), &e, crate::classify::Missing::File);
                    // A caller that has read again may retry.
                    error.retryable |= error.code == Code::CommitConflict;
                    Err(error)
                }
            }
        },
    )
}
