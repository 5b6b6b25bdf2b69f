/*
 * metaxy_lancedb.h: C bindings for the parts of LanceDB that metaxy needs.
 *
 * A thin C ABI over the Rust crates `lancedb` and `lance`. It contains no metaxy concepts: no
 * features, no versions, no system columns. The library is libmetaxy_lancedb.so; it exports these
 * functions and nothing else.
 *
 * Contract
 *  1. C99, `mxl_` prefix, opaque handles, each with `mxl_x_free(x)` that accepts NULL; a handle is
 *  used by one thread at a time unless its comment says shared.
 *  2. Fallible functions return `mxl_status` (int32) and take `mxl_error* error` last
 *  (caller-zeroed; `code, retryable, message, release`). No thread-local errors, no sentinel
 *  values; results through out-parameters, which are untouched on failure. `error` may be NULL:
 *  then only the status is returned.
 *  3. Strings in: `{const char* ptr; size_t len}`, UTF-8, borrowed until return; {NULL, 0} is the
 *  empty string. Enums cross as int32 and are validated.
 *  4. Arrow streams, arrays and schemas passed in are consumed on every path, errors included (also
 *  when another argument is NULL). Streams out are caller-allocated and self-contained: they own
 *  everything they need of their table and the runtime, and may outlive the handle they came from.
 *  5. Every entry point and every stream callback catches panics: MXL_PANIC, never an abort, never
 *  an unwinding frame. Callbacks of streams passed in are called on the calling thread, during the
 *  call, and must not throw.
 *  6. One runtime and one session cache per process, built at the first call; calls block. Not
 *  fork-safe: in a child of a process that has used the library every call fails with
 *  MXL_NOT_SUPPORTED, and freeing handles and streams of the parent does nothing. (posix_spawn,
 *  fork+exec are fine.)
 *  7. `mxl_abi_version()` is compared with MXL_ABI_VERSION when a store is opened. Enum numbers are
 *  explicit and stable. New fields come only at the end of a struct that begins with `struct_size`:
 *  the caller sets it to sizeof of the struct it was compiled with. Zero is the default of every
 *  option unless its comment says otherwise; NULL in place of an options struct means defaults.
 *  8. What is not implemented, or not supported by the target, is MXL_NOT_SUPPORTED, never success.
 *  No logic beyond argument checks and LanceDB calls.
 *
 * Column paths: `a` names a column, `a.b` the child b of the struct column a. A part that contains
 * a dot or a backtick is written in backticks, with backticks inside doubled: a.`x.y`. Names are
 * case-sensitive.
 *
 * Filters and predicates are SQL expressions of LanceDB: strings in 'single quotes', identifiers
 * plain, in `backticks` or in "double quotes", struct children as a.b. A name without an exact
 * match is matched case-insensitively.
 */
#ifndef METAXY_LANCEDB_H_
#define METAXY_LANCEDB_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The Arrow C data and stream interfaces: https://arrow.apache.org/docs/format/CDataInterface.html
 */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

/* ------------------------------------------------------------------------------------------------
 * status and errors */

#define MXL_ABI_VERSION 3

/** The result of a call. MXL_OK is 0; every other value is a failure. */
typedef int32_t mxl_status;

#define MXL_OK 0
#define MXL_INVALID_INPUT                                                             \
  1                          /* An invalid argument, option, filter, path or version. \
                              */
#define MXL_NOT_FOUND 2      /* No such table (or database). */
#define MXL_ALREADY_EXISTS 3 /* The table (or tag) exists. */
#define MXL_COMMIT_CONFLICT \
  4 /* Another writer committed first; `retryable` says whether a retry can help. */
#define MXL_PERMISSION 5          /* Permission denied, credentials missing, refused or expired. */
#define MXL_TIMEOUT 6             /* A deadline passed. */
#define MXL_NETWORK 7             /* The host is unreachable, or failed to serve the request. */
#define MXL_NOT_SUPPORTED 8       /* Not implemented here, or not by this kind of table. */
#define MXL_SCHEMA_MISMATCH 9     /* Columns or types that do not fit the table. */
#define MXL_CORRUPT 10            /* A file of the table is damaged, truncated or missing. */
#define MXL_IO 11                 /* Any other I/O failure. */
#define MXL_RESOURCE_EXHAUSTED 12 /* Disk full, quota, too many open files, server busy. */
#define MXL_PANIC                                                                \
  13 /* A bug in the Rust libraries; the process and other handles keep working. \
      */
#define MXL_INTERNAL 14       /* Anything else. */
#define MXL_COMMIT_UNKNOWN 15 /* It is not known whether the write was committed. */
#define MXL_CANCELLED 16      /* Stopped by the caller; see mxl_set_call_limits. */

/* The kind of network failure, for callers that word their own messages. */
#define MXL_KIND_OTHER 0          /* Not a request, or no details known. */
#define MXL_KIND_ANSWER 1         /* An error response: `http_status`, `store_error`. */
#define MXL_KIND_NO_ADDRESS 2     /* The host name cannot be resolved. */
#define MXL_KIND_NO_CONNECTION 3  /* Connection refused, or no route to the host. */
#define MXL_KIND_CUT 4            /* The connection was closed before the response was complete. */
#define MXL_KIND_SLOW 5           /* No response within the request timeout. */
#define MXL_KIND_TLS 6            /* No TLS, or a certificate that is not accepted. */
#define MXL_KIND_HTTP_FORBIDDEN 7 /* An http:// address, without allow_http. */
#define MXL_KIND_NO_CREDENTIALS 8
#define MXL_KIND_REDIRECT 9 /* A redirect without a location: another region. */
#define MXL_KIND_NOT_A_STORE                               \
  10 /* Not a store: a web page, a proxy, another service. \
      */
#define MXL_KIND_COMMIT_UNKNOWN 11
#define MXL_KIND_DEADLINE 12 /* The time limit of mxl_set_call_limits is exceeded. */
#define MXL_KIND_STOPPED 13
#define MXL_KIND_FOREIGN_FILE 15  /* `store_error` is a file with a name that cannot be listed. */
#define MXL_KIND_NO_HARD_LINKS 14 /* Not supported by the file system; commits use them. */

/** A failure. The caller zeroes it before the first use and calls `release` (if set) when done with
 * it. A failing call first releases what the struct holds; a successful call leaves it alone. */
typedef struct mxl_error {
  mxl_status code;
  int32_t retryable; /**< 1 if the same call may succeed later. */
  char* message;     /**< One line of UTF-8, NUL-terminated: what failed, with its causes. */
  void (*release)(struct mxl_error*);
  int32_t kind;        /**< MXL_KIND_*. */
  int32_t http_status; /**< Of the response; 0: none. */
  /* NULL or empty if not applicable. */
  char* doing;       /**< The operation, as worded by this library. */
  char* host;        /**< Host and port of the request. */
  char* store_error; /**< The store's error code, such as NoSuchBucket; for MXL_KIND_TLS the reason.
                      */
  char* region;      /**< The region of the bucket, as reported by the store. */
} mxl_error;

/** The ABI of the loaded library; must equal MXL_ABI_VERSION. */
uint32_t mxl_abi_version(void);

/** Time limit and cancellation of the calls of this thread from now on. NULL: no limits, the
 * initial state. They apply to calls and to get_next of streams; when a limit is exceeded, the call
 * drops pending requests and fails with TIMEOUT or CANCELLED, or with COMMIT_UNKNOWN if rows may
 * have been committed. An operation that deletes or changes tables may have taken effect
 * nevertheless. */
typedef struct mxl_call_limits {
  size_t struct_size;
  int64_t time_ms; /**< From now; negative: no limit. */
  /** Called some fifty times a second on the calling thread; non-zero: stop. NULL: no cancellation.
   * Must be callable until the limits are replaced. */
  int32_t (*should_stop)(void* context);
  void* context;
} mxl_call_limits;

void mxl_set_call_limits(const mxl_call_limits* limits);

/** The versions of the crates, such as "lancedb 0.41.0, lance 14.0.2". Static. */
const char* mxl_library_version(void);

/* ----------------------------------------------------------------------------------------------------
 * small structs */

typedef struct mxl_string {
  const char* ptr;
  size_t len;
} mxl_string;

typedef struct mxl_key_value {
  mxl_string key;
  mxl_string value;
} mxl_key_value;

/** A database. Shared: usable from many threads at once. */
typedef struct mxl_connection mxl_connection;

/** A table as it was when opened (see mxl_table_open). Shared: usable from many threads at once. */
typedef struct mxl_table mxl_table;

/** Lists own their strings: what a getter returns is valid until the list is freed. Immutable, so
 * safe to read from many threads. */
typedef struct mxl_string_list mxl_string_list;
typedef struct mxl_version_list mxl_version_list;
typedef struct mxl_tag_list mxl_tag_list;
typedef struct mxl_fragment_list mxl_fragment_list;

/* -------------------------------------------------------------------------------------------------------
 * connection */

typedef struct mxl_connect_options {
  size_t struct_size;
  /** A local directory (a literal path, created if missing), file://, s3://, gs://, az://,
   * memory://, ..., or db://NAME for LanceDB Cloud and servers. Required. */
  mxl_string uri;
  /** Storage options of the object store and of LanceDB, such as aws_region,
   * new_table_data_storage_version. */
  const mxl_key_value* storage_options;
  size_t n_storage_options;
  /** Only for db://: the key is required there; host_override names a self-hosted server
   * (http://host:port). */
  mxl_string api_key;
  mxl_string region; /**< Default us-east-1. */
  mxl_string host_override;
  /** Only for db://, in milliseconds; 0: LanceDB's default. */
  uint64_t connect_timeout_ms;
  uint64_t read_timeout_ms;
  uint64_t total_timeout_ms;
  /** Only for db://: how often a failed request is retried; 0: LanceDB's default, negative: never.
   */
  int32_t retries;
  int32_t reserved;
  /** How long a LanceDB handle may serve cached state; -1: forever, 0: never. It does not affect an
   * mxl_table, which stays at its version. */
  int64_t read_consistency_interval_ms;
  /** Only for db://: how often a request is retried that could not connect, or whose response could
   * not be read; values as for retries, which is also the default. */
  int32_t connect_retries;
  int32_t read_retries;
  /** Only for db://: the delay before the n-th retry is backoff_factor * 2^n seconds plus a random
   * fraction of backoff_jitter seconds; 0: LanceDB's default. */
  double backoff_factor;
  double backoff_jitter;
  /** Bytes that the session cache of the process may take; 0: 192 MiB. The first call that uses
   * the library's threads decides. */
  uint64_t cache_bytes;
} mxl_connect_options;

/** The names in `storage_options`, ascending, that the object store of `uri` does not know and
 * would ignore. Empty if the valid names are not known here: for directories, servers and OpenDAL.
 */
mxl_status mxl_unknown_storage_options(const mxl_connect_options* options, mxl_string_list** out,
                                       mxl_error* error);

/** The environment variables, ascending, that become options of the object store of `uri` because
 * they have the name of an option without the service prefix, such as TIMEOUT; without those that
 * `storage_options` overrides. */
mxl_status mxl_environment_storage_options(const mxl_connect_options* options,
                                           mxl_string_list** out, mxl_error* error);

/** Validates the options and the environment variables that become options: types, server
 * addresses, http:// without allow_http. Sends nothing.
 *  INVALID_INPUT: one is invalid; the message names it and says what it must be. */
mxl_status mxl_check_options(const mxl_connect_options* options, mxl_error* error);

/** How far this machine's clock is ahead of that of the HTTP server at `url`, to about a second.
 * Sends one HEAD request.
 *  NETWORK, TIMEOUT: no response. NOT_SUPPORTED: the response has no time. */
mxl_status mxl_clock_ahead(mxl_string url, uint64_t timeout_ms, int64_t* out_ms, mxl_error* error);

/** Connects. For object stores and servers this may not access the network yet.
 *  INVALID_INPUT: a malformed uri or option. PERMISSION, IO: the directory cannot be created. */
mxl_status mxl_connect(const mxl_connect_options* options, mxl_connection** out, mxl_error* error);

/** Frees the handle. Tables and streams that came from it stay usable. */
void mxl_connection_free(mxl_connection* connection);

/** 1 if the connection is to a LanceDB server (db://), else 0. Several functions are NOT_SUPPORTED
 * there. */
mxl_status mxl_connection_is_remote(const mxl_connection* connection, int32_t* out,
                                    mxl_error* error);

/** 1 if the store refuses to create an object that already exists, else 0: then concurrent writers
 * can lose rows. Writes the empty object `_metaxy_probe` next to the tables, writes it again, and
 * deletes it if permitted. A positive result is cached for the process.
 *  NOT_SUPPORTED for db://. PERMISSION: nothing can be written. */
mxl_status mxl_connection_probe_conditional_write(const mxl_connection* connection, int32_t* out,
                                                  mxl_error* error);

/** The names of the tables in ascending order, those after `start_after` (empty: from the start),
 * at most `limit` (0: all). */
mxl_status mxl_connection_table_names(const mxl_connection* connection, mxl_string start_after,
                                      uint64_t limit, mxl_string_list** out, mxl_error* error);

/** The number of strings; 0 for NULL. */
size_t mxl_string_list_count(const mxl_string_list* list);

/** INVALID_INPUT: no such index. */
mxl_status mxl_string_list_get(const mxl_string_list* list, size_t index, mxl_string* out,
                               mxl_error* error);

void mxl_string_list_free(mxl_string_list* list);

/* ------------------------------------------------------------------------------------------------------------
 * tables */

/** The greatest timestamp of a table, as mxl_table_greatest reports it. */
typedef struct mxl_greatest {
  size_t struct_size;
  int64_t value;     /**< Microseconds since 1970; INT64_MIN: no row has one. */
  uint64_t version;  /**< Rows of this version and of earlier ones are not later. */
  uint64_t fragment; /**< At that version, fragments had ids below this one. */
  int32_t known;     /**< 0: nothing is known, the rest is zero. */
  int32_t reserved;
} mxl_greatest;

/** How files are written. All zero: LanceDB's defaults (1 Mi rows a file). Servers choose for
 * themselves: anything but zero is NOT_SUPPORTED there. */
typedef struct mxl_write_options {
  size_t struct_size;
  uint64_t max_rows_per_file;
  uint64_t max_bytes_per_file;
  uint64_t max_rows_per_group;
  /** A unique name of this write; empty: none. mxl_table_find_write reports later whether it was
   * committed. Servers do not store it. */
  mxl_string write_id;
  /** What mxl_table_greatest reported, with the greatest timestamp of the rows of this write taken
   * into `value`; `version` and `fragment` are 0 for a table that is created. It is noted with the
   * commit, so that the next call finds it. Not `known`: nothing is noted. Its struct_size does not
   * matter. */
  mxl_greatest greatest;
} mxl_write_options;

/** Opens a table at its latest version and stays there: schema, scan, take, count and stats read
 * that one version until mxl_table_checkout or mxl_table_checkout_latest moves the handle, whatever
 * this or another handle writes meanwhile. Writes (append, delete, columns, optimize) always apply
 * to the latest version at the time they run, and leave the handle where it is. After
 * mxl_table_checkout they are refused with INVALID_INPUT, until checkout_latest. NOT_FOUND: no such
 * table. CORRUPT: its manifest cannot be read. NOT_SUPPORTED: its files have Lance's first format,
 * which does not store nulls. */
mxl_status mxl_table_open(const mxl_connection* connection, mxl_string name, mxl_table** out,
                          mxl_error* error);

/** Creates a table from a stream (its schema, and rows if it has any) and opens it. Atomic: of
 * several concurrent creators exactly one succeeds, and no reader sees a partial table. Consumes
 * `stream`. ALREADY_EXISTS: the table exists, or another writer was first; nothing was changed. */
mxl_status mxl_table_create(const mxl_connection* connection, mxl_string name,
                            struct ArrowArrayStream* stream, const mxl_write_options* options,
                            mxl_table** out, mxl_error* error);

/** Deletes a table with all its versions. NOT_FOUND: no such table. Open handles of it fail at
 * their next read. */
mxl_status mxl_table_drop(const mxl_connection* connection, mxl_string name, mxl_error* error);

void mxl_table_free(mxl_table* table);

/** The schema at the handle's version. */
mxl_status mxl_table_schema(const mxl_table* table, struct ArrowSchema* out, mxl_error* error);

/** The version the handle is at. */
mxl_status mxl_table_version(const mxl_table* table, uint64_t* out, mxl_error* error);

/** The version of the file format that the table's files are written in, such as 2 and 1; 0 and 0
 * on a server, which does not tell. */
mxl_status mxl_table_file_format(const mxl_table* table, uint32_t* major, uint32_t* minor,
                                 mxl_error* error);

/** Moves the handle to a version and makes it read-only. INVALID_INPUT: no such version. */
mxl_status mxl_table_checkout(mxl_table* table, uint64_t version, mxl_error* error);

/** Moves the handle to the latest version and makes it writable. NOT_FOUND: the table no longer
 * exists. */
mxl_status mxl_table_checkout_latest(mxl_table* table, mxl_error* error);

/* -----------------------------------------------------------------------------------------------------------
 * reading */

typedef struct mxl_scan_options {
  size_t struct_size;
  /** Column paths, in output order; NULL: all columns. The path of a struct's child selects the
   * struct with only the named children. Non-NULL with n_columns 0: no columns (then with_row_id is
   * required). */
  const mxl_string* columns;
  size_t n_columns;
  mxl_string filter;   /**< Empty: all rows. Its columns need not be in `columns`. */
  int32_t with_row_id; /**< 1: a last column `_rowid` (uint64). */
  int32_t has_limit;   /**< 1: `limit` applies. */
  uint64_t limit;
  uint64_t offset;
  uint32_t batch_size;         /**< Maximum rows per batch; 0: 65536. */
  uint32_t batch_readahead;    /**< Batches decoded ahead; 0: one per core. */
  uint32_t fragment_readahead; /**< Fragments read ahead; 0: LanceDB's choice. */
  int32_t unordered; /**< 0: rows in table order. 1: in any order. Servers return any order. */
  /** 0: LanceDB reads wide columns (which include strings) only for the rows that pass the filter.
   * 1: columns are read while the filter is evaluated, which is faster if it keeps most rows. */
  int32_t eager;
  uint64_t io_buffer_bytes; /**< Bytes read ahead of decoding, about; 0: LanceDB's choice. */
  uint64_t
      batch_bytes; /**< Bytes of a batch, about; 0: as many as its rows take. Not on servers. */
  /** Only rows of the fragments with these ids (mxl_table_fragments); NULL: of all. NOT_SUPPORTED
   * on servers. */
  const uint64_t* fragments;
  size_t n_fragments;
} mxl_scan_options;

/** Reads rows of the handle's version. Decoding runs ahead of get_next on the library's threads;
 * get_next blocks. SCHEMA_MISMATCH: no such column. INVALID_INPUT: a filter that cannot be parsed,
 * does not fit the types or names an unknown column; a fragment that this version lacks. CORRUPT,
 * IO, ...: also from the stream; see mxl_stream_error. */
mxl_status mxl_table_scan(const mxl_table* table, const mxl_scan_options* options,
                          struct ArrowArrayStream* out, mxl_error* error);

typedef struct mxl_take_options {
  size_t struct_size;
  const mxl_string* columns; /**< As in mxl_scan_options. */
  size_t n_columns;
  int32_t with_row_id;
  uint32_t batch_size; /**< Rows fetched per batch; 0: 65536. */
} mxl_take_options;

/** Reads rows by their row ids (from a scan of the same version), in the order of `row_ids`,
 * duplicates included. Ascending ids are fastest. INVALID_INPUT (from the call or the stream): a
 * row id is not in this version. */
mxl_status mxl_table_take(const mxl_table* table, const uint64_t* row_ids, size_t n_row_ids,
                          const mxl_take_options* options, struct ArrowArrayStream* out,
                          mxl_error* error);

/** The failure behind a get_schema or get_next of `stream` that returned non-zero, with its code:
 * fills `error` and returns that code; MXL_OK if none failed. INVALID_INPUT: `stream` is NULL,
 * released, or not made by this library. */
mxl_status mxl_stream_error(struct ArrowArrayStream* stream, mxl_error* error);

/** Counts the rows that match `filter` (empty: all; then only the manifest is read). */
mxl_status mxl_table_count(const mxl_table* table, mxl_string filter, uint64_t* out,
                           mxl_error* error);

typedef struct mxl_stats {
  size_t struct_size;
  /* -1 if a server does not report it. */
  int64_t rows;         /**< Without deleted ones. */
  int64_t deleted_rows; /**< Marked as deleted, not yet removed by compaction. */
  int64_t fragments;
  int64_t small_fragments; /**< Fragments with fewer rows than requested. */
  int64_t data_files;
  int64_t deletion_files;
  int64_t bytes;    /**< Of the data files of this version. */
  int64_t versions; /**< How many the table keeps. */
} mxl_stats;

/** The names of the table's indices, ascending. mxl_table_replace drops them all. */
mxl_status mxl_table_indices(const mxl_table* table, mxl_string_list** out, mxl_error* error);

/** Statistics of the handle's version, from manifests only. `small_fragment_rows`: the limit for
 * small fragments; 0: 1 Mi rows, the default target of compaction (servers always use their own).
 */
mxl_status mxl_table_stats(const mxl_table* table, uint64_t small_fragment_rows, mxl_stats* out,
                           mxl_error* error);

/** The greatest timestamp of the handle's version, each row's being the first of `columns` that is
 * not null. It is found in the notes of the latest commits (mxl_write_options.greatest); of what
 * writers without notes have added since, the columns are scanned; where no note is found among the
 * last 64 versions, those of the whole table. Columns that are not there, or hold no timestamps, do
 * not count. Of a server nothing is known. */
mxl_status mxl_table_greatest(const mxl_table* table, const mxl_string* columns, size_t n_columns,
                              mxl_greatest* out, mxl_error* error);

/** For each of `limits`, how many fragments of the handle's version have fewer rows; read from the
 * manifest that the handle has. `out_counts` has room for `n_limits` numbers. NOT_SUPPORTED on
 * servers. */
mxl_status mxl_table_count_fragments(const mxl_table* table, const uint64_t* limits,
                                     size_t n_limits, uint64_t* out_counts, mxl_error* error);

/** What a part of a table's rows is stored in. Data files are never changed, and their names are
 * random, as are the ids of deletion files: fragments whose `files` and `deletions` are equal have
 * the same rows in the same order, of whatever version or table they are. */
typedef struct mxl_fragment {
  size_t struct_size;
  uint64_t id;
  int64_t physical_rows; /**< With those that are deleted; -1: unknown. */
  int64_t deleted_rows;  /**< -1: unknown. */
  mxl_string files;      /**< The data files that hold the requested columns, as an opaque text. */
  mxl_string deletions;  /**< The file of deleted rows, as an opaque text; empty: there is none. */
  uint32_t group;        /**< Of mxl_table_rewrites. */
  int32_t is_new;        /**< Of mxl_table_rewrites: 1 for what the others were rewritten as. */
  /** 1: the row id of its row number i is `id` * 2^32 + i. Not in tables with stable row ids. */
  int32_t has_addresses;
} mxl_fragment;

/** The fragments of the handle's version in the order of their rows, as far as `columns` (paths)
 * go; read from the manifest that the handle has. `out_columns` has for each path an opaque text
 * that stands for where and as what the column is stored; it is empty if there is no such column.
 * NOT_SUPPORTED on servers. */
mxl_status mxl_table_fragments(const mxl_table* table, const mxl_string* columns, size_t n_columns,
                               mxl_string_list** out_columns, mxl_fragment_list** out,
                               mxl_error* error);

/** The row ids of the rows of these fragments (mxl_table_fragments) that are deleted in the
 * handle's version, in the order of the rows: one column `_rowid` (uint64). Only where row ids are
 * addresses. Reads one small file per fragment. INVALID_INPUT: a fragment that this version lacks.
 * NOT_SUPPORTED on servers. */
mxl_status mxl_table_deleted_rows(const mxl_table* table, const uint64_t* fragments,
                                  size_t n_fragments, struct ArrowArrayStream* out,
                                  mxl_error* error);

/** What compaction has rewritten after version `since_version`, looking at the last `most_versions`
 * versions up to the handle's: one group after the other, the latest first, each with the fragments
 * that went and, `is_new`, those that have their rows now. A version of which nothing can be read
 * has no groups. Reads up to three files per version. NOT_SUPPORTED on servers. */
mxl_status mxl_table_rewrites(const mxl_table* table, const mxl_string* columns, size_t n_columns,
                              uint64_t since_version, uint64_t most_versions,
                              mxl_fragment_list** out, mxl_error* error);

/** The number of fragments; 0 for NULL. */
size_t mxl_fragment_list_count(const mxl_fragment_list* list);

/** INVALID_INPUT: no such index. */
mxl_status mxl_fragment_list_get(const mxl_fragment_list* list, size_t index, mxl_fragment* out,
                                 mxl_error* error);

void mxl_fragment_list_free(mxl_fragment_list* list);

/* -----------------------------------------------------------------------------------------------------------
 * writing */

/** Appends the rows of a stream in one commit and returns the version it made. Columns and struct
 * children are matched by name in any order; nullable ones that are missing become NULL; types must
 * be those of the table. Appends of several writers do not conflict. Consumes `stream`; a stream
 * without rows commits nothing and returns the latest version. SCHEMA_MISMATCH: a column that the
 * table lacks, a missing one that is not nullable, another type. COMMIT_CONFLICT, retryable: a file
 * was removed while others were written, or the content was replaced. (Whether files are there is
 * looked at in directories, and in object stores for writes of more than ten seconds.) */
mxl_status mxl_table_append(mxl_table* table, struct ArrowArrayStream* stream,
                            const mxl_write_options* options, uint64_t* out_version,
                            mxl_error* error);

/** Replaces all rows and the schema by those of a stream, in one commit: readers see either the old
 * or the new content, and older versions are unchanged. Tags, configuration and schema metadata are
 * kept, indices are not. Succeeds only if the latest version is still that of the handle, which
 * does not move. Consumes `stream`. COMMIT_CONFLICT (retryable, with a new handle): there has been
 * another commit since; nothing was changed. Concurrent appends and deletes get COMMIT_CONFLICT.
 * NOT_SUPPORTED on servers. */
mxl_status mxl_table_replace(mxl_table* table, struct ArrowArrayStream* stream,
                             const mxl_write_options* options, uint64_t* out_version,
                             mxl_error* error);

/** The version created by the write with this write_id, among those after `since_version`; 0 if
 * there is none. For a write that failed without a known outcome. NOT_SUPPORTED on servers. */
mxl_status mxl_table_find_write(const mxl_table* table, mxl_string write_id, uint64_t since_version,
                                uint64_t* out_version, mxl_error* error);

/** Appends in two steps. mxl_table_write_fragments writes rows into files of the table, in the
 * schema of the handle's version, and commits nothing; `out` is a list of one text, which tells
 * what was written and may be sent to another process. Columns are matched by name and may be
 * missing, as for mxl_table_append; of the options write_id and greatest do not count. Consumes
 * `stream`. Files that are never committed are removed with other leftovers. SCHEMA_MISMATCH as for
 * mxl_table_append; NOT_SUPPORTED on servers, as of all four functions. */
mxl_status mxl_table_write_fragments(mxl_table* table, struct ArrowArrayStream* stream,
                                     const mxl_write_options* options, mxl_string_list** out,
                                     mxl_error* error);

/** Commits such texts as one append, which becomes the version after that of the handle or is
 * refused, so that a caller who knows all versions until then (mxl_table_find_write) commits
 * nothing twice. Without fragments nothing is committed, and the handle's version is returned.
 * COMMIT_CONFLICT (retryable, with a new handle): there is a later version. SCHEMA_MISMATCH: the
 * table has other columns by now than the files; mxl_table_scan_fragments reads the rows.
 * INVALID_INPUT: not such a text; its files are in the table already, or are gone: as left over, or
 * with a table that was dropped. */
mxl_status mxl_table_commit_fragments(mxl_table* table, const mxl_string* fragments,
                                      size_t n_fragments, const mxl_write_options* options,
                                      uint64_t* out_version, mxl_error* error);

/** SCHEMA_MISMATCH if mxl_table_commit_fragments would report that for this text. */
mxl_status mxl_table_check_fragments(const mxl_table* table, mxl_string fragments,
                                     mxl_error* error);

/** The rows of such a text. Where the handle's version has other columns by now, they are those of
 * `version`, that of the handle that wrote them. Columns (`columns` NULL: all) as in
 * mxl_scan_options. */
mxl_status mxl_table_scan_fragments(const mxl_table* table, mxl_string fragments, uint64_t version,
                                    const mxl_string* columns, size_t n_columns,
                                    struct ArrowArrayStream* out, mxl_error* error);

typedef struct mxl_delete_result {
  size_t struct_size;
  uint64_t version; /**< The version it created. */
  uint64_t rows_deleted;
} mxl_delete_result;

/** Deletes the rows of the latest version that match `predicate` (required). COMMIT_CONFLICT:
 * another writer changed the same rows. */
mxl_status mxl_table_delete(mxl_table* table, mxl_string predicate, mxl_delete_result* out,
                            mxl_error* error);

/** Deletes the rows of the handle's version that have these ids, in one commit: all of them, and no
 * others. Duplicates count once. COMMIT_CONFLICT (retryable, with a new handle): another writer has
 * deleted or moved rows of the same fragments, or the table was dropped and recreated;
 * INVALID_INPUT: a row id is not in this version. A server is asked for 20,000 rows at a time. */
mxl_status mxl_table_delete_rows(mxl_table* table, const uint64_t* row_ids, size_t n_row_ids,
                                 mxl_delete_result* out, mxl_error* error);

/* --------------------------------------------------------------------------------------------------
 * schema evolution */

/** Adds columns that are NULL in every row, without touching data files. `columns` is a struct
 * schema; all its fields must be nullable. A struct field that the table already has is merged: its
 * missing children are added, so
 *  {"s": struct<new>} adds s.new. Consumes `columns`.
 *  INVALID_INPUT: a column already exists, or is not nullable. NOT_SUPPORTED: the table's file
 *  format does not support maps (before 2.2) or null structs (before 2.1). */
mxl_status mxl_table_add_columns_null(mxl_table* table, struct ArrowSchema* columns,
                                      uint64_t* out_version, mxl_error* error);

#define MXL_NULLABLE_KEEP 0
#define MXL_NULLABLE_YES 1
#define MXL_NULLABLE_NO 2

typedef struct mxl_column_alteration {
  size_t struct_size;
  mxl_string path;
  mxl_string rename;             /**< The new last part of the path; empty: keep. */
  int32_t nullable;              /**< MXL_NULLABLE_*. */
  struct ArrowSchema* data_type; /**< The new type (name and nullability are ignored; rewrites the
                                    column); NULL: keep. */
} mxl_column_alteration;

/** Changes columns in one commit. Consumes the `data_type` of every alteration.
 *  INVALID_INPUT, SCHEMA_MISMATCH: an unknown column, an unsupported cast, a NULL where it is not
 *  allowed. */
mxl_status mxl_table_alter_columns(mxl_table* table,
                                   const mxl_column_alteration* const* alterations,
                                   size_t n_alterations, uint64_t* out_version, mxl_error* error);

/** Removes columns or children of structs, without touching data files. A struct whose stored
 * children are all removed reads as NULL in the rows written before. */
mxl_status mxl_table_drop_columns(mxl_table* table, const mxl_string* paths, size_t n_paths,
                                  uint64_t* out_version, mxl_error* error);

/** Renames a column, or removes it if `new_name` is empty, without touching data files. `name` is
 * the literal name, not a path: for columns that no path can address. INVALID_INPUT: no such
 * column, or the new name already exists. NOT_SUPPORTED on servers. */
mxl_status mxl_table_set_column_name(mxl_table* table, mxl_string name, mxl_string new_name,
                                     uint64_t* out_version, mxl_error* error);

/* --------------------------------------------------------------------------------------------------
 * versions and tags */

typedef struct mxl_version_info {
  size_t struct_size;
  uint64_t version;
  int64_t timestamp_us; /**< Commit time: microseconds since 1970, UTC. */
  size_t n_metadata;
} mxl_version_info;

/** All versions that the table keeps, ascending. Reads every manifest. The times are those of the
 * clocks of the writers. */
mxl_status mxl_table_versions(const mxl_table* table, mxl_version_list** out, mxl_error* error);

/** The same by one list of files: the times are when the versions were stored, by the clock of the
 * store; without metadata. NOT_SUPPORTED on servers. */
mxl_status mxl_table_stored_versions(const mxl_table* table, mxl_version_list** out,
                                     mxl_error* error);
size_t mxl_version_list_count(const mxl_version_list* list);
mxl_status mxl_version_list_get(const mxl_version_list* list, size_t index, mxl_version_info* out,
                                mxl_error* error);
mxl_status mxl_version_list_metadata(const mxl_version_list* list, size_t index,
                                     size_t metadata_index, mxl_key_value* out, mxl_error* error);
void mxl_version_list_free(mxl_version_list* list);

/** Names a version; prune keeps tagged versions. ALREADY_EXISTS: the tag exists. INVALID_INPUT: no
 * such version. */
mxl_status mxl_table_tag_create(mxl_table* table, mxl_string tag, uint64_t version,
                                mxl_error* error);

/** INVALID_INPUT: no such tag. */
mxl_status mxl_table_tag_delete(mxl_table* table, mxl_string tag, mxl_error* error);

/** All tags, by name. */
mxl_status mxl_table_tags(const mxl_table* table, mxl_tag_list** out, mxl_error* error);
size_t mxl_tag_list_count(const mxl_tag_list* list);
mxl_status mxl_tag_list_get(const mxl_tag_list* list, size_t index, mxl_string* out_name,
                            uint64_t* out_version, mxl_error* error);
void mxl_tag_list_free(mxl_tag_list* list);

/* ----------------------------------------------------------------------------------------------------------
 * optimize */

typedef struct mxl_compact_options {
  size_t struct_size;
  uint64_t target_rows_per_fragment; /**< 0: 1 Mi. */
  uint64_t max_bytes_per_file;
  uint64_t max_rows_per_group;
  uint32_t
      batch_size; /**< Rows held at a time; a smaller number needs less memory for wide rows. */
  uint32_t num_threads; /**< Fragments compacted at a time. */
  /** Rewrite a fragment if more than this fraction of its rows is deleted; 0: 0.1. Negative: never
   * for deletions alone. */
  double materialize_deletions_threshold;
  uint64_t io_buffer_bytes; /**< As in mxl_scan_options. */
  /** Rows for which the first of these columns that is not null is equal keep their order:
   * timestamps. Where a merge would change it, it is left out. None: only what is behind all that
   * stays is merged. Tables with indices or stable row ids are merged as Lance does it, whose
   * merged rows come to stand behind all others. */
  const mxl_string* order;
  size_t n_order;
} mxl_compact_options;

typedef struct mxl_compact_result {
  size_t struct_size;
  uint64_t fragments_removed;
  uint64_t fragments_added;
  uint64_t files_removed;
  uint64_t files_added;
} mxl_compact_result;

/** Compacts small fragments and removes deleted rows. Row ids of moved rows change. All zero: there
 * was nothing to do. COMMIT_CONFLICT: a writer changed the same fragments; retryable. NOT_SUPPORTED
 * on servers. */
mxl_status mxl_table_compact(mxl_table* table, const mxl_compact_options* options,
                             mxl_compact_result* out, mxl_error* error);

typedef struct mxl_prune_options {
  size_t struct_size;
  uint64_t
      older_than_seconds;  /**< Versions younger than this are kept; 0: only the latest is kept. */
  int32_t error_if_tagged; /**< 0: tagged versions are kept silently. 1: one that is old enough to
                              prune is INVALID_INPUT. */
  /** 0: files not referenced by any version are kept for 7 days, because they may belong to a write
   * in progress. 1: they are removed immediately; only safe without other writers. */
  int32_t delete_unverified;
  /** The time by the clock of the store, in microseconds since 1970; 0: unknown, and the time at
   * which the latest version was stored is taken for it, so that less is removed. */
  int64_t now_us;
} mxl_prune_options;

typedef struct mxl_prune_result {
  size_t struct_size;
  uint64_t bytes_removed;
  uint64_t versions_removed;
  uint64_t data_files_removed;
  uint64_t failed_deletes; /**< Files that could not be deleted; the next prune retries them. */
} mxl_prune_result;

/** Removes old versions and the files that only they need. How old versions and files are, goes by
 * the clock of the store, whatever this machine's or those of writers say. Handles and streams at a
 * removed version fail when they next read. `options` is required. NOT_SUPPORTED on servers. */
mxl_status mxl_table_prune(mxl_table* table, const mxl_prune_options* options,
                           mxl_prune_result* out, mxl_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* METAXY_LANCEDB_H_ */
