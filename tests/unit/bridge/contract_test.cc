// The rules at the top of metaxy_lancedb.h, for every function.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "bridge_testing.h"
#include "c_api_test.h"
#include "test_paths.h"

namespace metaxy::internal {
namespace {

using ContractTest = BridgeTest;
using ::testing::HasSubstr;

TEST_F(ContractTest, ServesPlainC) {
  const char* failed = RunCApiTest(directory().c_str());
  EXPECT_STREQ(failed, nullptr);
}

TEST_F(ContractTest, ReportsTheVersionsOfTheLockFile) {
  std::ifstream file(metaxy::testing::SourceDir() + "/bridge/Cargo.lock");
  std::stringstream lock;
  lock << file.rdbuf();
  std::string text(mxl_library_version());
  for (std::string crate : {"lancedb", "lance"}) {
    std::string begin = "name = \"" + crate + "\"\nversion = \"";
    size_t at = lock.str().find(begin);
    ASSERT_NE(at, std::string::npos) << crate;
    at += begin.size();
    std::string version = lock.str().substr(at, lock.str().find('"', at) - at);
    EXPECT_THAT(text, HasSubstr(crate + " " + version));
  }
}

TEST_F(ContractTest, ReusesAnErrorThatHoldsAFailure) {
  CHandles handles(directory());
  CError error;
  mxl_table* table = nullptr;
  EXPECT_EQ(mxl_table_open(handles.connection, Text("first"), &table, &error), MXL_NOT_FOUND);
  EXPECT_THAT(error.text(), HasSubstr("first"));
  EXPECT_EQ(mxl_table_open(handles.connection, Text(""), &table, &error), MXL_INVALID_INPUT);
  EXPECT_EQ(error.code, MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), HasSubstr("'name' is empty"));
  // A success leaves it alone.
  uint64_t version = 0;
  EXPECT_EQ(mxl_table_version(handles.table, &version, &error), MXL_OK);
  EXPECT_EQ(error.code, MXL_INVALID_INPUT);
}

TEST_F(ContractTest, LeavesResultsUntouchedOnFailure) {
  CHandles handles(directory());
  auto* marker = reinterpret_cast<mxl_table*>(0x1234);
  mxl_table* table = marker;
  EXPECT_EQ(mxl_table_open(handles.connection, Text("absent"), &table, nullptr), MXL_NOT_FOUND);
  EXPECT_EQ(table, marker);
  uint64_t rows = 77;
  EXPECT_EQ(mxl_table_count(handles.table, Text("absent = 1"), &rows, nullptr), MXL_INVALID_INPUT);
  EXPECT_EQ(rows, 77U);
}

TEST_F(ContractTest, RefusesInvalidUtf8) {
  CHandles handles(directory());
  struct Case {
    mxl_string name;
    std::string message;
  };
  const char invalid[] = {'a', '\xff'};
  for (const Case& c :
       {Case{{nullptr, 3}, "'name' is NULL with a length of 3"},
        Case{{invalid, 2}, "'name' is not valid UTF-8"}, Case{Text("a/b"), "Invalid table name"},
        Case{Text("../t"), "Invalid table name"}}) {
    CError error;
    mxl_table* table = nullptr;
    EXPECT_EQ(mxl_table_open(handles.connection, c.name, &table, &error), MXL_INVALID_INPUT);
    EXPECT_THAT(error.text(), HasSubstr(c.message));
    CError drop_error;
    EXPECT_EQ(mxl_table_drop(handles.connection, c.name, &drop_error), MXL_INVALID_INPUT);
  }
}

TEST_F(ContractTest, EndsMessagesAtANulByte) {
  CHandles handles(directory());
  CError error;
  mxl_table* table = nullptr;
  std::string name("a\0b", 3);
  EXPECT_EQ(mxl_table_open(handles.connection, Text(name), &table, &error), MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), HasSubstr("cannot open table 'a"));
}

// Options of an older caller are shorter, those of a newer one longer.
TEST_F(ContractTest, ReadsOptionsByTheirSize) {
  CHandles handles(directory());
  struct Longer {
    mxl_scan_options options;
    uint64_t unknown;
  } longer{};
  longer.options.struct_size = sizeof(longer);
  longer.options.has_limit = 1;
  longer.options.limit = 1;
  ArrowArrayStream stream{};
  ASSERT_EQ(mxl_table_scan(handles.table, &longer.options, &stream, nullptr), MXL_OK);
  stream.release(&stream);
  longer.unknown = 1;
  CError error;
  EXPECT_EQ(mxl_table_scan(handles.table, &longer.options, &stream, &error), MXL_NOT_SUPPORTED);
  EXPECT_THAT(error.text(), HasSubstr("mxl_scan_options"));

  mxl_scan_options shorter{};
  shorter.struct_size = offsetof(mxl_scan_options, has_limit);
  shorter.has_limit = 1;  // Past the end, so it is ignored.
  ASSERT_EQ(mxl_table_scan(handles.table, &shorter, &stream, nullptr), MXL_OK);
  ArrowArray array{};
  ASSERT_EQ(stream.get_next(&stream, &array), 0);
  EXPECT_EQ(array.length, 10);
  array.release(&array);
  stream.release(&stream);

  for (size_t size : {size_t{0}, size_t{7}}) {
    shorter.struct_size = size;
    EXPECT_EQ(mxl_table_scan(handles.table, &shorter, &stream, &error), MXL_INVALID_INPUT);
    EXPECT_THAT(error.text(), HasSubstr("struct_size"));
  }
}

TEST_F(ContractTest, WritesResultsByTheirSize) {
  CHandles handles(directory());
  mxl_stats stats;
  std::memset(&stats, 0x55, sizeof(stats));
  stats.struct_size = offsetof(mxl_stats, deleted_rows);
  ASSERT_EQ(mxl_table_stats(handles.table, 0, &stats, nullptr), MXL_OK);
  EXPECT_EQ(stats.rows, 10);
  EXPECT_EQ(stats.deleted_rows, 0x5555555555555555);
  EXPECT_EQ(stats.struct_size, offsetof(mxl_stats, deleted_rows));
}

TEST_F(ContractTest, RefusesHandlesOfTheParentInAForkedChild) {
  CHandles handles(directory());
  // Not by exit code: valgrind has one of its own for memory held by the parent's threads.
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    uint64_t rows = 0;
    mxl_status status = mxl_table_count(handles.table, Text(""), &rows, nullptr);
    ssize_t written = write(ends[1], &status, sizeof(status));
    _exit(written == sizeof(status) ? 0 : 1);
  }
  mxl_status status = MXL_OK;
  EXPECT_EQ(read(ends[0], &status, sizeof(status)), static_cast<ssize_t>(sizeof(status)));
  EXPECT_EQ(status, MXL_NOT_SUPPORTED);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(ends[0]);
  close(ends[1]);
}

// It fails at once, instead of waiting for threads that only the parent has.
TEST_F(ContractTest, AForkedChildCannotConnect) {
  CHandles handles(directory());
  uint64_t rows = 0;
  ASSERT_EQ(mxl_table_count(handles.table, Text(""), &rows, nullptr), MXL_OK);
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    mxl_connect_options options{};
    options.struct_size = sizeof(options);
    const std::string uri = (directory() / "c-db").string();
    options.uri = Text(uri);
    mxl_connection* connection = nullptr;
    const int32_t code = mxl_connect(&options, &connection, nullptr);
    const ssize_t written = write(ends[1], &code, sizeof(code));
    _exit(written == sizeof(code) ? 0 : 1);
  }
  int32_t code = -1;
  EXPECT_EQ(read(ends[0], &code, sizeof(code)), static_cast<ssize_t>(sizeof(code)));
  EXPECT_EQ(code, MXL_NOT_SUPPORTED);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(mxl_table_count(handles.table, Text(""), &rows, nullptr), MXL_OK);
}

// Including a stream and a handle that the parent has left open.
TEST_F(ContractTest, AStreamKnowsAFork) {
  CHandles handles(directory());
  ArrowArrayStream stream{};
  ASSERT_EQ(mxl_table_scan(handles.table, nullptr, &stream, nullptr), MXL_OK);
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    ArrowArray array{};
    const bool failed = stream.get_next(&stream, &array) != 0;
    const mxl_status status = failed ? mxl_stream_error(&stream, nullptr) : MXL_OK;
    stream.release(&stream);
    mxl_table_free(handles.table);
    mxl_connection_free(handles.connection);
    const ssize_t written = write(ends[1], &status, sizeof(status));
    _exit(written == sizeof(status) ? 0 : 1);
  }
  mxl_status status = MXL_OK;
  EXPECT_EQ(read(ends[0], &status, sizeof(status)), static_cast<ssize_t>(sizeof(status)));
  EXPECT_EQ(status, MXL_NOT_SUPPORTED);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(ends[0]);
  close(ends[1]);
  ArrowArray array{};
  ASSERT_EQ(stream.get_next(&stream, &array), 0);
  array.release(&array);
  stream.release(&stream);
}

TEST_F(ContractTest, FreesNothingForNull) {
  mxl_connection_free(nullptr);
  mxl_table_free(nullptr);
  mxl_string_list_free(nullptr);
  mxl_version_list_free(nullptr);
  mxl_tag_list_free(nullptr);
  mxl_fragment_list_free(nullptr);
  EXPECT_EQ(mxl_string_list_count(nullptr), 0U);
  EXPECT_EQ(mxl_version_list_count(nullptr), 0U);
  EXPECT_EQ(mxl_tag_list_count(nullptr), 0U);
  EXPECT_EQ(mxl_fragment_list_count(nullptr), 0U);
}

}  // namespace
}  // namespace metaxy::internal
