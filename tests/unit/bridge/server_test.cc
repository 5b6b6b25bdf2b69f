// LanceDB servers with invalid or no responses: a server with canned responses on this machine.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

/// Gives every request the same response, or none.
class CannedServer {
 public:
  explicit CannedServer(std::string status, std::string body = "{}")
      : answer_(status.empty() ? ""
                               : "HTTP/1.1 " + status +
                                     "\r\nContent-Type: application/json\r\nConnection: "
                                     "close\r\nContent-Length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, length) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, generic, &length) != 0) {
      throw std::runtime_error("cannot listen on this machine");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  ~CannedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (int connection : open_) close(connection);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

 private:
  void Serve() {
    for (int connection = accept(listener_, nullptr, nullptr); connection >= 0;
         connection = accept(listener_, nullptr, nullptr)) {
      ++requests_;
      char buffer[65536];
      ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
      if (answer_.empty() || count <= 0) {
        open_.push_back(connection);
        continue;
      }
      count = send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      shutdown(connection, SHUT_WR);
      while (recv(connection, buffer, sizeof(buffer), 0) > 0) {
      }
      close(connection);
    }
  }

  std::string answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::vector<int> open_;
  std::thread thread_;
};

std::shared_ptr<LanceConnection> ConnectTo(const std::string& url) {
  return Must(LanceConnection::Connect({.uri = "db://test",
                                        .api_key = "secret-key",
                                        .host_override = url,
                                        .connect_timeout = std::chrono::seconds(5),
                                        .read_timeout = std::chrono::seconds(1),
                                        .retries = 0}));
}

TEST(ServerTest, AnswersBecomeCodes) {
  struct Case {
    std::string status;
    ErrorCode code;
    bool retryable;
  };
  for (const Case& c : {
           Case{"401 Unauthorized", ErrorCode::kPermissionDenied, false},
           Case{"403 Forbidden", ErrorCode::kPermissionDenied, false},
           // A server that knows about no tables at all is not a LanceDB server.
           Case{"404 Not Found", ErrorCode::kIo, false},
           Case{"400 Bad Request", ErrorCode::kIo, false},
           Case{"429 Too Many Requests", ErrorCode::kResourceExhausted, true},
           Case{"501 Not Implemented", ErrorCode::kNetwork, true},
           Case{"502 Bad Gateway", ErrorCode::kNetwork, true},
           Case{"503 Service Unavailable", ErrorCode::kNetwork, true},
           Case{"504 Gateway Timeout", ErrorCode::kTimeout, true},
       }) {
    SCOPED_TRACE(c.status);
    CannedServer server(c.status);
    auto connection = ConnectTo(server.url());
    EXPECT_TRUE(Must(connection->IsRemote()));
    for (const arrow::Status& status :
         {connection->OpenTable("t").status(), connection->TableNames().status()}) {
      EXPECT_THAT(status, FailsWith(c.code, ""));
      EXPECT_EQ(IsRetryable(status), c.retryable) << status;
      EXPECT_EQ(status.message().find("secret-key"), std::string::npos);
    }
  }
}

TEST(ServerTest, SilenceIsATimeout) {
  CannedServer server("");
  arrow::Status status = ConnectTo(server.url())->OpenTable("t").status();
  EXPECT_THAT(status, FailsWith(ErrorCode::kTimeout, "'t'"));
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_EQ(server.requests(), 1);  // No retries were requested.
}

TEST(ServerTest, NobodyThereIsANetworkFailure) {
  std::string url;
  {
    CannedServer gone("200 OK");
    url = gone.url();
  }
  auto connection = ConnectTo(url);
  arrow::Status status = connection->OpenTable("t").status();
  EXPECT_THAT(status, FailsWith(ErrorCode::kNetwork, "'t'"));
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_THAT(connection->CreateTable("t", Numbers(0, 3)).status(),
              FailsWith(ErrorCode::kNetwork, "'t'"));
  EXPECT_THAT(connection->DropTable("t"), FailsWith(ErrorCode::kNetwork, "'t'"));
}

TEST(ServerTest, NonsenseIsAFailure) {
  CannedServer server("200 OK", "this is not JSON");
  auto connection = ConnectTo(server.url());
  EXPECT_FALSE(connection->OpenTable("t").ok());
  EXPECT_FALSE(connection->TableNames().ok());
}

TEST(ServerTest, RefusesWhatServersCannotDo) {
  CannedServer server(
      "200 OK",
      R"({"table": "t", "version": 3, "schema": {"fields": [{"name": "id", "type": {"type": "int64"}, "nullable": true}]}})");
  auto connection = ConnectTo(server.url());
  auto table = Must(connection->OpenTable("t"));
  EXPECT_EQ(Must(table->Version()), 3U);
  EXPECT_EQ(Must(table->Schema())->ToString(), "id: int64");
  EXPECT_THAT(table->Compact().status(), FailsWith(ErrorCode::kNotSupported, "'t'"));
  EXPECT_THAT(table->Prune({}).status(), FailsWith(ErrorCode::kNotSupported, "'t'"));
  EXPECT_THAT(table->Append(Numbers(0, 3), {.max_rows_per_file = 10}).status(),
              FailsWith(ErrorCode::kNotSupported, "'t'"));
  EXPECT_THAT(connection->CreateTable("u", Numbers(0, 3), {.max_rows_per_file = 10}).status(),
              FailsWith(ErrorCode::kNotSupported, "'u'"));
}

// Any response will do, including a refusal.
TEST(ServerClockTest, IsReadFromTheAnswer) {
  const CannedServer refuses("403 Forbidden\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT");
  const auto ahead = Must(LanceConnection::ClockSkew(refuses.url(), std::chrono::seconds(30)));
  EXPECT_GT(ahead, std::chrono::hours(24 * 365 * 30));
  const CannedServer later("200 OK\r\nDate: Fri, 06 Nov 2099 08:49:37 GMT");
  const auto behind = Must(LanceConnection::ClockSkew(later.url(), std::chrono::seconds(30)));
  EXPECT_LT(behind, std::chrono::hours(-24 * 365));
  EXPECT_EQ(later.requests(), 1);
}

TEST(ServerClockTest, MayBeUnknown) {
  const CannedServer silent("200 OK\r\nDate: tomorrow");
  EXPECT_THAT(LanceConnection::ClockSkew(silent.url(), std::chrono::seconds(30)).status(),
              FailsWith(ErrorCode::kNotSupported, "does not report its time"));
}

}  // namespace
}  // namespace metaxy::internal
