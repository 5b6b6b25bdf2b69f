// The expensive computations. Each function gets new or stale rows of photo/raw, and returns them
// with the computed columns.
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
