// The storage target of a store, for diagnosing why it cannot be reached.
//
// The reference has no counterpart.
#pragma once

namespace metaxy {

/// \brief Where the tables of a store are.
enum class StoreTarget {
  kDirectory,    ///< Local or mounted.
  kObjectStore,  ///< S3, Google's or Azure's, or a compatible one.
  kServer,       ///< LanceDB Cloud or a LanceDB server.
};

}  // namespace metaxy
