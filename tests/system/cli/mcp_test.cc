// The server of `metaxy mcp`: its messages one by one. tests/system/cli/check_mcp.py has a real
// client talk to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/mcp_server.h"
#include "metaxy/errors.h"
#include "program.h"

namespace metaxy::cli {
namespace {

using ::testing::HasSubstr;

McpServer Server() {
  return McpServer(
      {{"echo", "Says it again.",
        R"({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"},
            "times": {"type": "integer", "minimum": 0}, "more": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}}})",
        [](const ConfigLoadOptions&, const Json& arguments) -> arrow::Result<Json> {
          if (arguments.Find("text")->as_string() == "fail")
            return MakeError(ErrorCode::kInvalidInput, "it is said to fail");
          return *arguments.Find("text");
        }}},
      {});
}

std::string Answer(const std::string& line) { return Server().Answer(line).value_or("nothing"); }

std::string Call(const std::string& arguments) {
  return Answer(
      R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": )" +
      arguments + "}}");
}

TEST(McpServerTest, IntroducesItself) {
  const std::string line =
      R"({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-03-26"}})";
  EXPECT_THAT(Answer(line),
              HasSubstr(R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-03-26",)"));
  // Of a version that is not known the client gets the newest one that is, and decides itself.
  EXPECT_THAT(
      Answer(
          R"({"jsonrpc": "2.0", "id": "x", "method": "initialize", "params": {"protocolVersion": "1999"}})"),
      HasSubstr(R"("id":"x","result":{"protocolVersion":"2025-11-25")"));
  EXPECT_EQ(Answer(R"({"jsonrpc": "2.0", "method": "notifications/initialized"})"), "nothing");
  EXPECT_EQ(Answer(R"({"jsonrpc": "2.0", "id": 2, "method": "ping"})"),
            R"({"jsonrpc":"2.0","id":2,"result":{}})");
}

TEST(McpServerTest, CallsTools) {
  EXPECT_EQ(
      Call(R"({"text": "a"})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a"}],"structuredContent":{"result":"a"},"isError":false}})");
  for (const auto& [arguments, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"text": "fail"})", "it is said to fail"},
           {R"({"texd": "a"})", "there is no argument 'texd'; did you mean 'text'?"},
           {R"({})", "the argument 'text' is missing"},
           {R"({"text": 1})", "the argument 'text' cannot be 1"},
           {R"({"text": "a", "times": -1})", "the argument 'times' cannot be -1"},
           {R"({"text": "a", "more": [1]})", "the argument 'more' cannot be [1]"},
           {R"([])", "the arguments must be an object"}}) {
    const std::string answer = Call(arguments);
    EXPECT_THAT(answer, HasSubstr(message)) << arguments;
    EXPECT_THAT(answer, HasSubstr("\"isError\":true")) << arguments;
  }
  EXPECT_THAT(Call(R"({"text": "a", "more": null})"), HasSubstr("\"isError\":false"));
}

TEST(McpServerTest, AnswersWhatItDoesNotUnderstand) {
  EXPECT_THAT(Answer("{"), HasSubstr(R"("id":null,"error":{"code":-32700,)"));
  EXPECT_THAT(Answer("[]"), HasSubstr("\"code\":-32600"));
  EXPECT_THAT(Answer(R"({"id": 1})"), HasSubstr(R"("id":1,"error":{"code":-32600)"));
  EXPECT_THAT(Answer(R"({"id": 1, "method": "resources/list"})"), HasSubstr("\"code\":-32601"));
  EXPECT_THAT(Answer(R"({"id": 1, "method": "tools/call", "params": {"name": "ecko"}})"),
              HasSubstr("there is no tool 'ecko'; did you mean 'echo'?"));
  EXPECT_THAT(Answer(R"({"id": 1, "method": "tools/call", "params": 5})"),
              HasSubstr("no tool is named"));
  EXPECT_EQ(Answer(R"({"id": 1, "result": {}})"), "nothing");
}

TEST(McpServerTest, ToolsHaveSchemas) {
  for (const McpTool& tool : McpTools()) {
    arrow::Result<Json> schema = Json::Parse(tool.input_schema);
    ASSERT_TRUE(schema.ok()) << tool.name << schema.status();
    ASSERT_NE(schema->Find("properties"), nullptr) << tool.name;
  }
}

TEST(McpServerTest, TheProgramEndsWithItsInput) {
  const testing::Program program;  // whose standard input is empty
  EXPECT_THAT(program.Run({"mcp"}), testing::Printed(""));
}

}  // namespace
}  // namespace metaxy::cli
