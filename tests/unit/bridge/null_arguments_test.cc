// Every pointer of every function, NULL once: INVALID_INPUT that names it, and streams and schemas
// are released.
#include <arrow/c/bridge.h>

#include <functional>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

/// Valid values for everything a call can need.
class Arguments {
 public:
  explicit Arguments(const std::filesystem::path& directory) : handles(directory) {
    uri = (directory / "other").string();
    connect.struct_size = sizeof(connect);
    connect.uri = Text(uri);
    prune.struct_size = sizeof(prune);
    prune_result.struct_size = sizeof(prune_result);
    compact_result.struct_size = sizeof(compact_result);
    delete_result.struct_size = sizeof(delete_result);
    stats.struct_size = sizeof(stats);
    version_info.struct_size = sizeof(version_info);
    fragment.struct_size = sizeof(fragment);
    no_fragments.struct_size = sizeof(no_fragments);
    no_fragments.n_fragments = 1;
    alteration.struct_size = sizeof(alteration);
    alteration.path = Text("id");
    alteration.rename = Text("other");
    Must(arrow::ExportSchema(*arrow::schema({arrow::field("n", arrow::utf8())}), &schema));
    CError error;
    if (mxl_connection_table_names(C(), {}, 0, &names, &error) != MXL_OK ||
        mxl_table_versions(T(), &versions, &error) != MXL_OK ||
        mxl_table_tag_create(T(), Text("tag"), 1, &error) != MXL_OK ||
        mxl_table_tags(T(), &tags, &error) != MXL_OK ||
        mxl_table_rewrites(T(), nullptr, 0, 0, 1, &fragments, &error) != MXL_OK) {
      throw std::runtime_error(error.text());
    }
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  ~Arguments() {
    if (schema.release != nullptr) schema.release(&schema);
    mxl_string_list_free(names);
    mxl_version_list_free(versions);
    mxl_tag_list_free(tags);
    mxl_fragment_list_free(fragments);
  }

  mxl_connection* C() const { return handles.connection; }
  mxl_table* T() const { return handles.table; }

  CHandles handles;
  std::string uri;
  mxl_connect_options connect{};
  mxl_prune_options prune{};
  mxl_prune_result prune_result{};
  mxl_compact_result compact_result{};
  mxl_delete_result delete_result{};
  mxl_stats stats{};
  mxl_version_info version_info{};
  mxl_fragment fragment{};
  mxl_scan_options no_fragments{};
  mxl_column_alteration alteration{};
  const mxl_column_alteration* alterations[1] = {&alteration};
  ArrowSchema schema{};
  TestStream input;
  mxl_string_list* names = nullptr;
  mxl_version_list* versions = nullptr;
  mxl_tag_list* tags = nullptr;
  mxl_fragment_list* fragments = nullptr;
  // Unused results.
  mxl_connection* connection_out = nullptr;
  mxl_table* table_out = nullptr;
  mxl_string_list* names_out = nullptr;
  mxl_version_list* versions_out = nullptr;
  mxl_tag_list* tags_out = nullptr;
  mxl_fragment_list* fragments_out = nullptr;
  ArrowArrayStream stream_out{};
  ArrowSchema schema_out{};
  mxl_string string_out{};
  mxl_key_value entry_out{};
  uint64_t number_out = 0;
  uint32_t small_out = 0;
  int32_t flag_out = 0;
  int64_t signed_out = 0;
};

struct Case {
  const char* argument;  ///< The name in the message.
  std::function<mxl_status(Arguments&, mxl_error*)> call;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.argument; }

#define CASE(argument, call)                                                                 \
  Case {                                                                                     \
    argument, []([[maybe_unused]] Arguments& a, mxl_error* e) -> mxl_status { return call; } \
  }

std::vector<Case> ConnectionCases() {
  return {
      CASE("options", mxl_connect(nullptr, &a.connection_out, e)),
      CASE("out", mxl_connect(&a.connect, nullptr, e)),
      CASE("connection", mxl_connection_is_remote(nullptr, &a.flag_out, e)),
      CASE("out", mxl_connection_is_remote(a.C(), nullptr, e)),
      CASE("options", mxl_unknown_storage_options(nullptr, &a.names_out, e)),
      CASE("out", mxl_unknown_storage_options(&a.connect, nullptr, e)),
      CASE("options", mxl_environment_storage_options(nullptr, &a.names_out, e)),
      CASE("out", mxl_environment_storage_options(&a.connect, nullptr, e)),
      CASE("options", mxl_check_options(nullptr, e)),
      CASE("url", mxl_clock_ahead({}, 1000, &a.signed_out, e)),
      CASE("out_ms", mxl_clock_ahead(Text("http://127.0.0.1:1"), 1000, nullptr, e)),
      CASE("connection", mxl_connection_probe_conditional_write(nullptr, &a.flag_out, e)),
      CASE("out", mxl_connection_probe_conditional_write(a.C(), nullptr, e)),
      CASE("connection", mxl_connection_table_names(nullptr, {}, 0, &a.names_out, e)),
      CASE("out", mxl_connection_table_names(a.C(), {}, 0, nullptr, e)),
      CASE("list", mxl_string_list_get(nullptr, 0, &a.string_out, e)),
      CASE("out", mxl_string_list_get(a.names, 0, nullptr, e)),
      CASE("connection", mxl_table_open(nullptr, Text("t"), &a.table_out, e)),
      CASE("name", mxl_table_open(a.C(), {}, &a.table_out, e)),
      CASE("out", mxl_table_open(a.C(), Text("t"), nullptr, e)),
      CASE("connection",
           mxl_table_create(nullptr, Text("n"), a.input.get(), nullptr, &a.table_out, e)),
      CASE("name", mxl_table_create(a.C(), {}, a.input.get(), nullptr, &a.table_out, e)),
      CASE("stream", mxl_table_create(a.C(), Text("n"), nullptr, nullptr, &a.table_out, e)),
      CASE("out", mxl_table_create(a.C(), Text("n"), a.input.get(), nullptr, nullptr, e)),
      CASE("connection", mxl_table_drop(nullptr, Text("t"), e)),
      CASE("name", mxl_table_drop(a.C(), {}, e)),
  };
}

std::vector<Case> ReadCases() {
  return {
      CASE("table", mxl_table_schema(nullptr, &a.schema_out, e)),
      CASE("out", mxl_table_schema(a.T(), nullptr, e)),
      CASE("table", mxl_table_file_format(nullptr, &a.small_out, &a.small_out, e)),
      CASE("major", mxl_table_file_format(a.T(), nullptr, &a.small_out, e)),
      CASE("minor", mxl_table_file_format(a.T(), &a.small_out, nullptr, e)),
      CASE("table", mxl_table_version(nullptr, &a.number_out, e)),
      CASE("out", mxl_table_version(a.T(), nullptr, e)),
      CASE("table", mxl_table_checkout(nullptr, 1, e)),
      CASE("table", mxl_table_checkout_latest(nullptr, e)),
      CASE("table", mxl_table_scan(nullptr, nullptr, &a.stream_out, e)),
      CASE("out", mxl_table_scan(a.T(), nullptr, nullptr, e)),
      CASE("fragments", mxl_table_scan(a.T(), &a.no_fragments, &a.stream_out, e)),
      CASE("table", mxl_table_take(nullptr, &a.number_out, 1, nullptr, &a.stream_out, e)),
      CASE("row_ids", mxl_table_take(a.T(), nullptr, 1, nullptr, &a.stream_out, e)),
      CASE("out", mxl_table_take(a.T(), &a.number_out, 1, nullptr, nullptr, e)),
      CASE("stream", mxl_stream_error(nullptr, e)),
      CASE("table", mxl_table_count(nullptr, {}, &a.number_out, e)),
      CASE("out", mxl_table_count(a.T(), {}, nullptr, e)),
      CASE("table", mxl_table_stats(nullptr, 0, &a.stats, e)),
      CASE("out", mxl_table_stats(a.T(), 0, nullptr, e)),
      CASE("table", mxl_table_count_fragments(nullptr, &a.number_out, 1, &a.number_out, e)),
      CASE("limits", mxl_table_count_fragments(a.T(), nullptr, 1, &a.number_out, e)),
      CASE("out_counts", mxl_table_count_fragments(a.T(), &a.number_out, 1, nullptr, e)),
      CASE("table", mxl_table_fragments(nullptr, nullptr, 0, &a.names_out, &a.fragments_out, e)),
      CASE("columns", mxl_table_fragments(a.T(), nullptr, 1, &a.names_out, &a.fragments_out, e)),
      CASE("out_columns", mxl_table_fragments(a.T(), nullptr, 0, nullptr, &a.fragments_out, e)),
      CASE("out", mxl_table_fragments(a.T(), nullptr, 0, &a.names_out, nullptr, e)),
      CASE("table", mxl_table_rewrites(nullptr, nullptr, 0, 0, 1, &a.fragments_out, e)),
      CASE("columns", mxl_table_rewrites(a.T(), nullptr, 1, 0, 1, &a.fragments_out, e)),
      CASE("out", mxl_table_rewrites(a.T(), nullptr, 0, 0, 1, nullptr, e)),
      CASE("table", mxl_table_deleted_rows(nullptr, nullptr, 0, &a.stream_out, e)),
      CASE("fragments", mxl_table_deleted_rows(a.T(), nullptr, 1, &a.stream_out, e)),
      CASE("out", mxl_table_deleted_rows(a.T(), nullptr, 0, nullptr, e)),
      CASE("list", mxl_fragment_list_get(nullptr, 0, &a.fragment, e)),
      CASE("out", mxl_fragment_list_get(a.fragments, 0, nullptr, e)),
      CASE("table", mxl_table_indices(nullptr, &a.names_out, e)),
      CASE("out", mxl_table_indices(a.T(), nullptr, e)),
      CASE("table", mxl_table_versions(nullptr, &a.versions_out, e)),
      CASE("out", mxl_table_versions(a.T(), nullptr, e)),
      CASE("list", mxl_version_list_get(nullptr, 0, &a.version_info, e)),
      CASE("out", mxl_version_list_get(a.versions, 0, nullptr, e)),
      CASE("list", mxl_version_list_metadata(nullptr, 0, 0, &a.entry_out, e)),
      CASE("out", mxl_version_list_metadata(a.versions, 0, 0, nullptr, e)),
      CASE("table", mxl_table_tags(nullptr, &a.tags_out, e)),
      CASE("out", mxl_table_tags(a.T(), nullptr, e)),
      CASE("list", mxl_tag_list_get(nullptr, 0, &a.string_out, &a.number_out, e)),
      CASE("out_name", mxl_tag_list_get(a.tags, 0, nullptr, &a.number_out, e)),
      CASE("out_version", mxl_tag_list_get(a.tags, 0, &a.string_out, nullptr, e)),
  };
}

std::vector<Case> WriteCases() {
  return {
      CASE("table", mxl_table_append(nullptr, a.input.get(), nullptr, &a.number_out, e)),
      CASE("stream", mxl_table_append(a.T(), nullptr, nullptr, &a.number_out, e)),
      CASE("out_version", mxl_table_append(a.T(), a.input.get(), nullptr, nullptr, e)),
      CASE("table", mxl_table_replace(nullptr, a.input.get(), nullptr, &a.number_out, e)),
      CASE("stream", mxl_table_replace(a.T(), nullptr, nullptr, &a.number_out, e)),
      CASE("out_version", mxl_table_replace(a.T(), a.input.get(), nullptr, nullptr, e)),
      CASE("table", mxl_table_find_write(nullptr, Text("x"), 0, &a.number_out, e)),
      CASE("write_id", mxl_table_find_write(a.T(), {}, 0, &a.number_out, e)),
      CASE("out_version", mxl_table_find_write(a.T(), Text("x"), 0, nullptr, e)),
      CASE("table", mxl_table_write_fragments(nullptr, a.input.get(), nullptr, &a.names_out, e)),
      CASE("stream", mxl_table_write_fragments(a.T(), nullptr, nullptr, &a.names_out, e)),
      CASE("out", mxl_table_write_fragments(a.T(), a.input.get(), nullptr, nullptr, e)),
      CASE("table", mxl_table_commit_fragments(nullptr, nullptr, 0, nullptr, &a.number_out, e)),
      CASE("fragments", mxl_table_commit_fragments(a.T(), nullptr, 1, nullptr, &a.number_out, e)),
      CASE("out_version", mxl_table_commit_fragments(a.T(), nullptr, 0, nullptr, nullptr, e)),
      CASE("table", mxl_table_check_fragments(nullptr, Text("x"), e)),
      CASE("fragments", mxl_table_check_fragments(a.T(), {}, e)),
      CASE("table", mxl_table_scan_fragments(nullptr, Text("x"), 1, nullptr, 0, &a.stream_out, e)),
      CASE("fragments", mxl_table_scan_fragments(a.T(), {}, 1, nullptr, 0, &a.stream_out, e)),
      CASE("out", mxl_table_scan_fragments(a.T(), Text("x"), 1, nullptr, 0, nullptr, e)),
      CASE("table", mxl_table_delete(nullptr, Text("id = 1"), &a.delete_result, e)),
      CASE("predicate", mxl_table_delete(a.T(), {}, &a.delete_result, e)),
      CASE("out", mxl_table_delete(a.T(), Text("id = 1"), nullptr, e)),
      CASE("table", mxl_table_delete_rows(nullptr, &a.number_out, 1, &a.delete_result, e)),
      CASE("row_ids", mxl_table_delete_rows(a.T(), nullptr, 1, &a.delete_result, e)),
      CASE("out", mxl_table_delete_rows(a.T(), &a.number_out, 1, nullptr, e)),
      CASE("table", mxl_table_add_columns_null(nullptr, &a.schema, &a.number_out, e)),
      CASE("columns", mxl_table_add_columns_null(a.T(), nullptr, &a.number_out, e)),
      CASE("out_version", mxl_table_add_columns_null(a.T(), &a.schema, nullptr, e)),
      CASE("table", mxl_table_alter_columns(nullptr, a.alterations, 1, &a.number_out, e)),
      CASE("alterations", mxl_table_alter_columns(a.T(), nullptr, 1, &a.number_out, e)),
      CASE("alterations", (a.alterations[0] = nullptr,
                           mxl_table_alter_columns(a.T(), a.alterations, 1, &a.number_out, e))),
      CASE("out_version", mxl_table_alter_columns(a.T(), a.alterations, 1, nullptr, e)),
      CASE("table", mxl_table_drop_columns(nullptr, &a.string_out, 1, &a.number_out, e)),
      CASE("paths", mxl_table_drop_columns(a.T(), nullptr, 1, &a.number_out, e)),
      CASE("out_version", mxl_table_drop_columns(a.T(), &a.string_out, 1, nullptr, e)),
      CASE("table", mxl_table_set_column_name(nullptr, Text("id"), Text("n"), &a.number_out, e)),
      CASE("out_version", mxl_table_set_column_name(a.T(), Text("id"), Text("n"), nullptr, e)),
      CASE("table", mxl_table_tag_create(nullptr, Text("x"), 1, e)),
      CASE("tag", mxl_table_tag_create(a.T(), {}, 1, e)),
      CASE("table", mxl_table_tag_delete(nullptr, Text("tag"), e)),
      CASE("tag", mxl_table_tag_delete(a.T(), {}, e)),
      CASE("table", mxl_table_compact(nullptr, nullptr, &a.compact_result, e)),
      CASE("out", mxl_table_compact(a.T(), nullptr, nullptr, e)),
      CASE("table", mxl_table_prune(nullptr, &a.prune, &a.prune_result, e)),
      CASE("options", mxl_table_prune(a.T(), nullptr, &a.prune_result, e)),
      CASE("out", mxl_table_prune(a.T(), &a.prune, nullptr, e)),
  };
}

class NullArgumentsTest : public BridgeTest,
                          public ::testing::WithParamInterface<std::vector<Case>> {};

TEST_P(NullArgumentsTest, IsNamed) {
  for (size_t i = 0; i < GetParam().size(); ++i) {
    const Case& c = GetParam()[i];
    SCOPED_TRACE("case " + std::to_string(i) + ", argument " + c.argument);
    std::filesystem::remove_all(directory() / "c-db");
    Arguments arguments(directory());
    // Consumed on every path: the caller's struct no longer owns anything.
    bool takes_stream = false;
    {
      CError error;
      EXPECT_EQ(c.call(arguments, &error), MXL_INVALID_INPUT);
      EXPECT_EQ(error.code, MXL_INVALID_INPUT);
      EXPECT_EQ(error.retryable, 0);
      EXPECT_THAT(error.text(), ::testing::HasSubstr("'" + std::string(c.argument) + "'"));
      takes_stream = arguments.input.get()->release == nullptr;
      EXPECT_EQ(arguments.input.releases(), takes_stream ? 1 : 0);
    }
    // Without an error struct: the same status. (A consumed stream is now a released one.)
    EXPECT_EQ(c.call(arguments, nullptr), MXL_INVALID_INPUT);
    EXPECT_EQ(arguments.input.releases(), takes_stream ? 1 : 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Connection, NullArgumentsTest, ::testing::Values(ConnectionCases()));
INSTANTIATE_TEST_SUITE_P(Read, NullArgumentsTest, ::testing::Values(ReadCases()));
INSTANTIATE_TEST_SUITE_P(Write, NullArgumentsTest, ::testing::Values(WriteCases()));

using NullStreamTest = BridgeTest;

TEST_F(NullStreamTest, IsConsumedWhateverElseIsMissing) {
  CHandles handles(directory());
  uint64_t version = 0;
  mxl_table* table = nullptr;
  std::vector<std::function<mxl_status(ArrowArrayStream*)>> calls = {
      [&](ArrowArrayStream* s) { return mxl_table_append(nullptr, s, nullptr, &version, nullptr); },
      [&](ArrowArrayStream* s) {
        return mxl_table_append(handles.table, s, nullptr, nullptr, nullptr);
      },
      [&](ArrowArrayStream* s) {
        return mxl_table_create(nullptr, Text("n"), s, nullptr, &table, nullptr);
      },
      [&](ArrowArrayStream* s) {
        return mxl_table_create(handles.connection, {}, s, nullptr, &table, nullptr);
      },
      [&](ArrowArrayStream* s) {
        return mxl_table_create(handles.connection, Text("n"), s, nullptr, nullptr, nullptr);
      },
  };
  for (size_t i = 0; i < calls.size(); ++i) {
    SCOPED_TRACE(i);
    TestStream stream;
    EXPECT_EQ(calls[i](stream.get()), MXL_INVALID_INPUT);
    EXPECT_EQ(stream.releases(), 1);
    EXPECT_EQ(stream.get()->release, nullptr);
  }
}

TEST_F(NullStreamTest, SchemasAreConsumedToo) {
  CHandles handles(directory());
  uint64_t version = 0;
  ArrowSchema schema{};
  auto export_schema = [&] {
    Must(arrow::ExportSchema(*arrow::schema({arrow::field("n", arrow::utf8())}), &schema));
  };
  export_schema();
  EXPECT_EQ(mxl_table_add_columns_null(nullptr, &schema, &version, nullptr), MXL_INVALID_INPUT);
  EXPECT_EQ(schema.release, nullptr);
  export_schema();
  EXPECT_EQ(mxl_table_add_columns_null(handles.table, &schema, nullptr, nullptr),
            MXL_INVALID_INPUT);
  EXPECT_EQ(schema.release, nullptr);
  // For alterations all types, including those after an invalid one.
  ArrowSchema type{};
  Must(arrow::ExportType(*arrow::utf8(), &schema));
  Must(arrow::ExportType(*arrow::int32(), &type));
  mxl_column_alteration first{};
  first.struct_size = sizeof(first);
  first.data_type = &schema;  // Without a path.
  mxl_column_alteration second = first;
  second.path = Text("id");
  second.data_type = &type;
  const mxl_column_alteration* alterations[] = {&first, nullptr, &second};
  EXPECT_EQ(mxl_table_alter_columns(handles.table, alterations, 3, &version, nullptr),
            MXL_INVALID_INPUT);
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_EQ(type.release, nullptr);
}

}  // namespace
}  // namespace metaxy::internal
