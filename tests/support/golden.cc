#include "support/golden.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "test_paths.h"

namespace metaxy::testing {

std::vector<Json> Goldens(const std::string& name) {
  std::string path = SourceDir() + "/tests/reference/recorded/goldens/" + name + ".json";
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  arrow::Result<Json> json = Json::Parse(text.str());
  if (!json.ok() || !json->is_array() || json->as_array().empty()) {
    ADD_FAILURE() << "no cases in " << path << ": " << json.status();
    return {};
  }
  return json->as_array();
}

std::string Text(const Json& object, const std::string& member) {
  const Json* value = object.Find(member);
  if (value != nullptr && value->is_string()) return value->as_string();
  ADD_FAILURE() << "no text " << member << " in " << object.DumpPython();
  return "";
}

std::vector<std::string> Texts(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& item : list.as_array()) texts.push_back(item.as_string());
  return texts;
}

std::string OneLine(const arrow::Status& status) {
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
  return status.message();
}

}  // namespace metaxy::testing
