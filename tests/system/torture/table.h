// The feature shared by all writers of the torture test, and how its table is inspected.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "journal.h"
#include "metaxy/metadata_store.h"

namespace metaxy::torture {

inline constexpr const char* kFeature = "torture/sample";
inline constexpr const char* kChild = "torture/child";

/// \brief An open store with maintenance after every few commits.
arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(const std::filesystem::path& database,
                                                        AccessMode mode);

/// \brief Rows of a write: the samples `ids` with the tag `tag`.
arrow::Result<std::shared_ptr<arrow::Table>> RowsOf(const Operation& operation);

/// \brief All rows of the table, including superseded and deleted ones.
arrow::Result<History> Observe(MetadataStore& store);

/// \brief Samples as returned by a plain read, with their tags.
arrow::Result<History> ObserveLatest(MetadataStore& store);

}  // namespace metaxy::torture
