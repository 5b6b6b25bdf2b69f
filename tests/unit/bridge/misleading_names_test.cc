// What kind of failure it is follows from its causes, and never from names that a user has chosen.
#include <filesystem>
#include <fstream>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;

/// Each what some library says of a failure of its own.
constexpr const char* kFolders[] = {"corrupt-clips",
                                    "Encountered corrupt file",
                                    "magic number",
                                    "timed out",
                                    "AccessDenied",
                                    "NoSuchBucket",
                                    "access denied",
                                    "unexpected end of",
                                    "failed to decode",
                                    "no providers in chain",
                                    "(os error 13)",
                                    "Not found: x",
                                    "dns error",
                                    "Error performing GET http:/h",
                                    "credentials",
                                    "index out of bounds",
                                    "index out of bounds/a"};

class MisleadingNamesTest : public BridgeTest {};

LanceConnectOptions At(const fs::path& place) {
  LanceConnectOptions options;
  options.uri = place.string();
  return options;
}

// A link that leads to itself stands where a file of the table was: neither damage nor a matter of
// permissions.
TEST_F(MisleadingNamesTest, OfDirectories) {
  for (const char* folder : kFolders) {
    SCOPED_TRACE(folder);
    const fs::path place = directory() / folder;
    const auto connection = Must(LanceConnection::Connect(At(place)));
    Must(connection->CreateTable("corrupt", Numbers(0, 10)).status());
    fs::path file;
    for (const auto& entry : fs::directory_iterator(place / "corrupt.lance/data")) file = entry;
    fs::remove(file);
    fs::create_symlink(file, file);
    const auto table = Must(connection->OpenTable("corrupt"));
    const auto rows = table->Scan();
    const arrow::Status status = rows.ok() ? (*rows)->ToTable().status() : rows.status();
    EXPECT_THAT(status, FailsWith(ErrorCode::kIo, "corrupt"));
  }
}

TEST_F(MisleadingNamesTest, OfTables) {
  for (const char* name : {"corrupt", "timed_out", "AccessDenied", "NoSuchBucket", "credentials"}) {
    SCOPED_TRACE(name);
    EXPECT_THAT(connection().OpenTable(name).status(), FailsWith(ErrorCode::kTableNotFound, name));
  }
}

TEST_F(MisleadingNamesTest, OfColumnsAndInFilters) {
  const auto table = Create("t", Numbers(0, 10));
  for (const char* filter :
       {"corrupt = 1", "timed_out = 'AccessDenied'", "`failed to decode` = 1",
        "id = 'Error performing GET http://h/ in 1s - Server returned non-2xx status code: 403'"}) {
    SCOPED_TRACE(filter);
    const auto counted = table->CountRows(filter);
    EXPECT_THAT(counted.status(), FailsWith(ErrorCode::kInvalidInput, "t"));
  }
  LanceScanOptions options;
  options.columns = {"corrupt"};
  EXPECT_THAT(table->Scan(options).status(), FailsWith(ErrorCode::kMetadataSchema, "corrupt"));
}

}  // namespace
}  // namespace metaxy::internal
