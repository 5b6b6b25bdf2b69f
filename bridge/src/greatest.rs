//! The greatest timestamp that a table holds, without reading the table.
//!
//! Every commit of this bridge can carry a note (a property of its transaction): the greatest timestamp of the version
//! that its writer has looked at, and of its own rows. Whoever opens the next version takes it from there, and scans
//! only the fragments that writers without notes have added since.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use lance::dataset::transaction::{Operation, Transaction};
use lance::Dataset;
use lance_table::format::Fragment;

use crate::error::{MxlError, Result};
use crate::explain::Explain;
use crate::ffi::{self, MxlString};
use crate::guard::guard;
use crate::runtime;
use crate::table::{MxlTable, Source};

/// The property of a transaction that holds the note, as "VALUE VERSION FRAGMENT".
pub const GREATEST: &str = "metaxy.greatest";

/// Stands for no rows, or none with a timestamp.
pub const NONE: i64 = i64::MIN;

/// How many versions without a note are looked at before the table is scanned instead.
const MOST_VERSIONS: u64 = 64;
const MOST_AT_A_TIME: u64 = 8;

/// What is known of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greatest {
    /// In microseconds.
    pub value: i64,
    /// Rows of this version and of earlier ones are not later than `value`.
    pub version: u64,
    /// At that version, fragments had ids below this one.
    pub fragment: u64,
}

/// `mxl_greatest` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MxlGreatest {
    struct_size: usize,
    value: i64,
    version: u64,
    fragment: u64,
    known: i32,
    reserved: i32,
}

// SAFETY: integers only.
unsafe impl ffi::Sized_ for MxlGreatest {
    const NAME: &'static str = "mxl_greatest";
}

impl MxlGreatest {
    pub fn known(&self) -> Option<Greatest> {
        (self.known != 0).then_some(Greatest {
            value: self.value,
            version: self.version,
            fragment: self.fragment,
        })
    }
}

impl Greatest {
    pub fn note(self) -> String {
        format!("{} {} {}", self.value, self.version, self.fragment)
    }

    fn parse(note: &str) -> Option<Self> {
        let mut words = note.split(' ');
        let known = Self {
            value: words.next()?.parse().ok()?,
            version: words.next()?.parse().ok()?,
            fragment: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(known)
    }
}

#[no_mangle]
pub unsafe extern "C" fn mxl_table_greatest(
    table: *const MxlTable,
    columns: *const MxlString,
    n_columns: usize,
    out: *mut MxlGreatest,
    error: *mut MxlError,
) -> i32 {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (table, columns, out) = unsafe {
            (
                ffi::handle(table, "table")?,
                ffi::strings(columns, n_columns, "columns")?,
                ffi::out_struct(out, "out")?,
            )
        };
        let (source, name) = (table.source(), table.shared.name.clone());
        let found = runtime::read(async move {
            match source {
                Source::Native(dataset) => greatest(&dataset, &name, &columns).await.map(Some),
                Source::Remote(_) => Ok(None),
            }
        })?;
        let greatest = found.unwrap_or(Greatest {
            value: NONE,
            version: 0,
            fragment: 0,
        });
        out.set(&MxlGreatest {
            struct_size: 0,
            value: greatest.value,
            version: greatest.version,
            fragment: greatest.fragment,
            known: i32::from(found.is_some()),
            reserved: 0,
        });
        Ok(())
    })
}

/// Of the first of `columns` that is not null in a row.
pub async fn greatest(dataset: &Arc<Dataset>, table: &str, columns: &[String]) -> Result<Greatest> {
    let what = || format!("cannot look for the latest row of table '{table}'");
    let noted = noted(dataset).await;
    let mut value = noted.value;
    if noted.rest {
        let unseen: Vec<Fragment> = dataset
            .fragments()
            .iter()
            .filter(|fragment| fragment.id >= noted.fragment)
            .cloned()
            .collect();
        if !unseen.is_empty() {
            let mut batches = timestamps(dataset, unseen, columns).await.doing(what)?;
            while let Some(batch) = batches.try_next().await.doing(what)? {
                value = value.max(batch.into_iter().max().unwrap_or(NONE));
            }
        }
    }
    Ok(Greatest {
        value,
        version: dataset.version_id(),
        fragment: next_fragment(dataset),
    })
}

pub fn next_fragment(dataset: &Dataset) -> u64 {
    let greatest = dataset.manifest().max_fragment_id;
    greatest.map_or(0, |id| u64::from(id) + 1)
}

/// What the notes of the latest versions say.
struct Noted {
    value: i64,
    /// Whether fragments from this one on have rows that no note covers.
    rest: bool,
    fragment: u64,
}

/// What a commit did to the rows of a table, as far as timestamps go.
enum Effect {
    Note(Greatest),
    /// Rows are as they were, whatever files they are in.
    Nothing,
    NewFragments,
    /// Any row may be another.
    Everything,
}

async fn noted(dataset: &Arc<Dataset>) -> Noted {
    let latest = dataset.version_id();
    let mut noted = Noted {
        value: NONE,
        rest: false,
        fragment: 0,
    };
    // Of the latest version it was read with the manifest.
    let newest = dataset.read_transaction().await;
    // Versions up to this one are covered.
    let mut covered = noted.add(newest, 0);
    let mut version = latest.saturating_sub(1);
    // The version before usually says it; where many writers work at the same time, more have to be asked.
    let mut at_a_time = 1;
    while version > covered {
        if latest - version > MOST_VERSIONS {
            noted.add(Ok(None), covered);
            break;
        }
        let first = version.saturating_sub(at_a_time - 1).max(covered + 1);
        let reads = (first..=version).rev();
        let reads = reads.map(|version| dataset.read_transaction_by_version(version));
        for transaction in join_all(reads).await {
            if version > covered {
                covered = noted.add(transaction, covered);
                version -= 1;
            }
        }
        at_a_time = MOST_AT_A_TIME.min(2 * at_a_time);
    }
    noted
}

impl Noted {
    /// Takes in what made a version, and returns up to which version everything is covered. A version that was removed, or
    /// is one too many, says nothing.
    fn add(&mut self, transaction: lance::Result<Option<Transaction>>, covered: u64) -> u64 {
        let effect = match transaction {
            Ok(Some(transaction)) => effect(&transaction),
            _ => Effect::Everything,
        };
        match effect {
            Effect::Nothing => {}
            Effect::NewFragments => self.rest = true,
            Effect::Note(note) => {
                self.value = self.value.max(note.value);
                if note.version >= covered {
                    self.fragment = note.fragment;
                    return note.version;
                }
            }
            Effect::Everything => {
                self.rest = true;
                self.fragment = 0;
                return u64::MAX;
            }
        }
        covered
    }
}

fn effect(transaction: &Transaction) -> Effect {
    let properties = transaction.transaction_properties.as_ref();
    let note = properties.and_then(|properties| properties.get(GREATEST));
    if let Some(note) = note.and_then(|note| Greatest::parse(note)) {
        return Effect::Note(note);
    }
    match &transaction.operation {
        Operation::Delete { .. }
        | Operation::ReserveFragments { .. }
        | Operation::Rewrite { .. }
        | Operation::CreateIndex { .. }
        | Operation::Project { .. }
        | Operation::UpdateConfig { .. }
        | Operation::UpdateBases { .. } => Effect::Nothing,
        Operation::Append { .. } | Operation::Merge { .. } => Effect::NewFragments,
        Operation::Update {
            fields_modified, ..
        } if fields_modified.is_empty() => Effect::NewFragments,
        _ => Effect::Everything,
    }
}

/// The timestamps of the rows of these fragments, batch by batch; NONE for rows without one.
pub async fn timestamps<'a>(
    dataset: &Arc<Dataset>,
    fragments: Vec<Fragment>,
    columns: &'a [String],
) -> lance::Result<futures::stream::BoxStream<'a, lance::Result<Vec<i64>>>> {
    let schema = dataset.schema();
    let names: Vec<&String> = columns
        .iter()
        .filter(|name| schema.field(name).is_some())
        .collect();
    if names.is_empty() {
        return Ok(futures::stream::empty().boxed());
    }
    let mut scanner = dataset.scan();
    scanner.with_fragments(fragments).project(&names)?;
    scanner.scan_in_order(false);
    let batches = scanner.try_into_stream().await?;
    Ok(batches
        .map_ok(move |batch| timestamps_of(&batch, columns))
        .boxed())
}

fn timestamps_of(batch: &RecordBatch, columns: &[String]) -> Vec<i64> {
    let mut values = vec![NONE; batch.num_rows()];
    for name in columns.iter().rev() {
        let Some(column) = batch.column_by_name(name) else {
            continue;
        };
        for (value, micros) in values.iter_mut().zip(micros(column.as_ref())) {
            *value = micros.unwrap_or(*value);
        }
    }
    values
}

/// None for nulls, and for every value of a column that is not a timestamp.
fn micros(column: &dyn Array) -> Vec<Option<i64>> {
    const K: i64 = 1000;
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            let values = column.as_primitive::<TimestampSecondType>();
            let scaled = values.iter().map(|v| v.map(|v| v.saturating_mul(K * K)));
            scaled.collect()
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            let values = column.as_primitive::<TimestampMillisecondType>();
            let scaled = values.iter().map(|v| v.map(|v| v.saturating_mul(K)));
            scaled.collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = column.as_primitive::<TimestampMicrosecondType>();
            values.iter().collect()
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let values = column.as_primitive::<TimestampNanosecondType>();
            let scaled = values.iter().map(|v| v.map(|v| v.div_euclid(K)));
            scaled.collect()
        }
        _ => vec![None; column.len()],
    }
}

/// The properties of a commit that carries this note.
pub fn properties(greatest: Greatest) -> HashMap<String, String> {
    HashMap::from([(GREATEST.to_owned(), greatest.note())])
}
