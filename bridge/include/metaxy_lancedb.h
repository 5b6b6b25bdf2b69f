/*
 * metaxy_lancedb.h: LanceDB for C, as far as metaxy needs it.
 *
 * A thin C ABI over the Rust crates `lancedb` and `lance`. Nothing of metaxy is in here: no
 * feature, no version, no system column. The library is libmetaxy_lancedb.so; it exports these
 * functions and nothing else.
 *
 * Contract
 *  1. C99, `mxl_` prefix, opaque handles, each with `mxl_x_free(x)` that accepts NULL; a handle is
 * used by one thread at a time unless its comment says shared.
 *  2. Fallible functions return `mxl_status` (int32) and take `mxl_error* error` last
 * (caller-zeroed; `code, retryable, message, release`). No thread-local errors, no sentinel values;
 * results through out-parameters, which are untouched on failure. `error` may be NULL: then only
 * the status is told.
 *  3. Strings in: `{const char* ptr; size_t len}`, UTF-8, borrowed until return; {NULL, 0} is the
 * empty string. Enums cross as int32 and are validated.
 *  4. Arrow streams, arrays and schemas passed in are consumed on every path, errors included (also
 * when another argument is NULL). Streams out are caller-allocated and self-contained: they own
 * what they need of their table and of the runtime, and outlive the handle they came from.
 *  5. Every entry point and every stream callback catches panics: MXL_PANIC, never an abort, never
 * an unwinding frame. Callbacks of streams passed in are called on the calling thread, during the
 * call, and must not throw.
 *  6. One runtime and one session cache per process, built at the first call; calls block. A forked
 * child gets its own: it connects anew. Calls on handles and streams of its parent fail with
 * MXL_NOT_SUPPORTED there, and freeing them does nothing.
 *  7. `mxl_abi_version()` is compared with MXL_ABI_VERSION when a store is opened. Enum numbers are
 * explicit and stable. New fields come only at the end of a struct that begins with `struct_size`:
 * the caller sets it to sizeof of the struct it was compiled with. Zero is the default of every
 * option unless its comment says otherwise; NULL in place of an options struct means defaults.
 *  8. What is not implemented, or what the target cannot do, is MXL_NOT_SUPPORTED, never success.
 * No logic beyond argument checks and LanceDB calls.
 *
 * Column paths: `a` names a column, `a.b` the child b of the struct column a. A part that contains
 * a dot or a backtick is written in backticks, with backticks inside doubled: a.`x.y`. Names are
 * case-sensitive.
 *
 * Filters and predicates are SQL expressions of LanceDB: strings in 'single quotes', identifiers
 * plain, in `backticks` or in "double quotes", struct children as a.b. A name that no column has
 * exactly is looked for without regard to case.
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

/** What a call came to. MXL_OK is 0; every other value is a failure. */
typedef int32_t mxl_status;

#define MXL_OK 0
#define MXL_INVALID_INPUT                                                                          \
  1                          /* An argument, option, filter, path or version that cannot be right. \
                              */
#define MXL_NOT_FOUND 2      /* No such table (or database). */
#define MXL_ALREADY_EXISTS 3 /* The table (or tag) exists. */
#define MXL_COMMIT_CONFLICT \
  4 /* Another writer committed first; `retryable` says if calling again can help. */
#define MXL_PERMISSION 5      /* Permission denied, credentials missing, refused or expired. */
#define MXL_TIMEOUT 6         /* A deadline passed. */
#define MXL_NETWORK 7         /* The host cannot be reached, or it failed to serve the request. */
#define MXL_NOT_SUPPORTED 8   /* Not implemented here, or not by this kind of table. */
#define MXL_SCHEMA_MISMATCH 9 /* Columns or types that do not fit the table. */
#define MXL_CORRUPT 10        /* A file of the table is damaged, truncated or gone. */
#define MXL_IO 11             /* Reading or writing failed otherwise. */
#define MXL_RESOURCE_EXHAUSTED 12 /* Disk full, quota, too many open files, server busy. */
#define MXL_PANIC 13    /* A defect in the Rust libraries; the process and other handles go on. */
#define MXL_INTERNAL 14 /* Anything else. */
#define MXL_COMMIT_UNKNOWN 15 /* It is not known whether the write was committed. */
#define MXL_CANCELLED 16      /* The caller wanted it to stop; see mxl_set_call_limits. */

/* What it was that a store on the network did, for a caller who has words of his own. */
#define MXL_KIND_OTHER 0          /* No request, or nothing more is known. */
#define MXL_KIND_ANSWER 1         /* An answer that is a failure: `http_status`, `store_error`. */
#define MXL_KIND_NO_ADDRESS 2     /* The host's name cannot be looked up. */
#define MXL_KIND_NO_CONNECTION 3  /* Nobody listens there, or no way leads there. */
#define MXL_KIND_CUT 4            /* The connection ended before the answer did. */
#define MXL_KIND_SLOW 5           /* No answer within the time that options give a request. */
#define MXL_KIND_TLS 6            /* No TLS, or a certificate that is not accepted. */
#define MXL_KIND_HTTP_FORBIDDEN 7 /* An http:// address, without allow_http. */
#define MXL_KIND_NO_CREDENTIALS 8
#define MXL_KIND_REDIRECT 9 /* Sent elsewhere without being told where: another region. */
#define MXL_KIND_NOT_A_STORE                                          \
  10 /* Something else answers: a web page, a proxy, another service. \
      */
#define MXL_KIND_COMMIT_UNKNOWN 11
#define MXL_KIND_DEADLINE 12 /* The time of mxl_set_call_limits is up. */
#define MXL_KIND_STOPPED 13

/** A failure. The caller zeroes it before the first use and calls `release` (if set) when done with
 * it. A call that fails releases what the struct held before; a call that succeeds leaves it alone.
 */
typedef struct mxl_error {
  mxl_status code;
  int32_t retryable; /**< 1 if the same call may succeed later. */
  char* message;     /**< One line of UTF-8, NUL-terminated: what failed, with its causes. */
  void (*release)(struct mxl_error*);
  int32_t kind;        /**< MXL_KIND_*. */
  int32_t http_status; /**< Of the answer; 0: none. */
  /* NULL or empty where there is nothing to say. */
  char* doing;       /**< What was being done, in the words of this library. */
  char* host;        /**< Host and port that were asked. */
  char* store_error; /**< The store's own name of its error, such as NoSuchBucket; of MXL_KIND_TLS
                        the reason. */
  char* region;      /**< Where the store says that the bucket is. */
} mxl_error;

/** The ABI of the loaded library; must equal MXL_ABI_VERSION. */
uint32_t mxl_abi_version(void);

/** How long the calls of this thread may take from now on, and who may stop them. NULL: no limits,
 * as in the beginning. They hold for calls and for get_next of streams; where one is exceeded, the
 * call drops the requests that are under way and fails with TIMEOUT or CANCELLED, or with
 * COMMIT_UNKNOWN where rows may have been committed. What deletes or changes tables may have done
 * it all the same. */
typedef struct mxl_call_limits {
  size_t struct_size;
  int64_t time_ms; /**< From now; below 0: no limit. */
  /** Asked some fifty times a second on the calling thread; not 0: stop. NULL: nobody stops it.
   * Must be callable until the limits are set anew. */
  int32_t (*should_stop)(void* context);
  void* context;
} mxl_call_limits;

void mxl_set_call_limits(const mxl_call_limits* limits);

/** The versions inside, such as "lancedb 0.41.0, lance 14.0.2". Static. */
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

/** Lists own their strings: what a getter gives is valid until the list is freed. Immutable, so
 * shared for reading. */
typedef struct mxl_string_list mxl_string_list;
typedef struct mxl_version_list mxl_version_list;
typedef struct mxl_tag_list mxl_tag_list;

/* -------------------------------------------------------------------------------------------------------
 * connection */

typedef struct mxl_connect_options {
  size_t struct_size;
  /** A local directory (created when missing), taken as it stands, file://, s3://, gs://, az://,
   * memory://, ..., or db://NAME for LanceDB Cloud and servers. Required. */
  mxl_string uri;
  /** What the object store and LanceDB take as storage options, such as aws_region,
   * new_table_data_storage_version. */
  const mxl_key_value* storage_options;
  size_t n_storage_options;
  /** Only for db://: the key is required there; host_override names a server of one's own
   * (http://host:port). */
  mxl_string api_key;
  mxl_string region; /**< Default us-east-1. */
  mxl_string host_override;
  /** Only for db://, in milliseconds; 0 takes LanceDB's default. */
  uint64_t connect_timeout_ms;
  uint64_t read_timeout_ms;
  uint64_t total_timeout_ms;
  /** Only for db://: how often a failed request is sent again; 0 takes LanceDB's default, below 0
   * is never. */
  int32_t retries;
  int32_t reserved;
  /** How long a LanceDB handle may serve what it has read before; -1 without end, 0 never. It does
   * not move an mxl_table, which stays at its version. */
  int64_t read_consistency_interval_ms;
  /** Only for db://: how often a request is sent again that found no connection, or whose answer
   * could not be read; as retries, and by default as many as those. */
  int32_t connect_retries;
  int32_t read_retries;
  /** Only for db://: before the n-th retry there are backoff_factor * 2^n seconds, and a random
   * part of backoff_jitter seconds; 0 takes LanceDB's default. */
  double backoff_factor;
  double backoff_jitter;
} mxl_connect_options;

/** Those of `storage_options`, ascending, that the object store of `uri` does not know, and so
 * would do nothing. None where the names are not known here: for directories, servers and OpenDAL.
 */
mxl_status mxl_unknown_storage_options(const mxl_connect_options* options, mxl_string_list** out,
                                       mxl_error* error);

/** The variables of the environment, ascending, that become options of the object store of `uri`
 * because they have the name of one without the service's prefix, such as TIMEOUT; without those
 * that `storage_options` sets. */
mxl_status mxl_environment_storage_options(const mxl_connect_options* options,
                                           mxl_string_list** out, mxl_error* error);

/** Whether the options and the variables of the environment that become options can be right: their
 * types, addresses of servers, http:// without allow_http. Sends nothing.
 *  INVALID_INPUT: one cannot; the message names it and says what it must be. */
mxl_status mxl_check_options(const mxl_connect_options* options, mxl_error* error);

/** How far this machine's clock is ahead of that of the HTTP server at `url`, to about a second.
 * Sends one HEAD request.
 *  NETWORK, TIMEOUT: no answer. NOT_SUPPORTED: the answer does not tell the time. */
mxl_status mxl_clock_ahead(mxl_string url, uint64_t timeout_ms, int64_t* out_ms, mxl_error* error);

/** Connects. For object stores and servers this need not reach the network yet.
 *  INVALID_INPUT: a malformed uri or option. PERMISSION, IO: the directory cannot be created. */
mxl_status mxl_connect(const mxl_connect_options* options, mxl_connection** out, mxl_error* error);

/** Frees the handle. Tables and streams that came from it stay usable. */
void mxl_connection_free(mxl_connection* connection);

/** 1 if the connection is to a LanceDB server (db://), else 0. Several functions are NOT_SUPPORTED
 * there. */
mxl_status mxl_connection_is_remote(const mxl_connection* connection, int32_t* out,
                                    mxl_error* error);

/** 1 if the store refuses to create an object that is there, else 0: then two writers at once can
 * lose rows. Writes the empty object `_metaxy_probe` beside the tables, tries it again, and deletes
 * it if it may. A place that refuses is asked once per process.
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

/** How files are written. All zero: LanceDB's defaults (1 Mi rows a file). Servers choose for
 * themselves: anything but zero is NOT_SUPPORTED there. */
typedef struct mxl_write_options {
  size_t struct_size;
  uint64_t max_rows_per_file;
  uint64_t max_bytes_per_file;
  uint64_t max_rows_per_group;
  /** A name of this write, unique among all; empty: none. mxl_table_find_write tells later whether
   * it was committed. Servers do not keep it. */
  mxl_string write_id;
} mxl_write_options;

/** Opens a table at its latest version and stays there: schema, scan, take, count and stats read
 * that one version until mxl_table_checkout or mxl_table_checkout_latest moves the handle, whatever
 * this or another handle writes meanwhile. Writes (append, delete, columns, optimize) always apply
 * to the latest version there is when they run, and leave the handle where it is. After
 * mxl_table_checkout they are refused with INVALID_INPUT, until checkout_latest. NOT_FOUND: no such
 * table. CORRUPT: its manifest cannot be read. NOT_SUPPORTED: its files are of Lance's first
 * format, which does not keep nulls. */
mxl_status mxl_table_open(const mxl_connection* connection, mxl_string name, mxl_table** out,
                          mxl_error* error);

/** Creates a table from a stream (its schema, and rows if it has any) and opens it. Atomic: of
 * several who create the same table exactly one succeeds, and no reader sees a part of it. Consumes
 * `stream`. ALREADY_EXISTS: the table exists, or another writer was first; nothing was changed. */
mxl_status mxl_table_create(const mxl_connection* connection, mxl_string name,
                            struct ArrowArrayStream* stream, const mxl_write_options* options,
                            mxl_table** out, mxl_error* error);

/** Deletes a table with all its versions. NOT_FOUND: no such table. Open handles of it fail when
 * they next read. */
mxl_status mxl_table_drop(const mxl_connection* connection, mxl_string name, mxl_error* error);

void mxl_table_free(mxl_table* table);

/** The schema at the handle's version. */
mxl_status mxl_table_schema(const mxl_table* table, struct ArrowSchema* out, mxl_error* error);

/** The version the handle is at. */
mxl_status mxl_table_version(const mxl_table* table, uint64_t* out, mxl_error* error);

/** Moves the handle to a version and makes it read-only. INVALID_INPUT: no such version. */
mxl_status mxl_table_checkout(mxl_table* table, uint64_t version, mxl_error* error);

/** Moves the handle to the latest version and makes it writable. NOT_FOUND: the table is gone. */
mxl_status mxl_table_checkout_latest(mxl_table* table, mxl_error* error);

/* -----------------------------------------------------------------------------------------------------------
 * reading */

typedef struct mxl_scan_options {
  size_t struct_size;
  /** Column paths, in the order wanted; NULL: all columns. A path of a struct's child gives the
   * struct with only the children named. Not NULL with n_columns 0: no column (then with_row_id is
   * required). */
  const mxl_string* columns;
  size_t n_columns;
  mxl_string filter;   /**< Empty: all rows. Columns of the filter need not be among `columns`. */
  int32_t with_row_id; /**< 1: a last column `_rowid` (uint64). */
  int32_t has_limit;   /**< 1: `limit` counts. */
  uint64_t limit;
  uint64_t offset;
  uint32_t batch_size;         /**< Rows of a batch at most; 0: 65536. */
  uint32_t batch_readahead;    /**< Batches decoded ahead; 0: as many as there are cores. */
  uint32_t fragment_readahead; /**< Fragments read ahead; 0: LanceDB's choice. */
  int32_t
      unordered; /**< 0: rows in the order of the table. 1: as they come. Servers give any order. */
  /** 0: LanceDB reads wide columns (which texts are to it) only of the rows that the filter keeps.
   * 1: columns are read while the filter is asked, which is faster where it keeps most rows. */
  int32_t eager;
  uint64_t io_buffer_bytes; /**< Bytes read ahead of decoding, about; 0: LanceDB's choice. */
} mxl_scan_options;

/** Reads rows of the handle's version. Decoding runs ahead of get_next on the library's threads;
 * get_next blocks. SCHEMA_MISMATCH: no such column. INVALID_INPUT: a filter that cannot be parsed,
 * does not fit the types or names an unknown column. CORRUPT, IO, ...: also from the stream; see
 * mxl_stream_error. */
mxl_status mxl_table_scan(const mxl_table* table, const mxl_scan_options* options,
                          struct ArrowArrayStream* out, mxl_error* error);

typedef struct mxl_take_options {
  size_t struct_size;
  const mxl_string* columns; /**< As in mxl_scan_options. */
  size_t n_columns;
  int32_t with_row_id;
  uint32_t batch_size; /**< Rows fetched and given at a time; 0: 65536. */
} mxl_take_options;

/** Reads rows by their row ids (from a scan of the same version), in the order of `row_ids`,
 * duplicates included. Ascending ids are fetched fastest. INVALID_INPUT (from the call or the
 * stream): a row id is not in this version. */
mxl_status mxl_table_take(const mxl_table* table, const uint64_t* row_ids, size_t n_row_ids,
                          const mxl_take_options* options, struct ArrowArrayStream* out,
                          mxl_error* error);

/** The failure behind a get_schema or get_next of `stream` that returned non-zero, with its code:
 * fills `error` and returns that code; MXL_OK if none failed. INVALID_INPUT: `stream` is NULL,
 * released, or not made by this library. */
mxl_status mxl_stream_error(struct ArrowArrayStream* stream, mxl_error* error);

/** Counts the rows that match `filter` (empty: all; then nothing but the manifest is read). */
mxl_status mxl_table_count(const mxl_table* table, mxl_string filter, uint64_t* out,
                           mxl_error* error);

typedef struct mxl_stats {
  size_t struct_size;
  /* -1 where a server does not tell. */
  int64_t rows;         /**< Without deleted ones. */
  int64_t deleted_rows; /**< Marked as deleted, not yet removed by compaction. */
  int64_t fragments;
  int64_t small_fragments; /**< Fragments with fewer rows than asked for. */
  int64_t data_files;
  int64_t deletion_files;
  int64_t bytes;    /**< Of the data files of this version. */
  int64_t versions; /**< How many the table keeps. */
} mxl_stats;

/** The names of the table's indices, ascending. mxl_table_replace drops them all. */
mxl_status mxl_table_indices(const mxl_table* table, mxl_string_list** out, mxl_error* error);

/** Figures of the handle's version, from manifests only. `small_fragment_rows`: what counts as
 * small; 0: 1 Mi rows, the default target of compaction (servers always take theirs). */
mxl_status mxl_table_stats(const mxl_table* table, uint64_t small_fragment_rows, mxl_stats* out,
                           mxl_error* error);

/* -----------------------------------------------------------------------------------------------------------
 * writing */

/** Appends the rows of a stream in one commit and tells the version it made. Columns and struct
 * children are matched by name in any order; nullable ones that are missing become NULL; types must
 * be those of the table. Appends of several writers do not conflict. Consumes `stream`; a stream
 * without rows commits nothing and tells the latest version. SCHEMA_MISMATCH: a column that the
 * table lacks, a missing one that is not nullable, another type. */
mxl_status mxl_table_append(mxl_table* table, struct ArrowArrayStream* stream,
                            const mxl_write_options* options, uint64_t* out_version,
                            mxl_error* error);

/** Replaces all rows and the schema by those of a stream, in one commit: readers see what was there
 * before or what is there then, and older versions stay as they are. Tags, configuration and the
 * metadata of the schema stay, indices do not. Only if the latest version is
 * still that of the handle, which does not move. Consumes `stream`. COMMIT_CONFLICT (retryable,
 * with a new handle): somebody has written since; nothing was changed. Who appends or deletes at
 * the same time gets COMMIT_CONFLICT. NOT_SUPPORTED on servers. */
mxl_status mxl_table_replace(mxl_table* table, struct ArrowArrayStream* stream,
                             const mxl_write_options* options, uint64_t* out_version,
                             mxl_error* error);

/** The version that the write of this write_id made, among those after `since_version`; 0 if there
 * is none. For a write that failed without telling whether it was committed. NOT_SUPPORTED on
 * servers. */
mxl_status mxl_table_find_write(const mxl_table* table, mxl_string write_id, uint64_t since_version,
                                uint64_t* out_version, mxl_error* error);

typedef struct mxl_delete_result {
  size_t struct_size;
  uint64_t version; /**< The version it made. */
  uint64_t rows_deleted;
} mxl_delete_result;

/** Deletes the rows of the latest version that match `predicate` (required). COMMIT_CONFLICT:
 * another writer changed the same rows. */
mxl_status mxl_table_delete(mxl_table* table, mxl_string predicate, mxl_delete_result* out,
                            mxl_error* error);

/* --------------------------------------------------------------------------------------------------
 * schema evolution */

/** Adds columns that are NULL in every row, without touching data files. `columns` is a struct
 * schema; all its fields must be nullable. A struct field that the table has already is merged: its
 * children that the table lacks are added, so
 *  {"s": struct<new>} adds s.new. Consumes `columns`.
 *  INVALID_INPUT: a column exists already, or is not nullable. NOT_SUPPORTED: the table's files are
 * of a format that has no place for maps (before 2.2) or for null structs (before 2.1). */
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
 *  INVALID_INPUT, SCHEMA_MISMATCH: an unknown column, a cast that does not exist, a NULL where none
 * may be. */
mxl_status mxl_table_alter_columns(mxl_table* table,
                                   const mxl_column_alteration* const* alterations,
                                   size_t n_alterations, uint64_t* out_version, mxl_error* error);

/** Removes columns or children of structs, without touching data files. A struct whose stored
 * children are all removed reads as NULL in the rows written before. */
mxl_status mxl_table_drop_columns(mxl_table* table, const mxl_string* paths, size_t n_paths,
                                  uint64_t* out_version, mxl_error* error);

/** Renames a column, or removes it where `new_name` is empty, without touching data files. `name`
 * is the name itself, not a path: the way out for columns that no path can name. INVALID_INPUT: no
 * such column, or there is one of the new name. NOT_SUPPORTED on servers. */
mxl_status mxl_table_set_column_name(mxl_table* table, mxl_string name, mxl_string new_name,
                                     uint64_t* out_version, mxl_error* error);

/* --------------------------------------------------------------------------------------------------
 * versions and tags */

typedef struct mxl_version_info {
  size_t struct_size;
  uint64_t version;
  int64_t timestamp_us; /**< When it was committed: microseconds since 1970, UTC. */
  size_t n_metadata;
} mxl_version_info;

/** All versions that the table keeps, ascending. Reads every manifest. */
mxl_status mxl_table_versions(const mxl_table* table, mxl_version_list** out, mxl_error* error);
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
  uint32_t batch_size;  /**< Rows held at a time; smaller needs less memory for wide rows. */
  uint32_t num_threads; /**< Fragments compacted at a time. */
  /** Rewrite a fragment once more than this part of its rows is deleted; 0: 0.1. Below 0: never for
   * deletions alone. */
  double materialize_deletions_threshold;
} mxl_compact_options;

typedef struct mxl_compact_result {
  size_t struct_size;
  uint64_t fragments_removed;
  uint64_t fragments_added;
  uint64_t files_removed;
  uint64_t files_added;
} mxl_compact_result;

/** Merges small fragments and removes deleted rows. Row ids of moved rows change. All zero: there
 * was nothing to do. COMMIT_CONFLICT: a writer changed the same fragments; retryable. NOT_SUPPORTED
 * on servers. */
mxl_status mxl_table_compact(mxl_table* table, const mxl_compact_options* options,
                             mxl_compact_result* out, mxl_error* error);

typedef struct mxl_prune_options {
  size_t struct_size;
  uint64_t older_than_seconds; /**< Versions younger than this stay; 0: all but the latest go. */
  int32_t error_if_tagged; /**< 0: tagged versions are kept in silence. 1: one that is old enough is
                              INVALID_INPUT. */
  /** 0: files that no version names stay for 7 days, for they may belong to a write that is under
   * way. 1: they go at once; only when nobody else writes. */
  int32_t delete_unverified;
} mxl_prune_options;

typedef struct mxl_prune_result {
  size_t struct_size;
  uint64_t bytes_removed;
  uint64_t versions_removed;
  uint64_t data_files_removed;
  uint64_t failed_deletes; /**< Files that could not be deleted; the next prune finds them again. */
} mxl_prune_result;

/** Removes old versions and the files that only they need. Handles and streams at a removed version
 * fail when they next read. `options` is required. NOT_SUPPORTED on servers. */
mxl_status mxl_table_prune(mxl_table* table, const mxl_prune_options* options,
                           mxl_prune_result* out, mxl_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* METAXY_LANCEDB_H_ */
