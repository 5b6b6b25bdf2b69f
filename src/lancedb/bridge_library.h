// The library of the bridge, which is loaded when the first store is opened: it is hundreds of
// megabytes, whose relocations take longer than everything else that a short command does.
//
// Within this namespace the functions of metaxy_lancedb.h are pointers of the same names, so that
// code calls them as if it were linked with the library. They are null until LoadBridge() was OK;
// whoever has a handle of the bridge may call them.
#pragma once

#include <arrow/status.h>
#include <metaxy_lancedb.h>

namespace metaxy::internal {

/// \brief Loads the library once per process, and looks whether it is the one that this library was
/// built for. NotSupported, naming the reason and the remedy, if it cannot be loaded or is another
/// one. Thread-safe; takes no time once it is loaded.
arrow::Status LoadBridge();

#define METAXY_BRIDGE_FUNCTIONS(FUNCTION)          \
  FUNCTION(mxl_abi_version)                        \
  FUNCTION(mxl_check_options)                      \
  FUNCTION(mxl_clock_ahead)                        \
  FUNCTION(mxl_connect)                            \
  FUNCTION(mxl_connection_free)                    \
  FUNCTION(mxl_connection_is_remote)               \
  FUNCTION(mxl_connection_probe_conditional_write) \
  FUNCTION(mxl_connection_table_names)             \
  FUNCTION(mxl_environment_storage_options)        \
  FUNCTION(mxl_fragment_list_count)                \
  FUNCTION(mxl_fragment_list_free)                 \
  FUNCTION(mxl_fragment_list_get)                  \
  FUNCTION(mxl_set_call_limits)                    \
  FUNCTION(mxl_stream_error)                       \
  FUNCTION(mxl_string_list_count)                  \
  FUNCTION(mxl_string_list_free)                   \
  FUNCTION(mxl_string_list_get)                    \
  FUNCTION(mxl_table_add_columns_null)             \
  FUNCTION(mxl_table_alter_columns)                \
  FUNCTION(mxl_table_append)                       \
  FUNCTION(mxl_table_check_fragments)              \
  FUNCTION(mxl_table_checkout)                     \
  FUNCTION(mxl_table_checkout_latest)              \
  FUNCTION(mxl_table_commit_fragments)             \
  FUNCTION(mxl_table_compact)                      \
  FUNCTION(mxl_table_count)                        \
  FUNCTION(mxl_table_count_fragments)              \
  FUNCTION(mxl_table_create)                       \
  FUNCTION(mxl_table_delete)                       \
  FUNCTION(mxl_table_delete_rows)                  \
  FUNCTION(mxl_table_deleted_rows)                 \
  FUNCTION(mxl_table_drop)                         \
  FUNCTION(mxl_table_drop_columns)                 \
  FUNCTION(mxl_table_file_format)                  \
  FUNCTION(mxl_table_find_write)                   \
  FUNCTION(mxl_table_fragments)                    \
  FUNCTION(mxl_table_free)                         \
  FUNCTION(mxl_table_greatest)                     \
  FUNCTION(mxl_table_indices)                      \
  FUNCTION(mxl_table_open)                         \
  FUNCTION(mxl_table_prune)                        \
  FUNCTION(mxl_table_replace)                      \
  FUNCTION(mxl_table_rewrites)                     \
  FUNCTION(mxl_table_scan)                         \
  FUNCTION(mxl_table_scan_fragments)               \
  FUNCTION(mxl_table_schema)                       \
  FUNCTION(mxl_table_set_column_name)              \
  FUNCTION(mxl_table_stats)                        \
  FUNCTION(mxl_table_stored_versions)              \
  FUNCTION(mxl_table_tag_create)                   \
  FUNCTION(mxl_table_tag_delete)                   \
  FUNCTION(mxl_table_tags)                         \
  FUNCTION(mxl_table_take)                         \
  FUNCTION(mxl_table_version)                      \
  FUNCTION(mxl_table_versions)                     \
  FUNCTION(mxl_table_write_fragments)              \
  FUNCTION(mxl_tag_list_count)                     \
  FUNCTION(mxl_tag_list_free)                      \
  FUNCTION(mxl_tag_list_get)                       \
  FUNCTION(mxl_unknown_storage_options)            \
  FUNCTION(mxl_version_list_count)                 \
  FUNCTION(mxl_version_list_free)                  \
  FUNCTION(mxl_version_list_get)                   \
  FUNCTION(mxl_version_list_metadata)

#define METAXY_BRIDGE_POINTER(name) extern decltype(&::name) name;
METAXY_BRIDGE_FUNCTIONS(METAXY_BRIDGE_POINTER)
#undef METAXY_BRIDGE_POINTER

}  // namespace metaxy::internal
