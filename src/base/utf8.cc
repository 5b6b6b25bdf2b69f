#include "base/utf8.h"

#include <arrow/util/utf8.h>

namespace metaxy {

bool IsUtf8(std::string_view text) {
  [[maybe_unused]] static const bool kReady = [] {
    arrow::util::InitializeUTF8();
    return true;
  }();
  return arrow::util::ValidateUTF8(text);
}

}  // namespace metaxy
