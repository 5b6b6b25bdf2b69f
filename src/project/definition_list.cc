#include "project/definition_list.h"

#include "config/toml_reader.h"
#include "metaxy/errors.h"
#include "models/spec_rules.h"

namespace metaxy {

void DefinitionList::Add(FeatureDefinition definition, const std::string& place) {
  auto [known, is_new] = places_.emplace(definition.key(), place);
  if (is_new) {
    definitions_.push_back(std::move(definition));
  } else {
    errors_.push_back(place + ": " + FeatureSubject(definition.key()) + " is already defined at " +
                      known->second + "; remove one of them");
  }
}

arrow::Result<std::vector<FeatureDefinition>> DefinitionList::Finish() {
  if (errors_.empty()) return std::move(definitions_);
  std::string text;
  for (const std::string& error : errors_) text += (text.empty() ? "" : "; ") + error;
  return MakeError(ErrorCode::kInvalidDefinition, std::move(text));
}

arrow::Result<std::string> ReadDefinitionsFile(const std::filesystem::path& path) {
  arrow::Result<std::string> text = internal::ReadTextFile(path);
  if (text.ok()) return text;
  return MakeError(ErrorCode::kInvalidInput, text.status().message());
}

}  // namespace metaxy
