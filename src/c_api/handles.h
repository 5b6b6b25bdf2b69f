// Handles that callers of the C interface own.
#pragma once

#include <arrow/util/cancel.h>

#include <memory>

#include "metaxy/c_api.h"
#include "metaxy/project.h"

struct metaxy_stop {
  arrow::StopSource source;
};

struct metaxy_project {
  std::shared_ptr<metaxy::Project> project;
};

struct metaxy_store {
  std::shared_ptr<metaxy::Project> project;
  std::shared_ptr<metaxy::MetadataStore> store;
};

struct metaxy_increment {
  std::shared_ptr<metaxy::MetadataStore> store;
  std::unique_ptr<metaxy::LazyIncrement> increment;
};
