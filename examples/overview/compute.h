// The work that is worth not repeating. Each function gets rows of photo/raw that are new or stale,
// and returns them with the columns that it computed.
#pragma once

#include <arrow/result.h>

#include "tables.h"

namespace overview {

/// \brief Writes `thumbnails/<photo_id>`; adds thumbnail, thumbnail_width and thumbnail_height.
arrow::Result<TablePtr> MakeThumbnails(const TablePtr& rows, int edge);

/// \brief Adds luminance, a list of 16 numbers of pixels.
arrow::Result<TablePtr> MakeHistograms(const TablePtr& rows);

/// \brief Adds caption.
arrow::Result<TablePtr> MakeCaptions(const TablePtr& rows);

}  // namespace overview
