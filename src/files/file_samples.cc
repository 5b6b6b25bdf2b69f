#include "files/file_samples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "metaxy/errors.h"
#include "store/store_session.h"

namespace metaxy::internal {
namespace {

constexpr const char* kPath = "path";
constexpr const char* kSize = "size";
constexpr const char* kModifiedAt = "modified_at";
constexpr const char* kScannedAt = "scanned_at";

const std::string& IdColumn(const FeatureSpec& spec) { return spec.id_columns.front(); }

}  // namespace

std::string StoredSample::Version(const FeatureSpec& spec) const {
  std::string version;
  for (const FieldSpec& field : spec.fields) {
    const auto found = versions.find(field.key.ToStructKey());
    if (found == versions.end()) return "";
    if (!version.empty() && found->second != version) return "";
    version = found->second;
  }
  return version;
}

bool IsSettled(FileTime modified_at, FileTime scanned_at) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  // The clocks of kernels tick every ten milliseconds or more often; those of FAT every two
  // seconds.
  constexpr milliseconds kTick{20};
  constexpr seconds kCoarseTick{2};
  const bool coarse = std::chrono::floor<seconds>(modified_at) == modified_at;
  return scanned_at - modified_at > (coarse ? milliseconds(kCoarseTick) : kTick);
}

arrow::Status CheckFileFeature(const FeatureSpec& spec) {
  const std::string key = spec.key.ToString();
  if (!spec.deps.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is computed from {}; files are the samples of a feature "
                                 "without deps",
                                 key, spec.deps.front().feature.ToString()));
  }
  if (spec.id_columns.size() != 1) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' has the id columns {}; a file has one id, its path, so give "
                                 "the feature one id column",
                                 key, fmt::join(spec.id_columns, ", ")));
  }
  constexpr std::array kTaken = {kSize, kModifiedAt, kScannedAt};
  if (std::find(kTaken.begin(), kTaken.end(), IdColumn(spec)) != kTaken.end()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the id column '{}' of '{}' has the name of another column of a "
                                 "scan; call it 'file', for example",
                                 IdColumn(spec), key));
  }
  return arrow::Status::OK();
}

arrow::Status ForEachStored(MetadataStore& store, const FeatureSpec& spec,
                            const ExecutionOptions& execution,
                            const std::function<arrow::Status(StoredSample)>& visit) {
  // In an overlay the samples of the chain are the feature's; otherwise those of this store, as for
  // a resolve.
  const bool chain = StoreSession::Of(store).is_overlay();
  ARROW_ASSIGN_OR_RAISE(const bool exists, store.HasFeature(spec.key, chain, execution));
  if (!exists) return arrow::Status::OK();
  // Only asked for its columns; its rows are not read.
  ARROW_ASSIGN_OR_RAISE(const auto everything, store.Read(spec.key, {.allow_fallback = chain,
                                                                     .with_feature_history = true,
                                                                     .with_sample_history = true,
                                                                     .include_soft_deleted = true,
                                                                     .execution = execution}));
  const auto schema = everything->schema();
  RowType<StoredSample> type;
  ReadOptions read{.allow_fallback = chain, .execution = execution};
  const auto add = [&](const std::string& name, auto member) {
    if (schema->GetFieldIndex(name) < 0) return;
    type.Column(name, member);
    read.columns.push_back(name);
  };
  add(IdColumn(spec), &StoredSample::id);
  if (IdColumn(spec) != kPath) add(kPath, &StoredSample::path);
  add(kSize, &StoredSample::size);
  add(kModifiedAt, &StoredSample::modified_at);
  add(kScannedAt, &StoredSample::scanned_at);
  type.Provenance(&StoredSample::versions);
  read.columns.emplace_back(kProvenanceByField);
  ARROW_ASSIGN_OR_RAISE(const auto rows, store.Read(spec.key, read));
  return type.ForEach(*rows, visit);
}

arrow::Result<std::shared_ptr<arrow::Table>> ToTable(const FeatureSpec& spec,
                                                     const std::vector<FileSample>& samples) {
  RowType<FileSample> type;
  type.Column(IdColumn(spec), &FileSample::id);
  if (IdColumn(spec) != kPath) type.Column(kPath, &FileSample::path);
  type.Column(kSize, &FileSample::size)
      .Column(kModifiedAt, &FileSample::modified_at)
      .Column(kScannedAt, &FileSample::scanned_at);
  for (const FieldSpec& field : spec.fields)
    type.Provenance(field.key.ToStructKey(), &FileSample::version);
  return type.ToTable(samples);
}

}  // namespace metaxy::internal
