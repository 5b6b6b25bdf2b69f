// The definition of a feature: its key, the columns that identify a sample, its fields and their
// dependencies.
//
// All types here are aggregates, for use with designated initialisers:
//
//   metaxy::FeatureSpec{
//       .key = "example/crop",
//       .id_columns = {"video_id"},
//       .deps = {"example/video"},
//       .fields = {{.key = "audio", .code_version = "1"}, {.key = "frames"}}}
//
// Nothing is validated while they are filled in; FeatureSpec::Validate() reports all errors at
// once, and FeatureGraph::AddFeatureDefinition calls it. Value types: they may be copied freely,
// and shared between threads as long as nobody modifies them.
#pragma once

#include <arrow/result.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"

namespace metaxy {

/// \brief The default code version of a field.
inline constexpr const char* kDefaultCodeVersion = "__metaxy_initial__";

// NOLINTBEGIN(google-explicit-constructor): lists are written without type names.
/// \brief A list of specs in which a plain string stands for the spec with this key:
/// `{"a/b", "c"}`.
template <class Spec>
class SpecList : public std::vector<Spec> {
 public:
  /// \brief A spec, or its key as a string, for lists that mix both.
  struct Item {
    Item(const char* key) : spec{key} {}
    Item(Spec value) : spec(std::move(value)) {}
    Spec spec;
  };

  SpecList() = default;
  SpecList(std::initializer_list<Spec> specs) : std::vector<Spec>(specs) {}
  SpecList(std::initializer_list<const char*> keys) {
    for (const char* key : keys) this->push_back(Spec{key});
  }
  SpecList(std::initializer_list<Item> items) {
    for (const Item& item : items) this->push_back(item.spec);
  }
  SpecList(std::vector<Spec> specs) : std::vector<Spec>(std::move(specs)) {}
};
// NOLINTEND(google-explicit-constructor)

/// \brief Names fields of a parent on which a field depends. Mirrors metaxy.FieldDep.
struct FieldDep {
  FeatureKey feature;
  /// Fields of `feature`; all of them if absent.
  std::optional<std::vector<FieldKey>> fields = std::nullopt;

  bool operator==(const FieldDep&) const = default;
};

/// \brief The explicit dependencies of a field: a list of FieldDep, or all fields (the reference's
/// SpecialFieldDep.ALL). With an empty list, the fields mapping of each feature dependency decides.
struct FieldDeps {
  std::vector<FieldDep> list = {};
  bool all = false;

  FieldDeps() = default;
  FieldDeps(std::initializer_list<FieldDep> deps) : list(deps) {}
  explicit FieldDeps(std::vector<FieldDep> deps) : list(std::move(deps)) {}

  /// \brief Depend on every field of every parent.
  static FieldDeps All() {
    FieldDeps deps;
    deps.all = true;
    return deps;
  }

  bool operator==(const FieldDeps&) const = default;
};

/// \brief A logical part of a feature with a version of its own. Mirrors metaxy.FieldSpec.
struct FieldSpec {
  FieldKey key = "default";
  /// Change it when the code that computes this field changes: all samples become stale, and so
  /// does everything downstream.
  std::string code_version = kDefaultCodeVersion;
  FieldDeps deps = {};

  bool operator==(const FieldSpec&) const = default;
};

/// \brief Which fields of a parent a field without explicit deps depends on. Mirrors
/// metaxy.FieldsMapping.
struct FieldsMapping {
  enum class Type { kDefault, kSpecific, kAll, kNone };
  using Entry = std::pair<FieldKey, std::vector<FieldKey>>;

  Type type = Type::kDefault;
  bool match_suffix = false;                  ///< kDefault: "french" also matches "audio/french".
  std::vector<FieldKey> exclude_fields = {};  ///< kDefault: parent fields that never match.
  std::vector<Entry> mapping = {};  ///< kSpecific: own field -> parent fields, each a set.

  /// \brief The field of the same name, or all of the parent's fields if there is none.
  static FieldsMapping Default(bool match_suffix = false,
                               std::vector<FieldKey> exclude_fields = {}) {
    return {Type::kDefault, match_suffix, std::move(exclude_fields), {}};
  }
  static FieldsMapping Specific(std::vector<Entry> mapping) {
    return {Type::kSpecific, false, {}, std::move(mapping)};
  }
  static FieldsMapping All() { return {Type::kAll, false, {}, {}}; }
  static FieldsMapping None() { return {Type::kNone, false, {}, {}}; }

  bool operator==(const FieldsMapping&) const = default;
};

/// \brief How rows of a parent map to rows of the feature. Mirrors metaxy.LineageRelationship.
struct LineageRelationship {
  enum class Type { kIdentity, kAggregation, kExpansion };

  Type type = Type::kIdentity;
  /// kAggregation: columns to group by (absent: the feature's id columns). kExpansion: the columns
  /// that identify the parent.
  std::optional<std::vector<std::string>> on = std::nullopt;
  std::optional<std::string> id_generation_pattern =
      std::nullopt;  ///< kExpansion: for the user's own code.

  static LineageRelationship Identity() { return {}; }
  static LineageRelationship Aggregation(
      std::optional<std::vector<std::string>> on = std::nullopt) {
    return {Type::kAggregation, std::move(on), std::nullopt};
  }
  static LineageRelationship Expansion(
      std::vector<std::string> on,
      std::optional<std::string> id_generation_pattern = std::nullopt) {
    return {Type::kExpansion, std::move(on), std::move(id_generation_pattern)};
  }

  bool operator==(const LineageRelationship&) const = default;
};

/// \brief A dependency on another feature. Mirrors metaxy.FeatureDep.
struct FeatureDep {
  FeatureKey feature;
  /// Columns to take from the parent, with their names after `rename`; all if absent. System
  /// columns are always included.
  std::optional<std::vector<std::string>> select = std::nullopt;
  /// Old name -> new name, in the order given; applied before `select` and `filters`.
  std::optional<std::vector<std::pair<std::string, std::string>>> rename = std::nullopt;
  FieldsMapping fields_mapping = {};
  /// SQL-like filters on the parent's rows, with the names after `rename`; all must hold.
  std::optional<std::vector<std::string>> filters = std::nullopt;
  LineageRelationship lineage = {};
  /// Whether a sample does not need a row of this parent.
  bool optional = false;

  bool operator==(const FeatureDep&) const = default;
};

/// \brief A feature. Mirrors metaxy.FeatureSpec.
struct METAXY_EXPORT FeatureSpec {
  FeatureKey key;
  std::vector<std::string> id_columns = {};
  SpecList<FeatureDep> deps = {};
  SpecList<FieldSpec> fields = {FieldSpec{}};
  /// Arbitrary user metadata: a JSON object. Part of the definition version, not of the feature
  /// version.
  Json metadata = Json::Object{};
  std::optional<std::string> description = std::nullopt;

  /// \brief Checks every rule of the reference's models; a single InvalidDefinition that lists all
  /// violations.
  arrow::Status Validate() const;

  /// \brief The spec as returned by the reference's model_dump(mode="json"), members in the
  /// reference's order.
  Json ToJson() const;

  /// \brief Reads the output of ToJson(), and every shorthand that the reference's models accept (a
  /// field as a string, a dependency as a string, keys as lists of parts, `filters` for
  /// `sql_filters`, ...). InvalidDefinition, naming the location, if the shape is wrong or a member
  /// is unknown. The result is validated.
  static arrow::Result<FeatureSpec> FromJson(const Json& json);

  /// \brief The feature's table in the store.
  std::string table_name() const { return key.table_name(); }

  /// \brief The field with this key, or nullptr.
  const FieldSpec* FindField(const FieldKey& field) const;

  /// \brief Hash of the fields' code versions alone. `truncation` is hash_truncation_length.
  std::string code_version(int truncation) const;

  /// \brief Hash of the whole spec. `truncation` is hash_truncation_length.
  std::string feature_spec_version(int truncation) const;

  bool operator==(const FeatureSpec&) const = default;
};

}  // namespace metaxy
