// The store that is measured.
#pragma once

#include <arrow/result.h>
#include <metaxy/metadata_store.h>

#include <memory>
#include <string>

#include "bench_case.h"

namespace metaxy::bench {

/// A store of the case's features in this directory, open.
arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(const Case& bench_case,
                                                        const std::string& directory,
                                                        AccessMode mode);

}  // namespace metaxy::bench
