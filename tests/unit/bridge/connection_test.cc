#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using ConnectionTest = BridgeTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ConnectionTest, CreatesTheDirectory) {
  auto path = directory() / "a" / "b c";
  auto connection = Must(LanceConnection::Connect({.uri = path.string()}));
  EXPECT_TRUE(std::filesystem::is_directory(path));
  EXPECT_FALSE(Must(connection->IsRemote()));
  EXPECT_THAT(Must(connection->TableNames()), IsEmpty());
}

TEST_F(ConnectionTest, TakesFileUrls) {
  auto connection =
      Must(LanceConnection::Connect({.uri = "file://" + (directory() / "f").string()}));
  Must(connection->CreateTable("t", Numbers(0, 3)));
  EXPECT_TRUE(std::filesystem::exists(directory() / "f" / "t.lance"));
}

// LanceDB by itself treats everything that begins with `db` as a server.
TEST_F(ConnectionTest, TakesARelativeDirectoryWhoseNameBeginsWithDb) {
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory());
  auto connection = LanceConnection::Connect({.uri = "dbfiles"});
  std::filesystem::current_path(before);
  ASSERT_TRUE(connection.ok()) << connection.status();
  EXPECT_FALSE(Must((*connection)->IsRemote()));
  EXPECT_TRUE(std::filesystem::is_directory(directory() / "dbfiles"));
}

TEST_F(ConnectionTest, ListsTablesInOrderAndInPages) {
  for (const char* name : {"b", "c", "a"}) Create(name, Numbers(0, 1));
  EXPECT_THAT(Must(connection().TableNames()), ElementsAre("a", "b", "c"));

  CHandles handles(directory());
  TestStream rows;
  mxl_table* table = nullptr;
  ASSERT_EQ(mxl_table_create(handles.connection, Text("z"), rows.get(), nullptr, &table, nullptr),
            MXL_OK);
  mxl_table_free(table);
  auto page = [&](const char* after, uint64_t limit) {
    mxl_string_list* list = nullptr;
    CError error;
    EXPECT_EQ(mxl_connection_table_names(handles.connection, Text(after), limit, &list, &error),
              MXL_OK);
    std::vector<std::string> names;
    for (size_t i = 0; i < mxl_string_list_count(list); ++i) {
      mxl_string name{};
      EXPECT_EQ(mxl_string_list_get(list, i, &name, &error), MXL_OK);
      names.emplace_back(name.ptr, name.len);
    }
    mxl_string name{};
    EXPECT_EQ(mxl_string_list_get(list, names.size(), &name, &error), MXL_INVALID_INPUT);
    mxl_string_list_free(list);
    return names;
  };
  EXPECT_THAT(page("", 0), ElementsAre("t", "z"));
  EXPECT_THAT(page("", 1), ElementsAre("t"));
  EXPECT_THAT(page("t", 0), ElementsAre("z"));
  EXPECT_THAT(page("z", 0), IsEmpty());
}

TEST_F(ConnectionTest, RefusesInvalidLocations) {
  std::ofstream(directory() / "file") << "x";
  struct Case {
    LanceConnectOptions options;
    ErrorCode code;
    std::string message;
  };
  for (const Case& c : {
           Case{{.uri = ""}, ErrorCode::kInvalidInput, "'uri' is empty"},
           Case{{.uri = "http://localhost:1234"}, ErrorCode::kInvalidInput, "host_override"},
           Case{{.uri = "https://x"}, ErrorCode::kInvalidInput, "db://"},
           Case{{.uri = "nosuchscheme://x"}, ErrorCode::kInvalidInput, "nosuchscheme"},
           Case{{.uri = directory().string(), .api_key = "k"}, ErrorCode::kInvalidInput, "db://"},
           Case{{.uri = "db://x"}, ErrorCode::kInvalidInput, "api_key"},
           Case{{.uri = directory().string(), .storage_options = {{"", "v"}}},
                ErrorCode::kInvalidInput,
                "storage_options.key"},
           Case{{.uri = directory().string(), .read_timeout = std::chrono::milliseconds(-1)},
                ErrorCode::kInvalidInput,
                "read_timeout"},
           Case{{.uri = (directory() / "file" / "below").string()},
                ErrorCode::kInvalidInput,
                "below"},
       }) {
    EXPECT_THAT(LanceConnection::Connect(c.options).status(), FailsWith(c.code, c.message));
  }
}

/// Root can write everywhere, so all threads of the process temporarily become nobody.
class AsNobody {
 public:
  AsNobody() : root_(geteuid() == 0) {
    if (root_ && seteuid(65534) != 0) throw std::runtime_error("cannot become nobody");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (root_ && seteuid(0) != 0) std::abort();
  }

 private:
  bool root_;
};

TEST_F(ConnectionTest, ReportsADirectoryThatCannotBeWritten) {
  auto closed = directory() / "closed";
  Must(Must(LanceConnection::Connect({.uri = closed.string()}))->CreateTable("old", Numbers(0, 3)));
  chmod(directory().c_str(), 0755);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(closed)) {
    chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  }
  chmod(closed.c_str(), 0555);
  {
    AsNobody nobody;
    EXPECT_THAT(LanceConnection::Connect({.uri = (closed / "new").string()}).status(),
                FailsWith(ErrorCode::kPermissionDenied, "closed/new"));
    auto connection = Must(LanceConnection::Connect({.uri = closed.string()}));
    EXPECT_THAT(connection->CreateTable("t", Numbers(0, 1)).status(),
                FailsWith(ErrorCode::kPermissionDenied, "cannot create table 't'"));
    auto table = Must(connection->OpenTable("old"));
    EXPECT_EQ(Must(table->CountRows()), 3);
    EXPECT_THAT(table->Append(Numbers(3, 1)).status(),
                FailsWith(ErrorCode::kPermissionDenied, "cannot append to table 'old'"));
    EXPECT_THAT(table->Delete("id = 1").status(), FailsWith(ErrorCode::kPermissionDenied, "'old'"));
    EXPECT_THAT(connection->DropTable("old"), FailsWith(ErrorCode::kPermissionDenied, "'old'"));
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(closed)) {
    if (entry.is_directory()) chmod(entry.path().c_str(), 0755);
  }
  chmod(closed.c_str(), 0755);
  EXPECT_EQ(Must(Must(Must(LanceConnection::Connect({.uri = closed.string()}))->OpenTable("old"))
                     ->CountRows()),
            3);
}

// Nobody may read it, either.
TEST_F(ConnectionTest, ReportsATableThatCannotBeRead) {
  auto hidden = directory() / "hidden";
  Must(Must(LanceConnection::Connect({.uri = hidden.string()}))->CreateTable("t", Numbers(0, 3)));
  chmod(directory().c_str(), 0755);
  chmod((hidden / "t.lance").c_str(), 0);
  {
    AsNobody nobody;
    auto connection = Must(LanceConnection::Connect({.uri = hidden.string()}));
    EXPECT_THAT(connection->OpenTable("t").status(),
                FailsWith(ErrorCode::kPermissionDenied, "'t'"));
  }
  chmod((hidden / "t.lance").c_str(), 0755);
}

TEST_F(ConnectionTest, KeepsDataInMemory) {
  auto connection = Must(LanceConnection::Connect({.uri = "memory://"}));
  Must(connection->CreateTable("t", Numbers(0, 5)));
  EXPECT_EQ(Must(Must(connection->OpenTable("t"))->CountRows()), 5);
  EXPECT_THAT(connection->DropTable("absent"), FailsWith(ErrorCode::kTableNotFound, "absent"));
  Must(connection->DropTable("t"));
}

}  // namespace
}  // namespace metaxy::internal
