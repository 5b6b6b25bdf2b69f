//! The indices of a table.

use lance::index::DatasetIndexExt;

use crate::error::MxlError;
use crate::explain::Explain;
use crate::ffi;
use crate::guard::guard;
use crate::lists::StringList;
use crate::runtime;
use crate::table::{MxlTable, Source};

/// Names of lance's internal indices.
const OWN_PREFIX: &str = "__lance";

#[no_mangle]
pub unsafe extern "C" fn mxl_table_indices(
    table: *const MxlTable,
    out: *mut *mut StringList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, out) = unsafe { (ffi::handle(table, "table")?, ffi::out(out, "out")?) };
        let (source, name) = (table.source(), table.shared.name.clone());
        let mut names = runtime::run(async move {
            let what = || format!("cannot list the indices of table '{name}'");
            match source {
                Source::Native(dataset) => {
                    let indices = dataset.load_indices().await.doing(what)?;
                    let names = indices.iter().map(|index| index.name.clone());
                    Ok(names
                        .filter(|name| !name.starts_with(OWN_PREFIX))
                        .collect::<Vec<_>>())
                }
                Source::Remote(table) => {
                    let indices = table.list_indices().await.doing(what)?;
                    Ok(indices
                        .into_iter()
                        .map(|index| index.name)
                        .collect::<Vec<_>>())
                }
            }
        })?;
        // An index of several segments has one name.
        names.sort_unstable();
        names.dedup();
        out.set_handle(StringList(names));
        Ok(())
    })
}
