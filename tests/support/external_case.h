// A case of tests/reference/recorded/capture/capture_external_features.py, set up on a store in
// memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/external_features.h"
#include "metaxy/graph.h"
#include "support/golden.h"
#include "support/matchers.h"
#include "support/memory_store.h"
#include "support/records.h"

namespace metaxy::testing {

class ExternalCase {
 public:
  explicit ExternalCase(Json json) : json_(std::move(json)) {}

  std::string name() const { return Text(json_, "name"); }
  std::string project() const { return Text(json_, "project"); }
  const Json& sync() const { return *json_.Find("sync"); }
  const Json& lock() const { return *json_.Find("lock"); }
  std::vector<std::string> warnings() const { return records_->warnings(); }

  std::vector<FeatureSelection> extra_features() const;
  bool locked() const;
  std::optional<OnVersionMismatch> on_version_mismatch() const;

  /// The definitions of the project.
  std::shared_ptr<const FeatureGraph> graph() const;
  /// A closed store with the pushed definitions and the settings of the case.
  std::shared_ptr<MetadataStore> store() const;

 private:
  Json json_;
  std::shared_ptr<Records> records_ = std::make_shared<Records>();
};

std::vector<ExternalCase> ExternalCases();

inline void PrintTo(const ExternalCase& test_case, std::ostream* stream) {
  *stream << test_case.name();
}

}  // namespace metaxy::testing
