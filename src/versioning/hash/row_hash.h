// The hash functions with which versions of rows are computed, and the texts that are stored of
// their results.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <string_view>

#include "metaxy/hash_algorithm.h"

namespace metaxy::internal {

/// \brief Hashes texts for the versions of rows.
///
/// The result is the text that the reference's engines store: the decimal digits of an unsigned
/// integer without padding (of a signed one for FarmHash, as BigQuery has it), or lower-case hex
/// for the cryptographic ones; then the first `hash_truncation_length` characters of it. Every seed
/// is 0. A value: cheap to copy, without state, usable from several threads at once.
class RowHasher {
 public:
  /// \brief The longest text (that of SHA-256), and the room that Hash() needs.
  static constexpr size_t kMaxText = 64;

  /// \brief HashAlgorithmNotSupported for a value that is none of the enumerators; InvalidInput if
  /// `truncation` is below kMinHashTruncationLength.
  static arrow::Result<RowHasher> Make(HashAlgorithm algorithm, int truncation);

  /// \brief Writes the text of the hash of `data` to `out`, which has room for kMaxText bytes, and
  /// returns its length after truncation. What stands in `out` after that length is not defined.
  /// Does not allocate.
  size_t Hash(std::string_view data, char* out) const {
    const size_t length = function_(data, out);
    return length < truncation_ ? length : truncation_;
  }

  HashAlgorithm algorithm() const { return algorithm_; }

 private:
  using Function = size_t (*)(std::string_view data, char* out);

  RowHasher(HashAlgorithm algorithm, Function function, size_t truncation)
      : function_(function), truncation_(truncation), algorithm_(algorithm) {}

  Function function_;
  size_t truncation_;
  HashAlgorithm algorithm_;
};

}  // namespace metaxy::internal
