#include "lancedb/removed_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// How a missing file is reported, depending on who looks for it.
bool MayBeRemoved(const arrow::Status& status) {
  return IsError(status, ErrorCode::kCorruptTable) || IsError(status, ErrorCode::kTableNotFound) ||
         IsError(status, ErrorCode::kIo);
}

// False if unknown: a dropped table has no versions at all.
bool IsRemoved(const LanceTable& table, uint64_t version) {
  const auto versions = table.Versions();
  return versions.ok() && !versions->empty() &&
         std::none_of(versions->begin(), versions->end(),
                      [&](const LanceVersion& each) { return each.version == version; });
}

class ExplainingReader final : public arrow::RecordBatchReader {
 public:
  ExplainingReader(std::shared_ptr<const LanceTable> table, uint64_t version,
                   std::shared_ptr<arrow::RecordBatchReader> input)
      : table_(std::move(table)), version_(version), input_(std::move(input)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return input_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return ExplainRemovedVersion(*table_, version_, input_->ReadNext(batch));
  }
  arrow::Status Close() override { return input_->Close(); }

 private:
  std::shared_ptr<const LanceTable> table_;
  uint64_t version_;
  std::shared_ptr<arrow::RecordBatchReader> input_;
};

}  // namespace

arrow::Status ExplainRemovedVersion(const LanceTable& table, uint64_t version,
                                    arrow::Status status) {
  if (status.ok() || !MayBeRemoved(status) || !IsRemoved(table, version)) return status;
  return MakeError(
      ErrorCode::kIo,
      fmt::format("version {} of table {} was pruned while it was being read; read or resolve "
                  "again, and keep versions for as long as reads take (keep_versions_for in the "
                  "store's maintenance settings, --older-than of `metadata compact`)",
                  version, Quote(table.name())),
      /*retryable=*/true);
}

std::shared_ptr<arrow::RecordBatchReader> ExplainRemovedVersion(
    std::shared_ptr<const LanceTable> table, uint64_t version,
    std::shared_ptr<arrow::RecordBatchReader> reader) {
  return std::make_shared<ExplainingReader>(std::move(table), version, std::move(reader));
}

}  // namespace metaxy::internal
