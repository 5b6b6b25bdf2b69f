//! Commits on a condition that lance does not check: that the table is a new one, or that nobody has committed since it
//! was read.
//!
//! Lance writes the rows of a new table first and looks for the table again when it commits them. If it exists by then,
//! lance treats the commit as one that replaces its content: of several concurrent creators several succeed, and only
//! the rows of the last one survive.
//!
//! Lance appends to whatever version is the latest. A writer that must never commit twice has to know what every
//! earlier version holds, so it cannot rely on that: another writer, or its own request that seemed lost, may have
//! committed in the meantime.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use lance::io::ObjectStore;
use lance_table::format::{IndexMetadata, Manifest, Transaction};
use lance_table::io::commit::{
    commit_handler_from_url, CommitError, CommitHandler, ManifestLocation, ManifestNamingScheme,
    ManifestWriter,
};
use object_store::path::Path;

use crate::error::Result;
use crate::explain::Explain;

type LanceResult<T> = std::result::Result<T, lance::Error>;

#[derive(Debug)]
enum Condition {
    /// The commit makes version 1. Lance is told that there is no table whenever it looks, and so always writes the
    /// manifest of version 1, which only one writer can create.
    FirstVersion,
    /// The commit makes this version.
    Version(u64),
}

#[derive(Debug)]
pub struct ConditionalCommit {
    inner: Arc<dyn CommitHandler>,
    condition: Condition,
}

impl ConditionalCommit {
    /// Commits a new table, if there is none yet.
    pub async fn first_version(
        uri: &str,
        what: impl Fn() -> String,
    ) -> Result<Option<Arc<dyn CommitHandler>>> {
        Self::make(Condition::FirstVersion, uri, what).await
    }

    /// Commits the version after `read`, if nobody else has.
    pub async fn next_version(
        read: u64,
        uri: &str,
        what: impl Fn() -> String,
    ) -> Result<Option<Arc<dyn CommitHandler>>> {
        Self::make(Condition::Version(read + 1), uri, what).await
    }

    /// None for the one scheme that lance does not allow to be wrapped; DynamoDB arbitrates there.
    async fn make(
        condition: Condition,
        uri: &str,
        what: impl Fn() -> String,
    ) -> Result<Option<Arc<dyn CommitHandler>>> {
        if uri.starts_with("s3+ddb") {
            return Ok(None);
        }
        let inner = commit_handler_from_url(uri, &None).await.opening(what)?;
        Ok(Some(Arc::new(Self { inner, condition })))
    }

    async fn check(
        &self,
        manifest: &Manifest,
        base_path: &Path,
        object_store: &ObjectStore,
    ) -> std::result::Result<(), CommitError> {
        match self.condition {
            Condition::Version(version) if manifest.version == version => Ok(()),
            Condition::Version(_) => Err(CommitError::CommitConflict),
            // The first version of an older table may have been pruned: then nothing is in the way of this one.
            Condition::FirstVersion => {
                let located = self.inner.resolve_latest_location(base_path, object_store);
                match located.await {
                    Ok(_) => Err(CommitError::CommitConflict),
                    Err(e)
                        if e.is_not_found()
                            || matches!(e, lance::Error::DatasetNotFound { .. }) =>
                    {
                        Ok(())
                    }
                    Err(e) => Err(CommitError::OtherError(e)),
                }
            }
        }
    }
}

#[async_trait]
impl CommitHandler for ConditionalCommit {
    async fn commit(
        &self,
        manifest: &mut Manifest,
        indices: Option<Vec<IndexMetadata>>,
        base_path: &Path,
        object_store: &ObjectStore,
        manifest_writer: ManifestWriter,
        naming_scheme: ManifestNamingScheme,
        transaction: Option<Transaction>,
    ) -> std::result::Result<ManifestLocation, CommitError> {
        self.check(manifest, base_path, object_store).await?;
        self.inner
            .commit(
                manifest,
                indices,
                base_path,
                object_store,
                manifest_writer,
                naming_scheme,
                transaction,
            )
            .await
    }

    fn is_version_not_found_definitive(&self) -> bool {
        self.inner.is_version_not_found_definitive()
    }

    fn propagate_commit_error_after_success(&self) -> bool {
        self.inner.propagate_commit_error_after_success()
    }

    async fn resolve_latest_location(
        &self,
        base_path: &Path,
        object_store: &ObjectStore,
    ) -> LanceResult<ManifestLocation> {
        if matches!(self.condition, Condition::FirstVersion) {
            return Err(lance::Error::not_found(base_path.to_string()));
        }
        let located = self.inner.resolve_latest_location(base_path, object_store);
        located.await
    }

    async fn resolve_version_location(
        &self,
        base_path: &Path,
        version: u64,
        object_store: &dyn object_store::ObjectStore,
    ) -> LanceResult<ManifestLocation> {
        let located = self
            .inner
            .resolve_version_location(base_path, version, object_store);
        located.await
    }

    async fn version_exists(
        &self,
        base_path: &Path,
        version: u64,
        object_store: &dyn object_store::ObjectStore,
        naming_scheme: ManifestNamingScheme,
    ) -> LanceResult<bool> {
        let exists = self
            .inner
            .version_exists(base_path, version, object_store, naming_scheme);
        exists.await
    }

    fn list_manifest_locations<'a>(
        &self,
        base_path: &Path,
        object_store: &'a ObjectStore,
        sorted_descending: bool,
    ) -> BoxStream<'a, LanceResult<ManifestLocation>> {
        self.inner
            .list_manifest_locations(base_path, object_store, sorted_descending)
    }
}
