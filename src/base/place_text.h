// Places of stores in messages for people, instead of the reference's form.
#pragma once

#include <string>
#include <string_view>

#include "base/program_export.h"

namespace metaxy::internal {

/// \brief "metadata/" of "LanceDBMetadataStore(path=metadata)", the form that the reference shows
/// stores in; a directory ends with a slash. A text of another form is kept.
METAXY_PROGRAM_EXPORT std::string PlaceText(std::string_view display);

}  // namespace metaxy::internal
