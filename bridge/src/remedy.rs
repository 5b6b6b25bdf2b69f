//! Repair of tables with unreadable columns.

use std::sync::Arc;

use lance::dataset::transaction::{Operation, TransactionBuilder};
use lance::dataset::CommitBuilder;

use crate::error::{BridgeError, MxlError};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::runtime;
use crate::table::{MxlTable, Source};

/// By the literal name in the schema: paths cannot express every name that a table may have.
#[no_mangle]
pub unsafe extern "C" fn mxl_table_set_column_name(
    table: *mut MxlTable,
    name: MxlString,
    new_name: MxlString,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, name, new_name, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                name.read("name")?,
                new_name.read_optional("new_name")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let shared = table.shared.clone();
        let version = runtime::run(async move {
            let what = || format!("cannot change column '{name}' of table '{}'", shared.name);
            let Source::Native(dataset) = shared.source() else {
                return Err(BridgeError::not_supported(format!(
                    "{}: a server manages its tables itself",
                    what()
                )));
            };
            let mut schema = dataset.schema().clone();
            let Some(at) = schema.fields.iter().position(|field| field.name == name) else {
                return Err(BridgeError::invalid(format!("{}: there is none", what())));
            };
            match new_name {
                Some(new_name) if schema.fields.iter().any(|field| field.name == new_name) => {
                    let message = format!("{}: there is a column '{new_name}'", what());
                    return Err(BridgeError::invalid(message));
                }
                Some(new_name) => schema.fields[at].name = new_name,
                None => drop(schema.fields.remove(at)),
            }
            let operation = Operation::Project {
                schema,
                preserves_nullability: true,
            };
            let transaction = TransactionBuilder::new(dataset.version_id(), operation).build();
            // What others have written since may need the column.
            let commit = CommitBuilder::new(Arc::clone(&dataset)).with_max_retries(0);
            let changed = commit.execute(transaction).await.doing(what)?;
            Ok(changed.version_id())
        })?;
        out_version.set(version);
        Ok(())
    })
}
