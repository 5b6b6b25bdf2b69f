// Pinned tables: the versions that another process has resolved, opened here.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "store/store_session.h"
#include "versioning/resolve/increment_slice.h"

namespace metaxy::internal {

/// A version of a table, in this store or one of its chain. InvalidInput if it is of none of these;
/// TableNotFound if the version is gone, or is that of another table.
arrow::Result<std::shared_ptr<StoredTable>> OpenPinned(StoreSession& store,
                                                       const std::string& table,
                                                       const TablePin& pin,
                                                       const std::vector<std::string>& id_columns,
                                                       const Interrupt& interrupt);

/// InvalidInput if what was resolved elsewhere would have another result here.
arrow::Status CheckResolved(const StoreSession& store, const FeatureGraph& graph,
                            const FeatureKey& feature, const std::string& version,
                            const std::string& hashing);

}  // namespace metaxy::internal
