// Stores in messages for people: "dev (metadata/)".
#pragma once

#include <string>
#include <string_view>

#include "metaxy/metadata_store.h"

namespace metaxy::cli {

/// \brief "dev (metadata/)", from what MetadataStore::name() and display() return.
std::string StoreText(std::string_view name, std::string_view display);
inline std::string StoreText(const MetadataStore& store) {
  return StoreText(store.name(), store.display());
}

}  // namespace metaxy::cli
