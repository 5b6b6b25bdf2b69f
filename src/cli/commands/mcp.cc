// metaxy mcp
#include <iostream>
#include <string>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/mcp_server.h"

namespace metaxy::cli {

namespace {

// Until the client closes its end.
arrow::Result<int> Run(Context& context, const Arguments&) {
  const arrow::StopToken stop = context.execution().stop_token;
  const McpServer server(McpTools(), context.load_options());
  for (std::string line; !stop.IsStopRequested() && std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
    const std::optional<std::string> answer = server.Answer(line);
    if (!answer) continue;
    context.output().PrintLine(*answer);
    if (!context.output().Flush()) break;
  }
  // A signal ends the wait for the next message.
  return stop.Poll().ok() ? arrow::Result<int>(kDone) : stop.Poll();
}

}  // namespace

CommandSpec McpCommand() {
  return {nullptr, "mcp", nullptr, "Serve features and metadata to assistants over stdio (MCP)",
          {},      Run};
}

}  // namespace metaxy::cli
