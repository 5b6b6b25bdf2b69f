// Damaged files: an error that says so, never a crash, and the table can be dropped.
#include <fstream>
#include <functional>
#include <random>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

/// Of the first version; next to it is a hint for finding the latest one.
constexpr const char* kManifest = "_versions/18446744073709551614.manifest";

using Damage = std::function<void(std::string&)>;

class CorruptionTest : public BridgeTest {
 protected:
  /// A table that has not been read yet, so that no cache has its files.
  void Write(const std::string& name) { Create(name, Numbers(0, 20000, 20000)); }

  static void Change(const std::filesystem::path& path, const Damage& damage) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    in.close();
    damage(bytes);
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary) << bytes;
  }

  /// The first failure when opening and reading the whole table.
  arrow::Status Read(const std::string& name) {
    ARROW_ASSIGN_OR_RAISE(auto table, connection().OpenTable(name));
    ARROW_RETURN_NOT_OK(table->CountRows().status());
    ARROW_ASSIGN_OR_RAISE(auto rows, table->Scan());
    ARROW_RETURN_NOT_OK(rows->ToTable().status());
    std::vector<uint64_t> ids = {5, 3};
    ARROW_ASSIGN_OR_RAISE(rows, table->Take(ids));
    return rows->ToTable().status();
  }

  static const std::vector<std::pair<std::string, Damage>>& Damages() {
    static const std::vector<std::pair<std::string, Damage>> kDamages = {
        {"emptied", [](std::string& bytes) { bytes.clear(); }},
        {"one byte short", [](std::string& bytes) { bytes.pop_back(); }},
        {"without its end", [](std::string& bytes) { bytes.resize(bytes.size() - 20); }},
        {"half", [](std::string& bytes) { bytes.resize(bytes.size() / 2); }},
        {"other bytes",
         [](std::string& bytes) {
           std::mt19937 random(3);
           for (char& byte : bytes) byte = static_cast<char>(random());
         }},
        {"zeros", [](std::string& bytes) { bytes.assign(bytes.size(), '\0'); }},
        {"text", [](std::string& bytes) { bytes = "this is not a table"; }},
    };
    return kDamages;
  }
};

TEST_F(CorruptionTest, ReadsAreFineWithoutDamage) {
  Write("t");
  EXPECT_TRUE(Read("t").ok()) << Read("t");
}

TEST_F(CorruptionTest, DamagedFilesAreReported) {
  int n = 0;
  for (const char* folder : {"data/", kManifest}) {
    for (const auto& [what, damage] : Damages()) {
      std::string name = "t" + std::to_string(n++);
      SCOPED_TRACE(std::string(folder) + " " + what);
      Write(name);
      Change(FileOf(name, folder), damage);
      EXPECT_THAT(Read(name), FailsWith(ErrorCode::kCorruptTable, "'" + name + "'"));
      Must(connection().DropTable(name));
    }
  }
}

TEST_F(CorruptionTest, MissingFilesAreReported) {
  Write("t");
  std::filesystem::remove(FileOf("t", "data/"));
  EXPECT_THAT(Read("t"), FailsWith(ErrorCode::kCorruptTable, "'t'"));
  Write("u");
  std::filesystem::remove(FileOf("u", kManifest));
  EXPECT_THAT(Read("u"), FailsWith(ErrorCode::kTableNotFound, "'u'"));
  auto table = Create("v", Numbers(0, 1000));
  Must(table->Delete("id = 5"));
  std::filesystem::remove(FileOf("v", "_deletions/"));
  Must(table->CheckoutLatest());
  EXPECT_FALSE(Must(table->Scan())->ToTable().ok());
}

// Single bytes: most make no difference or change values, but none may end the process.
TEST_F(CorruptionTest, NoByteOfAManifestOrADataFileIsFatal) {
  std::mt19937 random(11);
  for (const char* folder : {"data/", kManifest}) {
    for (int i = 0; i < 60; ++i) {
      std::string name = "t" + std::to_string(i);
      Write(name);
      Change(FileOf(name, folder), [&](std::string& bytes) {
        size_t range = i % 2 == 0 ? bytes.size() : std::min<size_t>(bytes.size(), 300);
        size_t at = bytes.size() - 1 - random() % range;
        bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
      });
      arrow::Status status = Read(name);
      EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
      Must(connection().DropTable(name));
    }
  }
}

}  // namespace
}  // namespace metaxy::internal
