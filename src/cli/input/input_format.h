// Format detection: by file name, else by content.
#pragma once

#include <arrow/result.h>

#include "cli/file_format.h"
#include "cli/input/input_bytes.h"

namespace metaxy::cli {

/// \brief InvalidInput if the content is in none of the formats, or not in the one of the name.
arrow::Result<FileFormat> DetectFormat(const InputBytes& bytes);

}  // namespace metaxy::cli
