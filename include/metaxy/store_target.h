// What a store is on the other side of: for finding out why it cannot be reached.
//
// The reference has no counterpart.
#pragma once

namespace metaxy {

/// \brief Where the tables of a store are.
enum class StoreTarget {
  kDirectory,    ///< Of this machine, or mounted.
  kObjectStore,  ///< S3, Google's or Azure's, or what speaks like them.
  kServer,       ///< LanceDB Cloud or a LanceDB server.
};

}  // namespace metaxy
