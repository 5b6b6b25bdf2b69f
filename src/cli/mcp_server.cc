#include "cli/mcp_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"
#include "metaxy/version.h"

namespace metaxy::cli {

namespace {

// Protocol versions, newest first. The subset used here is the same in all.
constexpr std::array kVersions = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

constexpr const char* kInstructions =
    "Start with list_features for an overview, and get_feature for a single feature. list_stores "
    "names the stores, get_config shows the whole configuration. Feature keys are written with "
    "slashes, such as video/crop. list_features with verbose = true shows which fields depend on "
    "which.";

// Error codes of JSON-RPC.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

std::string Response(const Json& id, const char* member, Json value) {
  return Json(Json::Object{{"jsonrpc", "2.0"}, {"id", id}, {member, std::move(value)}})
      .DumpCompact();
}

std::string ErrorResponse(const Json& id, int code, const std::string& message) {
  return Response(id, "error", Json::Object{{"code", code}, {"message", message}});
}

Json Initialize(const Json& params) {
  const Json* wanted = params.Find("protocolVersion");
  const char* version = kVersions[0];
  for (const char* known : kVersions) {
    if (wanted != nullptr && wanted->is_string() && wanted->as_string() == known) version = known;
  }
  return Json::Object{
      {"protocolVersion", version},
      {"capabilities", Json::Object{{"tools", Json::Object{{"listChanged", false}}}}},
      {"serverInfo", Json::Object{{"name", "metaxy"}, {"version", Version()}}},
      {"instructions", kInstructions}};
}

Json ToolResult(const Json& value) {
  const std::string text = value.is_string() ? value.as_string() : value.DumpCompact();
  Json structured = value;
  if (!value.is_object()) structured = Json::Object{{"result", value}};
  return Json::Object{{"content", Json::Array{Json::Object{{"type", "text"}, {"text", text}}}},
                      {"structuredContent", std::move(structured)},
                      {"isError", false}};
}

Json FailedTool(const std::string& message) {
  return Json::Object{{"content", Json::Array{Json::Object{{"type", "text"}, {"text", message}}}},
                      {"isError", true}};
}

bool HasType(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_integer();
  if (type == "array") return value.is_array();
  return type == "null" ? value.is_null() : value.is_object();
}

// Whether a value matches a schema, as far as those of the tools go: types, choices of schemas,
// items.
bool Fits(const Json& schema, const Json& value) {
  if (const Json* choices = schema.Find("anyOf")) {
    return std::any_of(choices->as_array().begin(), choices->as_array().end(),
                       [&](const Json& choice) { return Fits(choice, value); });
  }
  const Json* type = schema.Find("type");
  if (type != nullptr && !HasType(value, type->as_string())) return false;
  const Json* minimum = schema.Find("minimum");
  if (minimum != nullptr && value.is_integer() && value.as_integer().digits.front() == '-')
    return false;
  const Json* items = schema.Find("items");
  return items == nullptr || !value.is_array() ||
         std::all_of(value.as_array().begin(), value.as_array().end(),
                     [&](const Json& item) { return Fits(*items, item); });
}

}  // namespace

std::string CheckArguments(const Json& schema, const Json& arguments) {
  if (!arguments.is_object()) return "the arguments must be an object";
  const Json& properties = *schema.Find("properties");
  std::vector<std::string> known;
  for (const auto& [name, property] : properties.as_object()) known.push_back(name);
  for (const auto& [name, value] : arguments.as_object()) {
    const Json* property = properties.Find(name);
    if (property == nullptr)
      return fmt::format("there is no argument {}{}", Quote(name), DidYouMean(name, known));
    if (!Fits(*property, value)) {
      return fmt::format("the argument {} cannot be {}", Quote(name), value.DumpPython());
    }
  }
  if (const Json* required = schema.Find("required")) {
    for (const Json& name : required->as_array()) {
      if (arguments.Find(name.as_string()) == nullptr)
        return fmt::format("the argument {} is missing", Quote(name.as_string()));
    }
  }
  return "";
}

Json McpServer::ListTools() const {
  Json::Array tools;
  for (const McpTool& tool : tools_) {
    tools.emplace_back(Json::Object{{"name", tool.name},
                                    {"description", tool.description},
                                    {"inputSchema", Json::Parse(tool.input_schema).ValueOrDie()},
                                    {"annotations", Json::Object{{"readOnlyHint", true}}}});
  }
  return Json::Object{{"tools", std::move(tools)}};
}

arrow::Result<Json> McpServer::CallTool(const Json& params) const {
  const Json* name = params.Find("name");
  if (name == nullptr || !name->is_string())
    return MakeError(ErrorCode::kInvalidInput, "no tool is named");
  std::vector<std::string> known;
  for (const McpTool& tool : tools_) {
    known.emplace_back(tool.name);
    if (name->as_string() != tool.name) continue;
    const Json* given = params.Find("arguments");
    const Json arguments = given == nullptr || given->is_null() ? Json(Json::Object{}) : *given;
    const std::string wrong =
        CheckArguments(Json::Parse(tool.input_schema).ValueOrDie(), arguments);
    if (!wrong.empty()) return FailedTool(wrong);
    arrow::Result<Json> result = tool.run(config_, arguments);
    return result.ok() ? ToolResult(*result) : FailedTool(result.status().message());
  }
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("there is no tool {}{}", Quote(name->as_string()),
                               DidYouMean(name->as_string(), known)));
}

arrow::Result<Json> McpServer::Dispatch(const std::string& method, const Json& params) const {
  if (method == "initialize") return Initialize(params);
  if (method == "ping") return Json(Json::Object{});
  if (method == "tools/list") return ListTools();
  if (method == "tools/call") return CallTool(params);
  return MakeError(ErrorCode::kNotSupported, fmt::format("no method {}", Quote(method)));
}

std::optional<std::string> McpServer::Answer(const std::string& line) const {
  arrow::Result<Json> message = Json::Parse(line);
  if (!message.ok()) return ErrorResponse(Json(), kParseError, message.status().message());
  const Json* id = message->Find("id");
  const Json* method = message->Find("method");
  if (method == nullptr || !method->is_string()) {
    // Responses of the client to requests that were never sent need no reply.
    if (message->is_object() && id != nullptr && message->Find("method") == nullptr &&
        (message->Find("result") != nullptr || message->Find("error") != nullptr))
      return std::nullopt;
    return ErrorResponse(id != nullptr ? *id : Json(), kInvalidRequest,
                         "not a JSON-RPC 2.0 request");
  }
  if (id == nullptr) return std::nullopt;  // a notification
  const Json* given = message->Find("params");
  const Json params = given != nullptr ? *given : Json(Json::Object{});
  arrow::Result<Json> result = Dispatch(method->as_string(), params);
  if (result.ok()) return Response(*id, "result", std::move(*result));
  const bool unknown = IsError(result.status(), ErrorCode::kNotSupported);
  return ErrorResponse(*id, unknown ? kMethodNotFound : kInvalidParams, result.status().message());
}

}  // namespace metaxy::cli
