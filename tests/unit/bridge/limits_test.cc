// Deadlines and stop tokens end a call that hangs in a request.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/interrupt.h"
#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using std::chrono::milliseconds;

/// Accepts connections, and never answers. Without limits, a call on it would outlast the test.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, size) != 0 || ::listen(socket_, 64) != 0 ||
        ::getsockname(socket_, any, &size) != 0)
      throw std::runtime_error("cannot listen on the loopback interface");
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(socket_); }

  LanceConnectOptions store() const {
    LanceConnectOptions options;
    options.uri = "s3://bucket/store";
    options.storage_options = {{"aws_endpoint", "http://127.0.0.1:" + std::to_string(port_)},
                               {"allow_http", "true"},
                               {"aws_region", "us-east-1"},
                               {"aws_access_key_id", "key"},
                               {"aws_secret_access_key", "secret"},
                               {"timeout", "1h"}};
    return options;
  }

 private:
  int socket_;
  int port_ = 0;
};

using Call = arrow::Status (*)(LanceConnection&);

constexpr Call kCalls[] = {
    [](LanceConnection& store) { return store.TableNames().status(); },
    [](LanceConnection& store) { return store.OpenTable("t").status(); },
    [](LanceConnection& store) { return store.ProbeConditionalWrite().status(); },
    [](LanceConnection& store) { return store.CreateTable("t", Numbers(0, 10)).status(); },
};

TEST(LimitsTest, ADeadlineEndsACallThatHangs) {
  const SilentServer server;
  const auto store = Must(LanceConnection::Connect(server.store()));
  for (const Call call : kCalls) {
    ExecutionOptions options;
    options.deadline = std::chrono::steady_clock::now() + milliseconds(50);
    const InterruptScope scope{Interrupt(options)};
    EXPECT_THAT(call(*store), FailsWith(ErrorCode::kTimeout, "deadline"));
  }
}

TEST(LimitsTest, AStopTokenEndsACallThatHangs) {
  const SilentServer server;
  const auto store = Must(LanceConnection::Connect(server.store()));
  for (const Call call : kCalls) {
    arrow::StopSource source;
    ExecutionOptions options;
    options.stop_token = source.token();
    std::thread stopper([&source] {
      std::this_thread::sleep_for(milliseconds(50));
      source.RequestStop();
    });
    {
      const InterruptScope scope{Interrupt(options)};
      EXPECT_THAT(call(*store), FailsWith(ErrorCode::kCancelled, "cancelled"));
    }
    stopper.join();
  }
}

TEST(LimitsTest, WhatChangesATableMayHaveBeenDone) {
  const SilentServer server;
  const auto store = Must(LanceConnection::Connect(server.store()));
  ExecutionOptions options;
  options.deadline = std::chrono::steady_clock::now() + milliseconds(50);
  const InterruptScope scope{Interrupt(options)};
  EXPECT_THAT(store->DropTable("t"), FailsWith(ErrorCode::kCommitStateUnknown, "read before"));
}

TEST(LimitsTest, TheyEndWithTheirScope) {
  ExecutionOptions options;
  options.deadline = std::chrono::steady_clock::now();
  EXPECT_FALSE(InterruptScope::Current().IsLimited());
  {
    const InterruptScope outer{Interrupt(options)};
    {
      const InterruptScope inner{Interrupt()};
      EXPECT_FALSE(InterruptScope::Current().IsLimited());
    }
    EXPECT_TRUE(InterruptScope::Current().IsLimited());
  }
  EXPECT_FALSE(InterruptScope::Current().IsLimited());
}

}  // namespace
}  // namespace metaxy::internal
