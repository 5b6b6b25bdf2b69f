//! Which rows of a table are deleted, but still in its files.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use futures::future::join_all;
use futures::StreamExt;
use lance::dataset::fragment::FileFragment;
use lance::Dataset;

use crate::error::{MxlError, Result};
use crate::explain::Explain;
use crate::ffi;
use crate::fragments::{choose, native};
use crate::guard::guard;
use crate::output_stream;
use crate::runtime;
use crate::table::MxlTable;

const FILES_AT_A_TIME: usize = 8;

#[no_mangle]
pub unsafe extern "C" fn mxl_table_deleted_rows(
    table: *const MxlTable,
    fragments: *const u64,
    n_fragments: usize,
    out: *mut FFI_ArrowArrayStream,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, fragments, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::slice(fragments, n_fragments, "fragments")?,
                ffi::out(out, "out")?,
            )
        };
        let dataset = native(table)?;
        let what = format!(
            "cannot read which rows of table '{}' are deleted",
            table.shared.name
        );
        let (wanted, doing) = (fragments.to_vec(), what.clone());
        let rows = runtime::read(async move { deleted(&dataset, &wanted, &doing).await })?;
        let rows = futures::stream::iter([Ok(rows)]).boxed();
        let schema = Arc::new(schema());
        out.set(output_stream::export(what, schema, rows)?);
        Ok(())
    })
}

fn schema() -> Schema {
    Schema::new(vec![Field::new("_rowid", DataType::UInt64, false)])
}

async fn deleted(dataset: &Arc<Dataset>, wanted: &[u64], what: &str) -> Result<RecordBatch> {
    let chosen = choose(dataset, wanted, || what.to_string())?;
    let fragments = chosen.into_iter();
    let fragments: Vec<FileFragment> = fragments
        .map(|fragment| FileFragment::new(dataset.clone(), fragment))
        .collect();
    let mut ids: Vec<u64> = Vec::new();
    for some in fragments.chunks(FILES_AT_A_TIME) {
        let reads = some.iter().map(FileFragment::get_deletion_vector);
        for (fragment, read) in some.iter().zip(join_all(reads).await) {
            let first = fragment.metadata().id << 32;
            for deleted in read.doing(|| what.to_string())?.iter() {
                let rows = deleted.to_sorted_iter();
                ids.extend(rows.map(|row| first | u64::from(row)));
            }
        }
    }
    let ids: Arc<UInt64Array> = Arc::new(ids.into());
    let batch = RecordBatch::try_new(Arc::new(schema()), vec![ids]);
    batch.doing(|| what.to_string())
}
