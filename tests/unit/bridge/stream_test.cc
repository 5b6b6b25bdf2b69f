// The streams themselves, at the level of C.
#include <cerrno>
#include <cstring>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using StreamTest = BridgeTest;
using ::testing::HasSubstr;

TEST_F(StreamTest, EndsAndStaysAtItsEnd) {
  CHandles handles(directory());
  ArrowArrayStream stream{};
  ASSERT_EQ(mxl_table_scan(handles.table, nullptr, &stream, nullptr), MXL_OK);
  ArrowSchema schema{};
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
    EXPECT_STREQ(schema.format, "+s");
    schema.release(&schema);
  }
  ArrowArray array{};
  ASSERT_EQ(stream.get_next(&stream, &array), 0);
  EXPECT_EQ(array.length, 10);
  array.release(&array);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(stream.get_next(&stream, &array), 0);
    EXPECT_EQ(array.release, nullptr);
  }
  EXPECT_EQ(stream.get_last_error(&stream), nullptr);
  EXPECT_EQ(mxl_stream_error(&stream, nullptr), MXL_OK);
  stream.release(&stream);
  EXPECT_EQ(stream.release, nullptr);
}

TEST_F(StreamTest, RepeatsItsFailure) {
  CHandles handles(directory());
  mxl_scan_options options{};
  options.struct_size = sizeof(options);
  options.filter = Text("regexp_match(arrow_cast(id, 'Utf8'), '[') IS NOT NULL");
  ArrowArrayStream stream{};
  CError error;
  ASSERT_EQ(mxl_table_scan(handles.table, &options, &stream, &error), MXL_OK) << error.text();
  ArrowArray array{};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(stream.get_next(&stream, &array), EINVAL);
    EXPECT_THAT(stream.get_last_error(&stream), HasSubstr("cannot scan table 't'"));
    EXPECT_EQ(mxl_stream_error(&stream, &error), MXL_INVALID_INPUT);
    EXPECT_THAT(error.text(), HasSubstr("cannot scan table 't'"));
  }
  stream.release(&stream);
}

TEST_F(StreamTest, ReportsErrorsOfItsOwnStreamsOnly) {
  TestStream foreign;
  CError error;
  EXPECT_EQ(mxl_stream_error(foreign.get(), &error), MXL_INVALID_INPUT);
  ArrowArrayStream released{};
  EXPECT_EQ(mxl_stream_error(&released, nullptr), MXL_INVALID_INPUT);
}

TEST_F(StreamTest, PassesTheCodeOfItsOwnFailureThroughAppend) {
  CHandles handles(directory());
  mxl_scan_options options{};
  options.struct_size = sizeof(options);
  options.filter = Text("regexp_match(arrow_cast(id, 'Utf8'), '[') IS NOT NULL");
  ArrowArrayStream stream{};
  ASSERT_EQ(mxl_table_scan(handles.table, &options, &stream, nullptr), MXL_OK);
  CError error;
  uint64_t version = 0;
  EXPECT_EQ(mxl_table_append(handles.table, &stream, nullptr, &version, &error), MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), HasSubstr("cannot scan table 't'"));
  EXPECT_EQ(stream.release, nullptr);
}

TEST_F(StreamTest, SurvivesBadProducers) {
  CHandles handles(directory());
  struct Case {
    TestStream::Options options;
    mxl_status status;
    std::string message;
  };
  for (const Case& c : {
           Case{{.fail_schema = true}, MXL_IO, "the producer broke"},
           Case{{.fail_after = 0, .without_text = true}, MXL_IO, "errno 5"},
           Case{{.fail_after = 0, .error_number = ENOMEM},
                MXL_RESOURCE_EXHAUSTED,
                "the producer broke"},
           Case{{.fail_after = 0, .error_number = EINVAL}, MXL_INVALID_INPUT, "the producer broke"},
       }) {
    TestStream stream(c.options);
    CError error;
    uint64_t version = 0;
    EXPECT_EQ(mxl_table_append(handles.table, stream.get(), nullptr, &version, &error), c.status);
    EXPECT_THAT(error.text(), HasSubstr(c.message));
    EXPECT_EQ(stream.releases(), 1);
  }
  // A stream without callbacks, and one that is not a struct.
  ArrowArrayStream empty{};
  uint64_t version = 0;
  EXPECT_EQ(mxl_table_append(handles.table, &empty, nullptr, &version, nullptr), MXL_INVALID_INPUT);
  TestStream no_struct;
  no_struct.get()->get_schema = [](ArrowArrayStream*, ArrowSchema* out) {
    *out = {};
    out->format = "l";
    out->name = "";
    out->release = [](ArrowSchema* schema) { schema->release = nullptr; };
    return 0;
  };
  CError error;
  EXPECT_EQ(mxl_table_append(handles.table, no_struct.get(), nullptr, &version, &error),
            MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), HasSubstr("schema of the input stream"));
  EXPECT_EQ(no_struct.releases(), 1);
}

// A batch that contradicts the schema; the writer must not mistake its absence for the end of the
// rows.
TEST_F(StreamTest, CommitsNothingIfABatchIsMalformed) {
  CHandles handles(directory());
  TestStream stream({.batches = 5});
  static int (*next)(ArrowArrayStream*, ArrowArray*) = nullptr;
  static int calls = 0;
  next = stream.get()->get_next;
  calls = 0;
  stream.get()->get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    int outcome = next(self, out);
    if (++calls == 3) out->length = 1000;  // Its only column has 10.
    return outcome;
  };
  CError error;
  uint64_t version = 0;
  EXPECT_EQ(mxl_table_append(handles.table, stream.get(), nullptr, &version, &error),
            MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), HasSubstr("a batch of the input stream"));
  ASSERT_EQ(mxl_table_checkout_latest(handles.table, nullptr), MXL_OK);
  ASSERT_EQ(mxl_table_version(handles.table, &version, nullptr), MXL_OK);
  EXPECT_EQ(version, 1U);
}

}  // namespace
}  // namespace metaxy::internal
