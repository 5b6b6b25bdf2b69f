//! Compaction that keeps the order of rows with equal timestamps.
//!
//! Lance sorts fragments by id with every commit, and a merged fragment gets a reserved id: it moves behind all that
//! exist. Of two rows of a sample with equal timestamps the first one counts, so a merge must not change their order.
//! Lance reserves ids after the merged files have been written, so fragments that were appended meanwhile end up before
//! them. Here
//!
//! - ids are reserved first, and what is merged is the very version that reserved them: later fragments stay behind;
//! - fragments that a merged one would move past must not contain any of its timestamps.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use lance::dataset::optimize::{
    plan_compaction, CompactionMetrics, CompactionOptions, CompactionTask, RewriteResult,
};
use lance::dataset::transaction::{Operation, RewriteGroup, Transaction, TransactionBuilder};
use lance::dataset::CommitBuilder;
use lance::index::DatasetIndexExt;
use lance::Dataset;
use lance_table::format::Fragment;

use crate::error::{BridgeError, Code, Result};
use crate::explain::Explain;
use crate::greatest::{greatest, properties, timestamps};
use crate::written_files::WrittenFiles;

/// More different timestamps than these are not compared one by one.
const MOST_TIMESTAMPS: usize = 1 << 20;

/// Whether ids can be given to merged fragments here: indices and stable row ids have to follow the rows, which only
/// Lance's own commit of a compaction does.
pub async fn can_keep_order(dataset: &Dataset) -> lance::Result<bool> {
    Ok(!dataset.manifest().uses_stable_row_ids() && dataset.load_indices().await?.is_empty())
}

/// Merges small fragments and removes deleted rows. Rows for which the first of `order` that is not null is equal keep
/// their order.
pub async fn compact(
    dataset: Arc<Dataset>,
    table: &str,
    options: CompactionOptions,
    order: &[String],
) -> Result<CompactionMetrics> {
    let what = || format!("cannot compact table '{table}'");
    let files = WrittenFiles::begin();
    let there = |name: &&String| dataset.schema().field(name).is_some();
    let order: Vec<String> = order.iter().filter(there).cloned().collect();
    let order = order.as_slice();
    let foreseen = tasks(&dataset, &options, order).await.doing(what)?;
    if foreseen.is_empty() {
        return Ok(CompactionMetrics::default());
    }
    // Others may append before the ids are reserved, and what they append is merged, too.
    let ids = 2 * outputs(&foreseen, &options) + foreseen.len();
    let (dataset, next_id) = reserve(dataset, ids).await.doing(what)?;
    let marks = if order.is_empty() {
        None
    } else {
        Some(Arc::new(properties(
            greatest(&dataset, table, order).await?,
        )))
    };
    let tasks = tasks(&dataset, &options, order).await.doing(what)?;
    if tasks.is_empty() {
        return Ok(CompactionMetrics::default());
    }
    let done = execute(&dataset, tasks, &options).await.doing(what)?;
    let rewritten = Rewritten::with_ids(done, next_id);
    if rewritten.written.len() > ids {
        return Err(too_many(&what(), rewritten.written.len(), ids));
    }
    files.check(&dataset, &rewritten.written, what).await?;
    let rewrite = Operation::Rewrite {
        groups: rewritten.groups,
        rewritten_indices: Vec::new(),
        frag_reuse_index: None,
    };
    let transaction = TransactionBuilder::new(dataset.version_id(), rewrite)
        .transaction_properties(marks)
        .build();
    let commit = CommitBuilder::new(dataset).with_skip_auto_cleanup(true);
    commit.execute(transaction).await.doing(what)?;
    Ok(rewritten.metrics)
}

/// Writes the merged fragments, without committing them.
async fn execute(
    dataset: &Arc<Dataset>,
    tasks: Vec<CompactionTask>,
    options: &CompactionOptions,
) -> lance::Result<Vec<RewriteResult>> {
    let threads = options.num_threads.unwrap_or(1).max(1);
    let source = dataset.clone();
    futures::stream::iter(tasks)
        .map(move |task| {
            let source = source.clone();
            async move { task.execute(&source).await }
        })
        .buffered(threads)
        .try_collect()
        .await
}

/// What a commit of merged fragments consists of.
#[derive(Default)]
struct Rewritten {
    groups: Vec<RewriteGroup>,
    written: Vec<Fragment>,
    metrics: CompactionMetrics,
}

impl Rewritten {
    /// Gives the new fragments their ids, ascending from `next_id`.
    fn with_ids(tasks: Vec<RewriteResult>, mut next_id: u64) -> Self {
        let mut rewritten = Self::default();
        for mut done in tasks {
            for fragment in &mut done.new_fragments {
                fragment.id = next_id;
                next_id += 1;
            }
            rewritten.metrics += done.metrics;
            rewritten.written.extend_from_slice(&done.new_fragments);
            rewritten.groups.push(RewriteGroup {
                old_fragments: done.original_fragments,
                new_fragments: done.new_fragments,
            });
        }
        rewritten
    }
}

fn too_many(what: &str, written: usize, reserved: usize) -> BridgeError {
    let mut error = BridgeError::new(
        Code::CommitConflict,
        format!(
            "{what}: {written} files were written for {reserved} reserved places; run it again"
        ),
    );
    error.retryable = true;
    error
}

/// How many fragments come out, as Lance counts it.
fn outputs(tasks: &[CompactionTask], options: &CompactionOptions) -> usize {
    let target = options.target_rows_per_fragment.max(1);
    let rows = |fragment: &Fragment| fragment.physical_rows.unwrap_or(target);
    tasks
        .iter()
        .map(|task| (task.task.fragments.iter().map(rows).sum::<usize>() / target).max(1))
        .sum()
}

/// The table with this many ids reserved, and the first of them. Anything appended to it later has larger ids.
async fn reserve(dataset: Arc<Dataset>, ids: usize) -> lance::Result<(Arc<Dataset>, u64)> {
    let num_fragments = u32::try_from(ids).unwrap_or(u32::MAX);
    let operation = Operation::ReserveFragments { num_fragments };
    let transaction = Transaction::new(dataset.version_id(), operation, None);
    let reserved = CommitBuilder::new(dataset)
        .with_skip_auto_cleanup(true)
        .execute(transaction)
        .await?;
    let last = u64::from(reserved.manifest().max_fragment_id.unwrap_or(0));
    Ok((Arc::new(reserved), last + 1 - u64::from(num_fragments)))
}

/// What Lance would merge, without what would change the order of equal rows.
async fn tasks(
    dataset: &Arc<Dataset>,
    options: &CompactionOptions,
    order: &[String],
) -> lance::Result<Vec<CompactionTask>> {
    let plan = plan_compaction(dataset, options).await?;
    let mut planned: Vec<CompactionTask> = plan.compaction_tasks().collect();
    let first_of = |task: &CompactionTask| task.task.fragments.first().map_or(0, |f| f.id);
    planned.sort_by_key(first_of);
    let mut kept = Vec::new();
    // What stays where it is, behind the task that is looked at: its timestamps are only read for a task before it.
    let mut unread: Vec<Fragment> = Vec::new();
    let mut behind = Timestamps::default();
    let mut end = u64::MAX;
    for task in planned.into_iter().rev() {
        let last = task.task.fragments.last().map_or(0, |f| f.id);
        let between = |f: &&Fragment| f.id > last && f.id < end;
        unread.extend(dataset.fragments().iter().filter(between).cloned());
        end = first_of(&task);
        let keeps = if unread.is_empty() && behind.is_empty() {
            true
        } else if order.is_empty() {
            false
        } else {
            behind
                .read(dataset, std::mem::take(&mut unread), order)
                .await?;
            let mut own = Timestamps::default();
            own.read(dataset, task.task.fragments.clone(), order)
                .await?;
            !own.meet(&behind)
        };
        if keeps {
            kept.push(task);
        } else {
            unread.extend(task.task.fragments);
        }
    }
    kept.reverse();
    Ok(kept)
}

/// The different timestamps of some fragments.
#[derive(Default)]
struct Timestamps {
    /// Ascending; None: too many.
    values: Option<Vec<i64>>,
    range: Option<(i64, i64)>,
}

impl Timestamps {
    fn is_empty(&self) -> bool {
        self.range.is_none()
    }

    async fn read(
        &mut self,
        dataset: &Arc<Dataset>,
        fragments: Vec<Fragment>,
        columns: &[String],
    ) -> lance::Result<()> {
        if fragments.is_empty() {
            return Ok(());
        }
        let mut batches = timestamps(dataset, fragments, columns).await?;
        while let Some(mut batch) = batches.try_next().await? {
            batch.sort_unstable();
            batch.dedup();
            self.add(&batch);
        }
        Ok(())
    }

    fn add(&mut self, ascending: &[i64]) {
        let (Some(&first), Some(&last)) = (ascending.first(), ascending.last()) else {
            return;
        };
        let known = self.range.is_none().then(Vec::new).or(self.values.take());
        self.range = Some(match self.range {
            Some((least, greatest)) => (least.min(first), greatest.max(last)),
            None => (first, last),
        });
        self.values = known.and_then(|mut values| {
            values.extend_from_slice(ascending);
            values.sort_unstable();
            values.dedup();
            (values.len() <= MOST_TIMESTAMPS).then_some(values)
        });
    }

    /// Whether a timestamp may be in both.
    fn meet(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.range, other.range) else {
            return false;
        };
        if own.1 < others.0 || others.1 < own.0 {
            return false;
        }
        match (&self.values, &other.values) {
            (Some(own), Some(others)) => own.iter().any(|v| others.binary_search(v).is_ok()),
            _ => true,
        }
    }
}
