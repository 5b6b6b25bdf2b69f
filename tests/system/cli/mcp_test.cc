// The server of `metaxy mcp`: its messages one by one. tests/system/cli/check_mcp.py uses a real
// client.
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
  // For an unknown version the client gets the newest supported one, and decides itself.
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
  ASSERT_FALSE(McpTools().empty());
  for (const McpTool& tool : McpTools()) {
    SCOPED_TRACE(tool.name);
    EXPECT_NE(std::string(tool.description), "");
    arrow::Result<Json> schema = Json::Parse(tool.input_schema);
    ASSERT_TRUE(schema.ok()) << schema.status();
    EXPECT_EQ(schema->Find("type")->as_string(), "object");
    ASSERT_TRUE(schema->Find("properties") != nullptr);
    const Json::Object& properties = schema->Find("properties")->as_object();
    for (const auto& [name, property] : properties) {
      SCOPED_TRACE(name);
      EXPECT_TRUE((property.Find("type") != nullptr) != (property.Find("anyOf") != nullptr))
          << "it takes anything";
    }
    const Json* required = schema->Find("required");
    if (required == nullptr) continue;
    for (const Json& name : required->as_array())
      EXPECT_NE(schema->Find("properties")->Find(name.as_string()), nullptr) << name.as_string();
  }
}

// What a schema says is what the tools heed: each argument that is required is missed.
TEST(McpServerTest, ToolsMissWhatIsRequired) {
  int missed = 0;
  McpServer server(McpTools(), {});
  for (const McpTool& tool : McpTools()) {
    const arrow::Result<Json> schema = Json::Parse(tool.input_schema);
    ASSERT_TRUE(schema.ok());
    if (schema->Find("required") == nullptr) continue;
    const std::string first = schema->Find("required")->as_array().at(0).as_string();
    const std::string answer =
        server
            .Answer(R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": ")" +
                    std::string(tool.name) + R"(", "arguments": {}}})")
            .value_or("nothing");
    EXPECT_THAT(answer, HasSubstr("the argument '" + first + "' is missing")) << tool.name;
    ++missed;
  }
  EXPECT_GE(missed, 3);
}

// An assistant passes on what it reads.
TEST(McpServerTest, ShowsNoCredentials) {
  const testing::TempDir directory;
  directory.Write("metaxy.toml",
                  "project = 'p'\n[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                  "[stores.dev.config]\nuri = 's3://user:planted@bucket/x'\n"
                  "[stores.dev.config.connect_kwargs]\napi_key = 'planted'\n");
  const McpServer server(McpTools(), {.config_file = directory.path() / "metaxy.toml"});
  const std::string answer =
      server
          .Answer(
              R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_config", "arguments": {}}})")
          .value_or("nothing");
  EXPECT_THAT(answer, HasSubstr("***"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("planted")));
}

TEST(McpServerTest, TheProgramEndsWithItsInput) {
  const testing::Program program;  // whose standard input is empty
  EXPECT_THAT(program.Run({"mcp"}), testing::Printed(""));
}

}  // namespace
}  // namespace metaxy::cli
