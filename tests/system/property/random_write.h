// A write of random rows to a feature on LanceDB, and its invariants.
#pragma once

#include <arrow/table.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "metaxy/metadata_store.h"

namespace metaxy::testing {

/// \brief Rows of the feature `clip`: one or two id columns of any type,
/// `metaxy_provenance_by_field` for the fields `x` and `y`, a column `n` that numbers the rows, and
/// some columns of any type and name. Ids are unique and not null.
std::shared_ptr<arrow::Table> RandomRows(uint64_t seed);

/// \brief The id columns of RandomRows(seed).
std::vector<std::string> RandomIds(uint64_t seed);

/// \brief An open store on LanceDB in `directory` with the features `clip` and `emb`, which depends
/// on it.
std::shared_ptr<MetadataStore> StoreFor(uint64_t seed, const std::filesystem::path& directory);

/// \brief Rows as strings, one per row, sorted: the user columns, or everything except metaxy's
/// timestamps.
std::vector<std::string> UserRows(const arrow::Table& table);
std::vector<std::string> AllRows(const arrow::Table& table);

}  // namespace metaxy::testing
