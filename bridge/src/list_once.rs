//! Lists that are requested as often as the user has said, and lists whose times are those of another clock.
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
use lancedb::table::Duration;
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

/// One for all: stores that are opened with different ones would not be shared.
static WRAPPER: LazyLock<Arc<dyn WrappingObjectStore>> = LazyLock::new(|| {
    Arc::new(Lists {
        once: true,
        ahead: Duration::zero(),
    })
});

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
    chosen.then(|| params(WRAPPER.clone()))
}

/// The same; times in lists are those of a clock that is ahead of the store's by so much.
pub fn shifted_params(place: &str, ahead: Duration) -> ReadParams {
    let once = read_params(place).is_some();
    params(Arc::new(Lists { once, ahead }))
}

fn params(wrapper: Arc<dyn WrappingObjectStore>) -> ReadParams {
    ReadParams {
        store_options: Some(ObjectStoreParams {
            object_store_wrapper: Some(wrapper),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// How lists are asked for.
#[derive(Clone, Copy, Debug)]
struct Lists {
    once: bool,
    ahead: Duration,
}

impl WrappingObjectStore for Lists {
    fn wrap(&self, _prefix: &str, original: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        Arc::new(Wrapped {
            store: original,
            lists: *self,
        })
    }

    fn wrap_paginated(
        &self,
        _prefix: &str,
        original: Arc<dyn PaginatedListStore>,
    ) -> Option<Arc<dyn PaginatedListStore>> {
        self.ahead.is_zero().then_some(original)
    }
}

impl Lists {
    fn entry(self, entry: Result<ObjectMeta>) -> Result<ObjectMeta> {
        let mut entry = entry.map_err(|e| if self.once { last(e) } else { e })?;
        entry.last_modified += self.ahead;
        Ok(entry)
    }
}

struct Wrapped {
    store: Arc<dyn ObjectStore>,
    lists: Lists,
}

impl Debug for Wrapped {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Debug::fmt(&self.store, f)
    }
}

impl Display for Wrapped {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(&self.store, f)
    }
}

/// The kind that lance does not retry; error classification looks at what is inside.
fn last(error: Error) -> Error {
    Error::NotSupported {
        source: Box::new(error),
    }
}

#[async_trait]
impl ObjectStore for Wrapped {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.store.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let lists = self.lists;
        let list = self.store.list(prefix);
        list.map(move |entry| lists.entry(entry)).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let list = self.store.list_with_offset(prefix, offset);
        let lists = self.lists;
        list.map(move |entry| lists.entry(entry)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}
