// Output of `metadata read`: order, and formats by extension and by name.
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/output/frame_writer.h"
#include "program.h"
#include "support/frames.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;

class ReadOutputTest : public ::testing::Test {
 protected:
  ReadOutputTest() {
    program_.Write("metaxy.toml",
                   "project = 'demo'\nentrypoints = ['features.toml']\n"
                   "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.dev.config]\nuri = 'data'\n");
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio']\n");
    program_.Write("v.ndjson", R"({"id": "b", "n": 2, "metaxy_provenance_by_field": {"audio": "x"}}
{"id": "a", "n": null, "metaxy_provenance_by_field": {"audio": "y"}}
{"id": "c", "n": 2, "metaxy_provenance_by_field": {"audio": "z"}}
)");
    const Finished written = program_.Run({"metadata", "write", "video", "--from", "v.ndjson"});
    EXPECT_EQ(written.code, 0) << written.err;
  }

  Finished Read(std::vector<std::string> words) const {
    words.insert(words.begin(), {"metadata", "read", "video", "--columns", "id,n"});
    return program_.Run(words);
  }

  // A table without the trailing spaces of missing values.
  std::string Table(const std::vector<std::string>& words) const {
    std::istringstream lines(Read(words).out);
    std::string table;
    for (std::string line; std::getline(lines, line);)
      table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return table;
  }

  std::string Content(const std::string& name) const {
    std::ifstream file(program_.path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  Program program_;
};

TEST_F(ReadOutputTest, Sorts) {
  EXPECT_EQ(Table({"--sort", "id"}), "id  n\na\nb   2\nc   2\n3 rows\n");
  EXPECT_EQ(Table({"--sort", "-n,-id"}), "id  n\na\nc   2\nb   2\n3 rows\n");
  EXPECT_THAT(Read({"--sort", "-id", "--limit", "1", "--format", "json"}),
              Printed("[\n {\"id\": \"c\", \"n\": 2}\n]\n"));
  EXPECT_THAT(Read({"--sort", "m"}), FailedWith(2, "cannot sort by 'm'"));
}

TEST_F(ReadOutputTest, PrintsFormatsByName) {
  EXPECT_THAT(Read({"--sort", "id", "--format", "ndjson"}),
              Printed("{\"id\": \"a\", \"n\": null}\n{\"id\": \"b\", \"n\": 2}\n{\"id\": \"c\", "
                      "\"n\": 2}\n"));
  EXPECT_THAT(Read({"--sort", "id", "--format", "csv", "--limit", "2"}),
              Printed("\"id\",\"n\"\n\"a\",\n\"b\",2\n"));
  // Binary formats go into pipes and files; printed output can be read in again.
  for (const char* format : {"parquet", "arrow"}) {
    const Finished printed = program_.Run({"metadata", "read", "video", "--format", format});
    EXPECT_EQ(printed.code, 0) << printed.err;
    program_.Write(std::string("again.") + format, printed.out);
    EXPECT_THAT(
        program_.Run({"metadata", "resolve", "video", "--samples", std::string("again.") + format}),
        Printed("video: 0 new, 0 stale, 0 orphaned\n"));
  }
}

TEST_F(ReadOutputTest, WritesToStandardOutputByName) {
  EXPECT_THAT(Read({"--sort", "id", "--limit", "1", "--to", "-"}),
              Printed("{\"id\": \"a\", \"n\": null}\n"));
  EXPECT_THAT(Read({"--sort", "id", "--limit", "1", "--to", "-", "--format", "csv"}),
              Printed("\"id\",\"n\"\n\"a\",\n"));
  EXPECT_THAT(Read({"--sort", "id", "--limit", "1", "--to", "-", "--format", "json"}),
              Printed("[\n {\"id\": \"a\", \"n\": null}\n]\n"));
  const Finished refused = Read({"--to", "rows.csv", "--format", "json"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err,
              HasSubstr("--format json applies only to printed output; files are parquet, "));
  EXPECT_THAT(program_.Files(), ::testing::Not(::testing::Contains("-")));
}

// A null is blank, and NaN and infinities are named; JSON has no such numbers.
TEST_F(ReadOutputTest, DistinguishesNullNanAndInfinities) {
  const auto rows = TableFromJson(
      {{"id", arrow::utf8()},
       {"f", arrow::float64()},
       {"l", arrow::list(arrow::float32())},
       {"metaxy_provenance_by_field", ByField({"audio"})}},
      R"([{"id": "p", "f": NaN, "l": [NaN, 1, null], "metaxy_provenance_by_field": {"audio": "x"}},
          {"id": "q", "f": -Inf, "metaxy_provenance_by_field": {"audio": "x"}},
          {"id": "r", "f": null, "metaxy_provenance_by_field": {"audio": "x"}}])");
  const auto writer = cli::FrameWriter::Make(program_.path("f.arrow"), rows->schema()).ValueOrDie();
  ASSERT_TRUE(writer->Write(*rows->CombineChunksToBatch().ValueOrDie()).ok());
  ASSERT_TRUE(writer->Close().ok());
  ASSERT_TRUE(writer->Commit().ok());
  const Finished written = program_.Run({"metadata", "write", "video", "--from", "f.arrow"});
  ASSERT_EQ(written.code, 0) << written.err;

  const std::vector<std::string> read = {"metadata", "read",      "video",  "--columns", "id,f,l",
                                         "--filter", "id >= 'p'", "--sort", "id"};
  const auto with = [&](const std::string& format) {
    std::vector<std::string> words = read;
    words.insert(words.end(), {"--format", format});
    return program_.Run(words);
  };
  EXPECT_THAT(with("plain"), Printed("id     f  l\n"
                                     "p    NaN  [NaN, 1.0, null]\n"
                                     "q   -inf  \n"
                                     "r         \n"
                                     "3 rows\n"));
  EXPECT_THAT(with("csv"), Printed("\"id\",\"f\",\"l\"\n"
                                   "\"p\",NaN,\"[null, 1.0, null]\"\n"
                                   "\"q\",-inf,\n"
                                   "\"r\",,\n"));
  EXPECT_THAT(with("ndjson"), Printed("{\"id\": \"p\", \"f\": null, \"l\": [null, 1.0, null]}\n"
                                      "{\"id\": \"q\", \"f\": null, \"l\": null}\n"
                                      "{\"id\": \"r\", \"f\": null, \"l\": null}\n"));
}

TEST_F(ReadOutputTest, SavesInTheFormatThatIsNamed) {
  EXPECT_THAT(Read({"--sort", "id", "--format", "csv", "--to", "rows.txt"}), Printed(""));
  EXPECT_EQ(Content("rows.txt"), "\"id\",\"n\"\n\"a\",\n\"b\",2\n\"c\",2\n");
  EXPECT_THAT(Read({"--to", "rows.txt"}), FailedWith(2, "has no known extension"));
  EXPECT_THAT(Read({"--format", "xml"}), FailedWith(2, "--format must be one of plain, json, "));
}

}  // namespace
}  // namespace metaxy::testing
