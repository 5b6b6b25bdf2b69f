// Everything a program needs.
#pragma once

#include "metaxy/config.h"
#include "metaxy/errors.h"
#include "metaxy/feature_definition.h"
#include "metaxy/feature_spec.h"
#include "metaxy/filter.h"
#include "metaxy/graph.h"
#include "metaxy/increment.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"
#include "metaxy/lancedb_metadata_store.h"
#include "metaxy/maintenance.h"
#include "metaxy/metadata_store.h"
#include "metaxy/project.h"
#include "metaxy/system_columns.h"
#include "metaxy/version.h"
