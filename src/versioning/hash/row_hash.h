// Row hashing: the hash functions for the versions of rows, and the string form of their results.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <string_view>

#include "metaxy/hash_algorithm.h"

namespace metaxy::internal {

/// \brief Hashes strings for the versions of rows.
///
/// The result is the string that the reference's engines store: the decimal digits of an unsigned
/// integer without padding, or lower-case hex for the
/// cryptographic ones; then its first `hash_truncation_length` characters. Every seed is 0. A value
/// type: cheap to copy, stateless, usable from several threads at once.
class RowHasher {
 public:
  /// \brief The length of the longest string (that of SHA-256), and the space that Hash() needs.
  static constexpr size_t kMaxText = 64;

  /// \brief HashAlgorithmNotSupported for a value that is not an enumerator; InvalidInput if
  /// `truncation` is below kMinHashTruncationLength.
  static arrow::Result<RowHasher> Make(HashAlgorithm algorithm, int truncation);

  /// \brief Writes the hash of `data` as a string to `out`, which has space for kMaxText bytes, and
  /// returns its length after truncation. The content of `out` after that length is unspecified.
  /// Does not allocate.
  size_t Hash(std::string_view data, char* out) const {
    const size_t length = function_(data, out);
    return length < truncation_ ? length : truncation_;
  }

  HashAlgorithm algorithm() const { return algorithm_; }
  /// \brief What Hash() returns at most.
  size_t longest() const { return truncation_ < kMaxText ? truncation_ : kMaxText; }

 private:
  using Function = size_t (*)(std::string_view data, char* out);

  RowHasher(HashAlgorithm algorithm, Function function, size_t truncation)
      : function_(function), truncation_(truncation), algorithm_(algorithm) {}

  Function function_;
  size_t truncation_;
  HashAlgorithm algorithm_;
};

}  // namespace metaxy::internal
