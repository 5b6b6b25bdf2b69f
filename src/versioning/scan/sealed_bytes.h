// Sealed bytes: what one process hands to another, with its kind, the version of its layout and a
// checksum.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

namespace metaxy::internal {

/// What is sealed: "metaxy-KIND FORMAT\n", a checksum, then the content.
struct SealedKind {
  std::string_view kind;     ///< such as "slice"
  std::string_view format;   ///< another one for every layout
  std::string_view made_by;  ///< the function, for messages: "Slice()"
};

std::string Seal(const SealedKind& kind, std::string_view content);

/// The content, which is part of `bytes`. InvalidInput, with the reason, for anything that Seal()
/// has not made of this kind.
arrow::Result<std::string_view> Unseal(const SealedKind& kind, std::string_view bytes);

/// InvalidInput for bytes of this kind that do not say what they should.
arrow::Status NotSealed(const SealedKind& kind, std::string_view why);

}  // namespace metaxy::internal
