// Shapes of what commands print with --format json. docs/reference/json.md, which is made of them,
// explains the notation; a test runs every command and compares.
#include "cli/commands/json_shapes.h"

#include <algorithm>
#include <array>

namespace metaxy::cli {

namespace {

constexpr const char* kDescribed = R"({
  project: string,
  key: string,
  version: string,
  description: string | null,
  is_external: bool,
  source: string,
  id_columns: string[],
  fields: {
    key: string,
    code_version: string,
    version: string,
    deps?: {feature: string, fields: string[]}[]
  }[],
  dependencies: {
    feature: string,
    select?: string[],
    rename?: {[string]: string},
    optional?: bool
  }[],
  metadata?: {[string]: any}
} | {features: any[]})";

constexpr const char* kSnapshot = R"({
  name: string,
  created_at: string,
  project: string,
  project_version: string,
  features: {
    feature: string,
    feature_version: string | null,
    table: string,
    table_version: int | null,
    rows: int
  }[]
})";

constexpr const char* kSnapshots = R"({
  snapshots: {
    name: string,
    created_at: string,
    project: string,
    project_version: string,
    features: any[]
  }[]
})";

constexpr const char* kCache = R"({
  directory: string,
  bytes: int,
  limit: int,
  answers: {
    store: string,
    question: "resolve" | "count",
    subject: string,
    rows: int,
    has_keys: bool,
    files: int,
    bytes: int,
    last_used_at: string
  }[],
  useless: {path: string, kind: "damaged" | "other release" | "left over" | "foreign", bytes: int}[]
})";

constexpr const char* kListed = R"({
  feature_count: int,
  features: {
    key: string,
    version: string,
    is_root: bool,
    is_external: bool,
    project: string,
    source: string,
    field_count: int,
    fields: {
      key: string,
      code_version: string,
      version: string,
      deps?: {feature: string, fields: string[]}[]
    }[],
    deps?: string[]
  }[]
})";

constexpr const char* kGraph = R"({
  project_version: string | null,
  features: {
    key: string,
    version: string | null,
    project: string | null,
    description: string | null,
    id_columns: string[],
    dependencies: string[],
    fields: {
      key: string,
      version: string | null,
      code_version: string | null,
      dependencies: string[]
    }[],
    counts?: {
      stored: int,
      new: int,
      stale: int,
      orphaned: int,
      failed: int,
      is_root: bool,
      exists: bool,
      error: string | null,
      waits_for?: string[]
    }
  }[]
})";

constexpr const char* kStatus = R"({
  project_version: string | null,
  needs_update: bool,
  features: {
    [string]: {
      feature_key: string,
      status: "missing" | "root_feature" | "needs_update" | "up_to_date" | "error",
      needs_update: bool,
      metadata_exists: bool,
      store_rows: int,
      missing?: int,
      stale?: int,
      orphaned?: int,
      failed?: int,
      target_version: string,
      is_root_feature: bool,
      error_message?: string,
      waits_for?: string[],
      sample_details?: string[],
      store_metadata?: {
        name: string,
        display: string,
        resolved_from?: {name: string, type: string, display: string}
      },
      progress_percentage?: number
    }
  },
  warning?: string,
  warnings?: {
    missing_in_graph?: string[],
    errors?: {feature: string, error: string}[]
  }
})";

constexpr const char* kExplained = R"({
  feature: string,
  version: string,
  is_root: bool,
  new: int,
  stale: int,
  orphaned: int,
  delta: {way: "delta" | "full", reason: string | null, keys: int, rows_read: int},
  samples: {
    id: {[string]: any},
    state: "new" | "stale" | "orphaned" | "up_to_date",
    other_feature_version: string | null,
    fields: {
      field: string,
      code_version: string,
      old_version: string | null,
      new_version: string | null,
      causes: {
        feature: string,
        field: string,
        old_version: string | null,
        new_version: string | null
      }[]
    }[]
  }[]
})";

constexpr const char* kCompacted = R"({
  dry_run: bool,
  features: {
    feature: string,
    fragments_merged: int,
    fragments_written: int,
    versions_removed: int,
    bytes_removed: int,
    history_rows_removed: int,
    deleted_rows_removed: int,
    before: {[string]: int | string | null},
    after: {[string]: int | string | null}
  }[]
})";

constexpr const char* kDoctor = R"({
  store: string,
  healthy: bool,
  checks: {
    check: string,
    verdict: "ok" | "hint" | "problem",
    findings: {
      level: "hint" | "problem",
      subject: string,
      text: string,
      remedy: string
    }[],
    steps?: {step: string, outcome: string}[],
    tables?: {[string]: int | string | null}[],
    snapshots?: int,
    directory?: string,
    answers?: int,
    bytes?: int
  }[]
})";

constexpr const char* kDiff = R"({
  nodes: {
    [string]: {
      status: "added" | "removed" | "changed" | "unchanged",
      old_version: string | null,
      new_version: string | null,
      dependencies: string[],
      field_changes: {
        field_key: string,
        old_version: string | null,
        new_version: string | null,
        is_added: bool,
        is_removed: bool,
        is_changed: bool
      }[]
    }
  },
  edges: {from: string, to: string}[]
})";

constexpr const char* kFailures = R"({
  count: int,
  failures: {
    feature: string,
    ids: {[string]: any},
    kind: string,
    attempts: int,
    last_failed_at: string,
    message: string | null,
    first_failed_at: string,
    feature_version: string,
    provenance: string | null,
    materialization_id: string | null
  }[]
})";

constexpr const char* kRowsByFeature = R"({
  dry_run: bool,
  from: string,
  to: string,
  features: {feature: string, rows: int}[]
})";

constexpr const char* kDeleted = R"({
  dry_run: bool,
  soft: bool,
  features: {feature: string, rows?: int, error?: string, message?: string}[]
})";

constexpr const char* kPromoted = R"({
  dry_run: bool,
  from: string,
  to: string,
  features: {
    feature: string,
    added: int,
    replaced: int,
    deleted: int,
    unchanged: int,
    conflicts: int
  }[]
})";

constexpr const char* kSnapshotDiff = R"({
  first: string,
  second: string | null,
  features: {
    feature: string,
    in_first: bool,
    in_second: bool,
    added: int,
    removed: int,
    changed: int,
    rewritten: int,
    other_id_columns: bool
  }[]
})";

constexpr const char* kLocked = R"({
  path: string,
  dry_run: bool,
  changed: bool,
  added: {feature: string, project: string, version: string}[],
  updated: {
    feature: string,
    project: string,
    old_version: string,
    new_version: string
  }[],
  removed: {feature: string, project: string, version: string}[],
  unchanged: int
})";

constexpr const char* kResolved = R"({
  feature: string,
  new: int,
  stale: int,
  orphaned: int,
  delta: {way: "delta" | "full", reason: string | null, keys: int, rows_read: int},
  failed?: int
})";

constexpr const char* kDescribedGraph = R"({
  metaxy_project_version: string,
  total_features: int,
  graph_depth: int,
  root_features: string[],
  leaf_features: string[],
  projects: {[string]: int},
  filtered_features?: int,
  filter_project?: string
})";

constexpr const char* kStores = R"({
  default_store: string,
  store_count: int,
  stores: {name: string, is_default: bool, info: string, fallbacks: string[]}[]
})";

struct Row {
  std::string_view command;
  const char* shape;
};

constexpr const char* kScanned = R"({
  feature: string,
  directory: string,
  dry_run: bool,
  files: int,
  new: int,
  changed: int,
  unchanged: int,
  refreshed: int,
  missing: int,
  deleted: int,
  elsewhere: int,
  links_skipped: int,
  files_read: int,
  bytes_read: int,
  rows: int,
  problems: {file: string, message: string}[]
})";

constexpr std::array kShapes = {
    Row{"describe features", kDescribed},
    Row{"describe graph", kDescribedGraph},
    Row{"list features", kListed},
    Row{"list stores", kStores},
    Row{"graph render", kGraph},
    Row{"config print", "{[string]: any}"},
    Row{"config schema", "{[string]: any}"},
    Row{"explain", kExplained},
    Row{"history", R"({
  snapshots: {
    project_version: string,
    recorded_at: string,
    feature_count: int
  }[]
})"},
    Row{"graph-diff render", kDiff},
    Row{"cache clear", "{directory: string, dry_run: bool, answers: int, files: int, bytes: int}"},
    Row{"cache list", kCache},
    Row{"doctor", kDoctor},
    Row{"completions", "{shell: string, script: string}"},
    Row{"help", "{topic: string, text: string}"},
    Row{"metadata write",
        "{feature: string, dry_run: bool, rows: int, version: int | null, failures?: int}"},
    Row{"metadata read", "{[string]: any}[]"},
    Row{"metadata resolve", kResolved},
    Row{"metadata status", kStatus},
    Row{"metadata failures", kFailures},
    Row{"metadata retry", "{dry_run: bool, failures: int, attempts: int}"},
    Row{"metadata delete", kDeleted},
    Row{"metadata rebase", "{feature: string, dry_run: bool, rows: int}"},
    Row{"metadata copy", kRowsByFeature},
    Row{"metadata compact", kCompacted},
    Row{"metadata migrate", R"({
  dry_run: bool,
  to: "map" | "struct",
  features: {feature: string, changed: bool, rows: int}[]
})"},
    Row{"snapshot create", kSnapshot},
    Row{"snapshot list", kSnapshots},
    Row{"snapshot show", kSnapshot},
    Row{"snapshot diff", kSnapshotDiff},
    Row{"snapshot delete", "{dry_run: bool, deleted: string}"},
    Row{"snapshot gc", R"({
  dry_run: bool,
  removed: {snapshot: string, table: string, tag: string, age_seconds: int}[]
})"},
    Row{"store promote", kPromoted},
    Row{"push", R"({
  project_version: string,
  dry_run: bool,
  already_pushed: bool,
  updated_features: string[]
})"},
    Row{"lock", kLocked},
    Row{"init", "{dry_run: bool, files: string[]}"},
    Row{"scan", kScanned},
    Row{"report", "{output: string, features: int, pictures: int, bytes: int}"},
};

}  // namespace

const char* JsonShapeOf(std::string_view command) {
  const auto* row = std::find_if(kShapes.begin(), kShapes.end(),
                                 [&](const Row& each) { return each.command == command; });
  return row != kShapes.end() ? row->shape : "";
}

}  // namespace metaxy::cli
