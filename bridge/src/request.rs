//! What a call asks for, of files and of servers alike: columns, rows, and the answer's form.

use arrow_array::RecordBatch;
use futures::stream::BoxStream;
use lance::datatypes::Schema;

use crate::error::{BridgeError, Code, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};

pub const DEFAULT_BATCH_SIZE: u32 = 65_536;

/// What lance knows about every row without storing it as a column.
const SYSTEM_COLUMNS: [&str; 5] = [
    "_rowid",
    "_rowaddr",
    "_rowoffset",
    "_row_created_at_version",
    "_row_last_updated_at_version",
];

pub type Batches = BoxStream<'static, Result<RecordBatch>>;

/// A scan, with everything read from C's memory.
pub struct Scan {
    pub columns: Option<Vec<String>>,
    pub filter: Option<String>,
    pub with_row_id: bool,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub batch_size: u32,
    pub batch_readahead: u32,
    pub fragment_readahead: u32,
    pub ordered: bool,
    pub eager: bool,
    pub io_buffer_bytes: u64,
    pub batch_bytes: u64,
    /// Ids of the fragments to read; all if absent.
    pub fragments: Option<Vec<u64>>,
}

/// Rows to take, with everything read from C's memory.
pub struct Take {
    pub row_ids: Vec<u64>,
    pub columns: Option<Vec<String>>,
    pub with_row_id: bool,
    pub batch_size: usize,
}

/// # Safety `columns` is NULL or points to `n` strings as the header requires.
pub unsafe fn columns(
    columns: *const MxlString,
    n: usize,
    with_row_id: bool,
) -> Result<Option<Vec<String>>> {
    if columns.is_null() && n == 0 {
        return Ok(None);
    }
    // SAFETY: by the contract of this function.
    let columns = unsafe { ffi::strings(columns, n, "columns") }?;
    if columns.is_empty() && !with_row_id {
        return Err(BridgeError::invalid(
            "neither columns nor row ids are requested",
        ));
    }
    Ok(Some(columns))
}

/// The part of a schema that column paths select, in their order.
pub fn project(schema: &Schema, columns: Option<&[String]>, table: &str) -> Result<Schema> {
    let Some(columns) = columns else {
        return Ok(schema.clone());
    };
    // Lance panics over a child that its parent does not have.
    let missing = columns
        .iter()
        .find(|path| schema.field(path).is_none() && !SYSTEM_COLUMNS.contains(&path.as_str()));
    if let Some(path) = missing {
        let names: Vec<&str> = schema.fields.iter().map(|f| f.name.as_str()).collect();
        return Err(BridgeError::new(
            Code::SchemaMismatch,
            format!(
                "table '{table}' has no column '{path}'; its columns are {}",
                names.join(", ")
            ),
        ));
    }
    schema
        .project_preserve_system_columns(columns)
        .doing(|| format!("cannot read columns of table '{table}'"))
}

/// Lance skips rows that are deleted or never existed; then all others would be in the wrong
/// position.
pub fn complete(batch: RecordBatch, rows: usize, table: &str) -> Result<RecordBatch> {
    if batch.num_rows() != rows {
        return Err(BridgeError::invalid(format!(
            "cannot take rows of table '{table}': {} of {rows} row ids are not in this version of it",
            rows.saturating_sub(batch.num_rows())
        )));
    }
    Ok(batch)
}
