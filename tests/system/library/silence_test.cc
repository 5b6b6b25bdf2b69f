// The library prints nothing, on success or failure, in C++ or below it.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "metaxy/project.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

// Redirects the standard output and error of the process to a file for its lifetime.
class Captured {
 public:
  explicit Captured(const std::filesystem::path& file) : file_(file) {
    std::fflush(nullptr);
    const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    saved_[0] = ::dup(STDOUT_FILENO);
    saved_[1] = ::dup(STDERR_FILENO);
    ::dup2(to, STDOUT_FILENO);
    ::dup2(to, STDERR_FILENO);
    ::close(to);
  }
  ~Captured() { End(); }

  /// What was printed.
  std::string End() {
    if (saved_[0] >= 0) {
      std::fflush(nullptr);
      ::dup2(saved_[0], STDOUT_FILENO);
      ::dup2(saved_[1], STDERR_FILENO);
      ::close(saved_[0]);
      ::close(saved_[1]);
      saved_[0] = -1;
    }
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path file_;
  int saved_[2] = {-1, -1};
};

class SilenceTest : public LanceStoreTest {
 protected:
  // How many of these operations failed.
  int Succeed() {
    int failures = 0;
    const auto check = [&failures](const arrow::Status& status) {
      failures += status.ok() ? 0 : 1;
    };
    auto store = OpenLance();
    check(store->Write("video", ManyVideos(20)));
    Update(*store, "video/crop");
    Update(*store, "transcript");
    ReadRows(*store, "transcript", {"id"}, {.filters = {"size = 1"}});
    Counts(*store, "video/crop");
    check(store->Delete("video", {"id = 'v1'"}));
    check(store->Delete("video", {"id = 'v2'"}, {.soft = false}));
    check(store->administration().CompactMetadata("video").status());
    check(store->definitions().PushGraphSnapshot("test").status());
    check(store->Close());
    return failures;
  }

  int Fail() {
    int failures = 0;
    const auto count = [&failures](const arrow::Status& status) {
      failures += status.ok() ? 0 : 1;
    };
    auto store = OpenLance();
    count(store->Read("no/such").status());
    count(store->Read("video", {.filters = {"size >"}}).status());
    count(store->Write("video", Videos("[]")->SelectColumns({0}).ValueOr(nullptr)));
    count(Project::Load({.config_file = "no/such.toml"}).status());
    std::ofstream(database_path() / "video.lance" / "_versions" / "x") << "no manifest";
    std::filesystem::remove_all(database_path() / "transcript.lance" / "data");
    const auto rows = store->Read("transcript");
    count(rows.ok() ? (*rows)->ToTable().status() : rows.status());
    return failures;
  }
};

TEST_F(SilenceTest, NothingIsPrinted) {
  Captured captured(database_path().parent_path() / "printed");
  const int unexpected = Succeed();
  const int expected = Fail();
  EXPECT_EQ(captured.End(), "");
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(expected, 5);
}

}  // namespace
}  // namespace metaxy::testing
