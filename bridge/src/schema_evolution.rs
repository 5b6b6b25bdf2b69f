//! Adding, changing and removing columns.

use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_schema::{DataType, Schema};
use lancedb::table::{ColumnAlteration, NewColumnTransform};

use crate::error::{BridgeError, MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::input_stream::consume_schema;
use crate::runtime;
use crate::table::MxlTable;

#[no_mangle]
pub unsafe extern "C" fn mxl_table_add_columns_null(
    table: *mut MxlTable,
    columns: *mut FFI_ArrowSchema,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let columns = unsafe { consume_schema(columns) };
        // SAFETY: the contract of the header.
        let (table, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let columns = imported(columns, "columns", |schema| Schema::try_from(schema))?;
        let shared = table.shared.clone();
        let added = runtime::run(async move {
            let latest = shared.latest().await?;
            let add = latest
                .add_columns()
                .transform(NewColumnTransform::AllNulls(Arc::new(columns)));
            let added = add.execute().await;
            added.doing(|| format!("cannot add columns to table '{}'", shared.name))
        })?;
        out_version.set(added.version);
        Ok(())
    })
}

fn imported<T>(
    schema: Option<FFI_ArrowSchema>,
    name: &str,
    import: impl FnOnce(&FFI_ArrowSchema) -> std::result::Result<T, arrow_schema::ArrowError>,
) -> Result<T> {
    let schema = schema
        .ok_or_else(|| BridgeError::invalid(format!("argument '{name}' is NULL or released")))?;
    import(&schema).map_err(|e| {
        BridgeError::invalid(format!(
            "argument '{name}' is not a valid Arrow schema: {e}"
        ))
    })
}

/// `mxl_column_alteration` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Alteration {
    struct_size: usize,
    path: MxlString,
    rename: MxlString,
    nullable: i32,
    data_type: *mut FFI_ArrowSchema,
}

// SAFETY: pointers and integers only.
unsafe impl ffi::Sized_ for Alteration {
    const NAME: &'static str = "mxl_column_alteration";
}

/// With the schemas of new types already taken from the caller.
type Consumed = (Alteration, Option<FFI_ArrowSchema>);

/// Takes the types of all alterations before anything fallible.
///
/// # Safety The pointers are as the header requires.
unsafe fn consume_alterations(
    alterations: *const *const Alteration,
    n: usize,
) -> Result<Vec<Result<Consumed>>> {
    // SAFETY: by the contract of this function.
    let alterations = unsafe { ffi::slice(alterations, n, "alterations") }?;
    let consumed = alterations.iter().map(|alteration| {
        // SAFETY: by the contract of this function.
        unsafe {
            let alteration = ffi::required_options(*alteration, "alterations")?;
            Ok((alteration, consume_schema(alteration.data_type)))
        }
    });
    Ok(consumed.collect())
}

/// # Safety The strings are as the header requires.
unsafe fn alteration((alteration, data_type): Consumed) -> Result<ColumnAlteration> {
    // SAFETY: by the contract of this function.
    let (path, rename) = unsafe {
        (
            alteration.path.read_required("path")?,
            alteration.rename.read_optional("rename")?,
        )
    };
    let nullable = match alteration.nullable {
        0 => None,
        1 => Some(true),
        2 => Some(false),
        n => {
            return Err(BridgeError::invalid(format!(
                "nullable of column '{path}' is {n}, which is not an MXL_NULLABLE_* value"
            )))
        }
    };
    let data_type = match alteration.data_type.is_null() {
        true => None,
        false => Some(imported(data_type, "data_type", |schema| {
            DataType::try_from(schema)
        })?),
    };
    if rename.is_none() && nullable.is_none() && data_type.is_none() {
        return Err(BridgeError::invalid(format!(
            "no alteration is given for column '{path}'"
        )));
    }
    let mut result = ColumnAlteration::new(path);
    result.rename = rename;
    result.nullable = nullable;
    result.data_type = data_type;
    Ok(result)
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_alter_columns(
    table: *mut MxlTable,
    alterations: *const *const Alteration,
    n_alterations: usize,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let consumed = unsafe { consume_alterations(alterations, n_alterations) }?;
        // SAFETY: the contract of the header.
        let (table, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        let alterations = consumed
            .into_iter()
            // SAFETY: the contract of the header.
            .map(|consumed| unsafe { alteration(consumed?) })
            .collect::<Result<Vec<_>>>()?;
        if alterations.is_empty() {
            return Err(BridgeError::invalid("there are no columns to alter"));
        }
        let shared = table.shared.clone();
        let altered = runtime::run(async move {
            let latest = shared.latest().await?;
            let altered = latest.alter_columns(&alterations).await;
            altered.doing(|| format!("cannot alter columns of table '{}'", shared.name))
        })?;
        out_version.set(altered.version);
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_drop_columns(
    table: *mut MxlTable,
    paths: *const MxlString,
    n_paths: usize,
    out_version: *mut u64,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, paths, out_version) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::strings(paths, n_paths, "paths")?,
                ffi::out(out_version, "out_version")?,
            )
        };
        if paths.is_empty() {
            return Err(BridgeError::invalid("there are no columns to drop"));
        }
        let shared = table.shared.clone();
        let dropped = runtime::run(async move {
            let latest = shared.latest().await?;
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let dropped = latest.drop_columns(&paths).await;
            dropped.doing(|| format!("cannot drop columns of table '{}'", shared.name))
        })?;
        out_version.set(dropped.version);
        Ok(())
    })
}
