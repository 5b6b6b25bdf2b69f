#include "project/definitions_json.h"

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "metaxy/json.h"
#include "models/spec_reader.h"
#include "models/value_reader.h"
#include "project/definition_list.h"

namespace metaxy {

namespace {

// The location of every value of the top-level list: "definitions.json:2:3". The text is known to
// be valid.
std::vector<std::string> PlacesOfEntries(std::string_view text, const std::string& name) {
  std::vector<std::string> places;
  int line = 1;
  int column = 0;
  int depth = 0;
  bool in_string = false;
  bool expects_entry = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
    if (c == '\n') {
      ++line;
      column = 0;
    }
    bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (expects_entry && !is_blank && c != ']') {
      places.push_back(name + ":" + std::to_string(line) + ":" + std::to_string(column));
      expects_entry = false;
    }
    if (in_string) {
      if (c == '\\') {
        ++i;
        ++column;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth == 1) expects_entry = true;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 1) {
      expects_entry = true;
    }
  }
  return places;
}

}  // namespace

arrow::Result<std::vector<FeatureDefinition>> ReadDefinitionsJson(
    const std::filesystem::path& path, const std::string& default_project) {
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadDefinitionsFile(path));
  return ParseDefinitionsJson(text, path.string(), default_project);
}

arrow::Result<std::vector<FeatureDefinition>> ParseDefinitionsJson(
    std::string_view text, const std::string& name, const std::string& default_project) {
  arrow::Result<Json> parsed = Json::Parse(text);
  if (!parsed.ok()) {
    return MakeError(ErrorCode::kInvalidDefinition, name + ": " + parsed.status().message());
  }
  if (!parsed->is_array()) {
    return MakeError(
        ErrorCode::kInvalidDefinition,
        name + ": must be a list of feature definitions, not " + std::string(KindOf(*parsed)));
  }
  std::vector<std::string> places = PlacesOfEntries(text, name);
  DefinitionList list;
  for (size_t i = 0; i < parsed->as_array().size(); ++i) {
    Json& entry = parsed->as_array()[i];
    if (entry.is_object() && entry.Find("project") == nullptr && !default_project.empty()) {
      entry.Set("project", default_project);
    }
    std::string place = i < places.size() ? places[i] : name;
    Problems problems;
    FeatureDefinition definition = ReadDefinition(entry, &problems);
    definition.source = name;
    arrow::Status status = problems.ToStatus(SubjectOfSpec(entry.Find("spec")));
    if (status.ok()) {
      list.Add(std::move(definition), place);
    } else {
      list.AddError(place + ": " + status.message());
    }
  }
  return list.Finish();
}

}  // namespace metaxy
