//! Whether the files of a write are still there when it is committed.
//!
//! Files that no version names belong to a write that is under way, or to one that was cut off; who removes old files
//! takes those of more than seven days for the latter, by the clock of its machine. A write whose files were taken away
//! must not be committed: its table could not be read.

use std::time::{Duration, Instant};

use futures::future::join_all;
use lance::Dataset;
use lance_table::format::Fragment;

use crate::error::{BridgeError, Code, Result};
use crate::explain::Explain;

/// Where a check costs a request, only writes that lasted longer than this are checked.
const WORTH_A_REQUEST: Duration = Duration::from_secs(10);

const MOST_AT_A_TIME: usize = 32;

/// The files of one write.
pub struct WrittenFiles {
    begun: Instant,
}

impl WrittenFiles {
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
        }
    }

    /// COMMIT_CONFLICT, retryable, if one is gone.
    pub async fn check(
        &self,
        dataset: &Dataset,
        fragments: &[Fragment],
        what: impl Fn() -> String,
    ) -> Result<()> {
        let store = dataset.object_store(None).await.doing(&what)?;
        if !store.is_local() && self.begun.elapsed() < WORTH_A_REQUEST {
            return Ok(());
        }
        let files = fragments.iter().flat_map(|fragment| &fragment.files);
        // Files elsewhere are not of this write.
        let files = files.filter(|file| file.base_id.is_none());
        let names = files.map(|file| file.path.clone()).collect();
        match first_missing(dataset, names, &what).await? {
            Some(file) => Err(lost(&what(), &file)),
            None => Ok(()),
        }
    }
}

/// A file of these that is not in the directory of the table.
pub async fn first_missing(
    dataset: &Dataset,
    files: Vec<String>,
    what: impl Fn() -> String,
) -> Result<Option<String>> {
    let store = dataset.object_store(None).await.doing(&what)?;
    for some in files.chunks(MOST_AT_A_TIME) {
        let looks = some.iter().map(|file| {
            let path = dataset.data_dir().join(file.as_str());
            let store = store.clone();
            async move { store.exists(&path).await }
        });
        for (file, exists) in some.iter().zip(join_all(looks.collect::<Vec<_>>()).await) {
            if !exists.doing(&what)? {
                return Ok(Some(file.clone()));
            }
        }
    }
    Ok(None)
}

fn lost(what: &str, file: &str) -> BridgeError {
    let mut error = BridgeError::new(
        Code::CommitConflict,
        format!(
            "{what}: its file '{file}' was removed before the commit, as if left over from an interrupted write; \
             the clock of the machine that removed it may be days ahead; nothing was written, write again"
        ),
    );
    error.retryable = true;
    error
}
