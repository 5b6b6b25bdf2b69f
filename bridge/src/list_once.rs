//! Listings that are retried only as often as configured.
//!
//! On top of the retries of the object store, whose number is an option, lance retries a listing
//! five more times. If the user has chosen a number, this wrapper prevents that: it turns a failure
//! into one that lance considers final.

use std::collections::HashSet;
use std::fmt::{Debug, Display, Formatter};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::StreamExt;
use lance::dataset::ReadParams;
use lance::io::{ObjectStoreParams, WrappingObjectStore};
use object_store::list::PaginatedListStore;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// The option for the number of retries.
const RETRIES: &str = "client_max_retries";

/// The locations whose users have chosen.
static CHOSEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// A single one: stores that are opened with different ones would not be shared.
static WRAPPER: LazyLock<Arc<dyn WrappingObjectStore>> = LazyLock::new(|| Arc::new(ListOnce));

pub fn remember<'a>(place: &str, mut options: impl Iterator<Item = &'a String>) {
    if options.any(|name| name.eq_ignore_ascii_case(RETRIES)) {
        let mut chosen = CHOSEN
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        chosen
            .get_or_insert_with(HashSet::new)
            .insert(place.to_string());
    }
}

/// How the tables of a location are to be opened; None: LanceDB's default.
pub fn read_params(place: &str) -> Option<ReadParams> {
    let chosen = CHOSEN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let chosen = chosen.as_ref().is_some_and(|places| places.contains(place));
    chosen.then(|| ReadParams {
        store_options: Some(ObjectStoreParams {
            object_store_wrapper: Some(WRAPPER.clone()),
            ..Default::default()
        }),
        ..Default::default()
    })
}

#[derive(Debug)]
struct ListOnce;

impl WrappingObjectStore for ListOnce {
    fn wrap(&self, _prefix: &str, original: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        Arc::new(Once(original))
    }

    fn wrap_paginated(
        &self,
        _prefix: &str,
        original: Arc<dyn PaginatedListStore>,
    ) -> Option<Arc<dyn PaginatedListStore>> {
        Some(original)
    }
}

struct Once(Arc<dyn ObjectStore>);

impl Debug for Once {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl Display for Once {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(&self.0, f)
    }
}

/// The kind that lance does not retry; error classification looks at what is inside.
fn last(error: Error) -> Error {
    Error::NotSupported {
        source: Box::new(error),
    }
}

#[async_trait]
impl ObjectStore for Once {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.0.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix).map(|entry| entry.map_err(last)).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let list = self.0.list_with_offset(prefix, offset);
        list.map(|entry| entry.map_err(last)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}
