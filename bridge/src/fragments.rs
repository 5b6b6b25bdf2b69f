//! What the rows of a table are stored in: its fragments, from the manifest alone, and those that were rewritten.
//!
//! Data files are never changed, and their names are random; so are the ids of deletion files. Two fragments with the
//! same files and deletions therefore have the same rows, whatever versions and tables they are of.

use std::collections::BTreeSet;
use std::fmt::Write;

use futures::future::join_all;
use lance::dataset::transaction::Operation;
use lance::datatypes::{Field, Schema};
use lance::Dataset;
use lance_table::format::{DataFile, Fragment};

use crate::error::{BridgeError, MxlError, Result};
use crate::ffi::{self, MxlString};
use crate::guard::{guard, guard_value};
use crate::lists::StringList;
use crate::runtime;
use crate::table::{MxlTable, Source};

const MOST_AT_A_TIME: u64 = 8;

/// `mxl_fragment` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MxlFragment {
    struct_size: usize,
    id: u64,
    physical_rows: i64,
    deleted_rows: i64,
    files: MxlString,
    deletions: MxlString,
    group: u32,
    is_new: i32,
    has_addresses: i32,
}

// SAFETY: integers, and pointers that any bytes may stand for.
unsafe impl ffi::Sized_ for MxlFragment {
    const NAME: &'static str = "mxl_fragment";
}

pub struct StoredFragment {
    id: u64,
    physical_rows: i64,
    deleted_rows: i64,
    files: String,
    deletions: String,
    group: u32,
    is_new: bool,
    has_addresses: bool,
}

pub struct FragmentList(Vec<StoredFragment>);

/// The columns that somebody reads, as one table stores them.
struct Columns {
    /// A text for each, empty if there is none.
    texts: Vec<String>,
    /// Ids of their fields, with those of the structs they are in and of everything within.
    ids: BTreeSet<i32>,
}

impl Columns {
    fn of(schema: &Schema, paths: &[String]) -> Self {
        let mut columns = Self {
            texts: Vec::new(),
            ids: BTreeSet::new(),
        };
        for path in paths {
            let mut text = String::new();
            // From the column down to the member.
            let fields = schema.resolve(path).unwrap_or_default();
            for (i, field) in fields.iter().enumerate() {
                describe(field, &mut text);
                columns.ids.insert(field.id);
                if i + 1 == fields.len() {
                    columns.add_children(field, &mut text);
                }
            }
            columns.texts.push(text);
        }
        columns
    }

    fn add_children(&mut self, field: &Field, text: &mut String) {
        text.push('(');
        for child in &field.children {
            describe(child, text);
            self.ids.insert(child.id);
            self.add_children(child, text);
        }
        text.push(')');
    }
}

fn describe(field: &Field, text: &mut String) {
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "{}:{:?}:{}:{};",
        field.id, field.name, field.logical_type, field.nullable
    );
}

/// The place of a file that is not in the table's own directory.
fn base(dataset: &Dataset, id: Option<u32>) -> String {
    let known = id.and_then(|id| dataset.manifest().base_paths.get(&id));
    match (id, known) {
        (None, _) => String::new(),
        (Some(_), Some(base)) => base.path.clone(),
        (Some(id), None) => format!("?{id}"),
    }
}

/// Empty if the file holds none of the columns.
fn describe_file(file: &DataFile, columns: &Columns, dataset: &Dataset) -> String {
    let fields = file.fields.iter().enumerate();
    let fields = fields.filter(|(_, id)| columns.ids.contains(id));
    let fields: Vec<String> = fields
        .map(|(i, id)| format!("{id}@{}", file.column_indices.get(i).unwrap_or(&-1)))
        .collect();
    if fields.is_empty() {
        return String::new();
    }
    format!(
        "{:?}:{:?}:{}.{}:{};",
        base(dataset, file.base_id),
        file.path,
        file.file_major_version,
        file.file_minor_version,
        fields.join(",")
    )
}

impl StoredFragment {
    fn of(
        fragment: &Fragment,
        columns: &Columns,
        dataset: &Dataset,
        group: u32,
        is_new: bool,
    ) -> Self {
        let mut files = String::new();
        for file in &fragment.files {
            files += &describe_file(file, columns, dataset);
        }
        for overlay in &fragment.overlays {
            let file = describe_file(&overlay.data_file, columns, dataset);
            if !file.is_empty() {
                files += &format!("overlay {}:{file}", overlay.committed_version);
            }
        }
        let deletions = fragment.deletion_file.as_ref();
        let deleted = deletions.map_or(Some(0), |file| file.num_deleted_rows);
        let deletions = deletions.map(|file| {
            format!(
                "{:?}:{}-{}.{}",
                base(dataset, file.base_id),
                file.read_version,
                file.id,
                file.file_type.suffix()
            )
        });
        let number = |n: Option<usize>| n.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
        Self {
            id: fragment.id,
            physical_rows: number(fragment.physical_rows),
            deleted_rows: number(deleted),
            files,
            deletions: deletions.unwrap_or_default(),
            group,
            is_new,
            has_addresses: !dataset.manifest().uses_stable_row_ids(),
        }
    }
}

/// The fragments with these ids, in the order of their rows.
pub fn choose(dataset: &Dataset, ids: &[u64], what: impl Fn() -> String) -> Result<Vec<Fragment>> {
    let wanted: BTreeSet<u64> = ids.iter().copied().collect();
    let fragments = dataset.fragments().iter();
    let chosen: Vec<Fragment> = fragments
        .filter(|f| wanted.contains(&f.id))
        .cloned()
        .collect();
    if chosen.len() != wanted.len() {
        let known: BTreeSet<u64> = chosen.iter().map(|f| f.id).collect();
        let missing: Vec<String> = wanted.difference(&known).map(u64::to_string).collect();
        return Err(BridgeError::invalid(format!(
            "{}: version {} of it has no fragment {}",
            what(),
            dataset.version_id(),
            missing.join(", ")
        )));
    }
    Ok(chosen)
}

/// The rewrites of these versions, the latest first. A version whose transaction cannot be read has none.
async fn rewrites(
    dataset: &Dataset,
    columns: &Columns,
    since: u64,
    most: u64,
) -> Vec<StoredFragment> {
    let mut found = Vec::new();
    let mut group = 0;
    let latest = dataset.version_id();
    let oldest = latest.saturating_sub(most).max(since);
    let mut version = latest;
    while version > oldest {
        let first = version.saturating_sub(MOST_AT_A_TIME).max(oldest) + 1;
        // Not `read_transaction`: the session remembers by the number of the version alone, which a table that was
        // dropped may have had, too.
        let reads = (first..=version).rev();
        let reads = reads.map(|version| dataset.read_version_transaction(version));
        for read in join_all(reads).await {
            let Some(transaction) = read.ok().and_then(|read| read.transaction) else {
                continue;
            };
            let Operation::Rewrite { groups, .. } = &transaction.operation else {
                continue;
            };
            for rewritten in groups.iter().rev() {
                let of = |fragment, new| StoredFragment::of(fragment, columns, dataset, group, new);
                found.extend(rewritten.old_fragments.iter().map(|f| of(f, false)));
                found.extend(rewritten.new_fragments.iter().map(|f| of(f, true)));
                group += 1;
            }
        }
        version = first - 1;
    }
    found
}

pub fn native(table: &MxlTable) -> Result<std::sync::Arc<Dataset>> {
    match table.source() {
        Source::Native(dataset) => Ok(dataset),
        Source::Remote(_) => Err(BridgeError::not_supported(format!(
            "cannot list the fragments of table '{}': a server does not tell them",
            table.shared.name
        ))),
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_fragments(
    table: *const MxlTable,
    columns: *const MxlString,
    n_columns: usize,
    out_columns: *mut *mut StringList,
    out: *mut *mut FragmentList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, columns, out_columns, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::strings(columns, n_columns, "columns")?,
                ffi::out(out_columns, "out_columns")?,
                ffi::out(out, "out")?,
            )
        };
        let dataset = native(table)?;
        let columns = Columns::of(dataset.schema(), &columns);
        let fragments = dataset.fragments().iter();
        let fragments = fragments.map(|f| StoredFragment::of(f, &columns, &dataset, 0, false));
        out.set_handle(FragmentList(fragments.collect()));
        out_columns.set_handle(StringList(columns.texts));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_rewrites(
    table: *const MxlTable,
    columns: *const MxlString,
    n_columns: usize,
    since_version: u64,
    most_versions: u64,
    out: *mut *mut FragmentList,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, columns, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::strings(columns, n_columns, "columns")?,
                ffi::out(out, "out")?,
            )
        };
        let dataset = native(table)?;
        let found = runtime::read(async move {
            let columns = Columns::of(dataset.schema(), &columns);
            Ok(rewrites(&dataset, &columns, since_version, most_versions).await)
        })?;
        out.set_handle(FragmentList(found));
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_fragment_list_count(list: *const FragmentList) -> usize {
    // SAFETY: the contract of the header.
    guard_value(0, || {
        unsafe { list.as_ref() }.map_or(0, |list| list.0.len())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_fragment_list_get(
    list: *const FragmentList,
    index: usize,
    out: *mut MxlFragment,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (list, out) = unsafe { (ffi::reference(list, "list")?, ffi::out_struct(out, "out")?) };
        let fragment = crate::lists::at(&list.0, index, "fragments")?;
        out.set(&MxlFragment {
            struct_size: 0,
            id: fragment.id,
            physical_rows: fragment.physical_rows,
            deleted_rows: fragment.deleted_rows,
            files: MxlString::lend(&fragment.files),
            deletions: MxlString::lend(&fragment.deletions),
            group: fragment.group,
            is_new: i32::from(fragment.is_new),
            has_addresses: i32::from(fragment.has_addresses),
        });
        Ok(())
    })
}

#[no_mangle]
pub unsafe extern "C" fn mxl_fragment_list_free(list: *mut FragmentList) {
    // SAFETY: the contract of the header.
    guard_value((), || unsafe { ffi::free(list) });
}
