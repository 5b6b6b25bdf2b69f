// Model Context Protocol server: JSON-RPC messages, one per line.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/config.h"
#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief A tool that a client may call.
struct McpTool {
  const char* name;
  const char* description;
  const char* input_schema;  ///< JSON schema of its arguments, as a string
  /// Runs the tool. Arguments match the schema.
  arrow::Result<Json> (*run)(const ConfigLoadOptions& config, const Json& arguments);
};

/// \brief Answers messages, each independently: the server is stateless.
class McpServer {
 public:
  /// \brief `config` says where tools look for the configuration.
  McpServer(std::vector<McpTool> tools, ConfigLoadOptions config)
      : tools_(std::move(tools)), config_(std::move(config)) {}

  /// \brief The response to one message, a line without its end; `std::nullopt` if none is due.
  /// Never fails: what cannot be parsed gets an error response.
  std::optional<std::string> Answer(const std::string& line) const;

 private:
  arrow::Result<Json> Dispatch(const std::string& method, const Json& params) const;
  Json ListTools() const;
  arrow::Result<Json> CallTool(const Json& params) const;

  std::vector<McpTool> tools_;
  ConfigLoadOptions config_;
};

/// \brief What is wrong with the arguments of a tool according to its schema, or empty.
std::string CheckArguments(const Json& schema, const Json& arguments);

/// \brief The tools of metaxy; those of the reference, with the same names.
std::vector<McpTool> McpTools();

}  // namespace metaxy::cli
