// The kind of a failure is determined by its causes, and never by names chosen by a user.
#include <filesystem>
#include <fstream>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;

/// Phrases that some library uses for its own failures.
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

// A link to itself in place of a file of the table: neither damage nor a permission problem.
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
