// Samples of files: what a store has of them, and the rows that are written.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/feature_spec.h"
#include "metaxy/metadata_store.h"
#include "metaxy/row_type.h"

namespace metaxy::internal {

/// \brief Microseconds since 1970, as a cell of Arrow.
using FileTime = std::chrono::sys_time<std::chrono::microseconds>;

/// \brief The stored sample of a file; what another program has written may lack the columns of a
/// scan.
struct StoredSample {
  std::string id;
  std::optional<std::string> path = std::nullopt;
  std::optional<int64_t> size = std::nullopt;
  std::optional<FileTime> modified_at = std::nullopt;
  std::optional<FileTime> scanned_at = std::nullopt;
  VersionsByField versions = {};

  /// \brief The version of all fields; empty if they differ.
  std::string Version(const FeatureSpec& spec) const;
};

/// \brief The sample of a file, to be written.
struct FileSample {
  std::string id;
  std::string path;
  int64_t size = 0;
  FileTime modified_at;
  FileTime scanned_at;
  std::string version;
};

/// \brief Whether the size and the time that were looked at `scanned_at` tell every later change of
/// the file. They do not if it was modified just before: until the clock of the file system has
/// ticked, which takes up to two seconds where times have no fractions.
bool IsSettled(FileTime modified_at, FileTime scanned_at);

/// \brief InvalidInput if files cannot be samples of the feature.
arrow::Status CheckFileFeature(const FeatureSpec& spec);

/// \brief Calls `visit` for each current sample; not at all if there is no table yet.
arrow::Status ForEachStored(MetadataStore& store, const FeatureSpec& spec,
                            const ExecutionOptions& execution,
                            const std::function<arrow::Status(StoredSample)>& visit);

/// \brief The rows of samples.
arrow::Result<std::shared_ptr<arrow::Table>> ToTable(const FeatureSpec& spec,
                                                     const std::vector<FileSample>& samples);

}  // namespace metaxy::internal
