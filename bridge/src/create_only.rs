//! Creating a table without replacing one that has just been created concurrently.
//!
//! Lance writes the rows of a new table first and looks for the table again when it commits them.
//! If it exists by then, lance treats the commit as one that replaces its content: of several
//! concurrent creators several succeed, and only the rows of the last one survive. This handler
//! reports that there is no table whenever lance looks, so that the commit is always that of a
//! first version, which only one can win.

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
pub struct CreateOnly(Arc<dyn CommitHandler>);

impl CreateOnly {
    /// None for the one scheme that lance does not allow to be wrapped; DynamoDB arbitrates there.
    pub async fn for_database(uri: &str, table: &str) -> Result<Option<Arc<dyn CommitHandler>>> {
        if uri.starts_with("s3+ddb") {
            return Ok(None);
        }
        let handler = commit_handler_from_url(uri, &None).await;
        let handler = handler.opening(|| format!("cannot create table '{table}'"))?;
        Ok(Some(Arc::new(Self(handler))))
    }
}

#[async_trait]
impl CommitHandler for CreateOnly {
    async fn resolve_latest_location(
        &self,
        base_path: &Path,
        _object_store: &ObjectStore,
    ) -> LanceResult<ManifestLocation> {
        Err(lance::Error::not_found(base_path.to_string()))
    }

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
        // The first version of an older table may have been pruned: then nothing is in the way of
        // this one.
        match self
            .0
            .resolve_latest_location(base_path, object_store)
            .await
        {
            Ok(_) => return Err(CommitError::CommitConflict),
            Err(e) if e.is_not_found() || matches!(e, lance::Error::DatasetNotFound { .. }) => {}
            Err(e) => return Err(CommitError::OtherError(e)),
        }
        self.0
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
        self.0.is_version_not_found_definitive()
    }

    fn propagate_commit_error_after_success(&self) -> bool {
        self.0.propagate_commit_error_after_success()
    }

    async fn resolve_version_location(
        &self,
        base_path: &Path,
        version: u64,
        object_store: &dyn object_store::ObjectStore,
    ) -> LanceResult<ManifestLocation> {
        let located = self
            .0
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
            .0
            .version_exists(base_path, version, object_store, naming_scheme);
        exists.await
    }

    fn list_manifest_locations<'a>(
        &self,
        base_path: &Path,
        object_store: &'a ObjectStore,
        sorted_descending: bool,
    ) -> BoxStream<'a, LanceResult<ManifestLocation>> {
        self.0
            .list_manifest_locations(base_path, object_store, sorted_descending)
    }
}
