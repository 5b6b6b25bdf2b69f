// Writes random tables for other readers: random_tables FIRST LAST DIRECTORY makes a store
// DIRECTORY/SEED for each seed whose rows are accepted, and DIRECTORY/SEED.arrow with the rows as
// they are read back.
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "support/matchers.h"
#include "system/property/random_write.h"

namespace metaxy::testing {
namespace {

arrow::Status Save(const arrow::Table& table, const std::filesystem::path& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::FileOutputStream::Open(path.string()));
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(file, table.schema()));
  ARROW_RETURN_NOT_OK(writer->WriteTable(table));
  ARROW_RETURN_NOT_OK(writer->Close());
  return file->Close();
}

arrow::Status MakeStore(uint64_t seed, const std::filesystem::path& directory) {
  const auto store = StoreFor(seed, directory / std::to_string(seed));
  if (!ToStatus(store->Write("clip", RandomRows(seed))).ok()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto rows, store->Read("clip"));
  ARROW_ASSIGN_OR_RAISE(const auto table, rows->ToTable());
  ARROW_ASSIGN_OR_RAISE(const auto combined, table->CombineChunks());
  return Save(*combined, directory / (std::to_string(seed) + ".arrow"));
}

}  // namespace
}  // namespace metaxy::testing

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: random_tables FIRST LAST DIRECTORY\n", stderr);
    return 2;
  }
  try {
    for (uint64_t seed = std::stoull(argv[1]); seed <= std::stoull(argv[2]); ++seed) {
      const arrow::Status made = metaxy::testing::MakeStore(seed, argv[3]);
      if (made.ok()) continue;
      std::fprintf(stderr, "seed %s: %s\n", std::to_string(seed).c_str(), made.ToString().c_str());
      return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
