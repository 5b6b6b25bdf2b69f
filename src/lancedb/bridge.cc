#include "lancedb/bridge.h"

#include "lancedb/bridge_library.h"
#include "lancedb/bridge_status.h"
#include "lancedb/bridge_stream.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

template <>
void BridgeDeleter<mxl_connection>::operator()(mxl_connection* handle) const noexcept {
  mxl_connection_free(handle);
}

template <>
void BridgeDeleter<mxl_table>::operator()(mxl_table* handle) const noexcept {
  mxl_table_free(handle);
}

namespace {

arrow::Result<uint64_t> Milliseconds(const std::optional<std::chrono::milliseconds>& time,
                                     std::string_view name) {
  if (!time.has_value()) return uint64_t{0};
  return ToBridge(int64_t{time->count()}, name);
}

/// Frees the list.
arrow::Result<std::vector<std::string>> TakeStrings(mxl_string_list* list) {
  const std::unique_ptr<mxl_string_list, decltype(mxl_string_list_free)> owner(
      list, mxl_string_list_free);
  std::vector<std::string> strings;
  for (size_t i = 0; i < mxl_string_list_count(list); ++i) {
    mxl_string string{};
    ARROW_RETURN_NOT_OK(CallBridge(mxl_string_list_get, list, i, &string));
    strings.push_back(FromBridge(string));
  }
  return strings;
}

/// Valid as long as `options` is.
std::vector<mxl_key_value> LendStorageOptions(const LanceConnectOptions& options) {
  std::vector<mxl_key_value> lent;
  lent.reserve(options.storage_options.size());
  for (const auto& [key, value] : options.storage_options)
    lent.push_back({ToBridge(std::string_view(key)), ToBridge(std::string_view(value))});
  return lent;
}

/// The location of a store and the options of its object store; `storage_options` are those of
/// LendStorageOptions(). Valid as long as both arguments are.
mxl_connect_options LendPlace(const LanceConnectOptions& options,
                              const std::vector<mxl_key_value>& storage_options) {
  mxl_connect_options lent{};
  lent.struct_size = sizeof(lent);
  lent.uri = ToBridge(std::string_view(options.uri));
  lent.storage_options = storage_options.data();
  lent.n_storage_options = storage_options.size();
  return lent;
}

/// By reference, as there is no function before the library is loaded.
template <typename Function>
arrow::Result<std::vector<std::string>> AskForNames(const Function& function,
                                                    const LanceConnectOptions& options) {
  ARROW_RETURN_NOT_OK(LoadBridge());
  const std::vector<mxl_key_value> storage_options = LendStorageOptions(options);
  const mxl_connect_options bridge_options = LendPlace(options, storage_options);
  mxl_string_list* list = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(function, &bridge_options, &list));
  return TakeStrings(list);
}

}  // namespace

arrow::Result<std::vector<std::string>> LanceConnection::UnknownStorageOptions(
    const LanceConnectOptions& options) {
  return AskForNames(mxl_unknown_storage_options, options);
}

arrow::Result<std::vector<std::string>> LanceConnection::EnvironmentStorageOptions(
    const LanceConnectOptions& options) {
  return AskForNames(mxl_environment_storage_options, options);
}

arrow::Status LanceConnection::CheckOptions(const LanceConnectOptions& options) {
  ARROW_RETURN_NOT_OK(LoadBridge());
  const std::vector<mxl_key_value> storage_options = LendStorageOptions(options);
  mxl_connect_options bridge_options = LendPlace(options, storage_options);
  bridge_options.host_override = ToBridge(std::string_view(options.host_override));
  return CallBridge(mxl_check_options, &bridge_options);
}

arrow::Result<std::chrono::milliseconds> LanceConnection::ClockSkew(
    std::string_view url, std::chrono::milliseconds timeout) {
  ARROW_RETURN_NOT_OK(LoadBridge());
  ARROW_ASSIGN_OR_RAISE(const uint64_t timeout_ms, ToBridge(int64_t{timeout.count()}, "timeout"));
  int64_t ahead = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_clock_ahead, ToBridge(url), timeout_ms, &ahead));
  return std::chrono::milliseconds(ahead);
}

arrow::Result<std::shared_ptr<LanceConnection>> LanceConnection::Connect(
    const LanceConnectOptions& options) {
  ARROW_RETURN_NOT_OK(LoadBridge());
  const std::vector<mxl_key_value> storage_options = LendStorageOptions(options);
  mxl_connect_options bridge_options = LendPlace(options, storage_options);
  bridge_options.api_key = ToBridge(std::string_view(options.api_key));
  bridge_options.region = ToBridge(std::string_view(options.region));
  bridge_options.host_override = ToBridge(std::string_view(options.host_override));
  ARROW_ASSIGN_OR_RAISE(bridge_options.connect_timeout_ms,
                        Milliseconds(options.connect_timeout, "connect_timeout"));
  ARROW_ASSIGN_OR_RAISE(bridge_options.read_timeout_ms,
                        Milliseconds(options.read_timeout, "read_timeout"));
  ARROW_ASSIGN_OR_RAISE(bridge_options.total_timeout_ms,
                        Milliseconds(options.total_timeout, "total_timeout"));
  // For the bridge, zero means LanceDB's default, and a negative number none.
  const auto times = [](const std::optional<int>& wish) {
    return !wish.has_value() ? 0 : *wish > 0 ? *wish : -1;
  };
  bridge_options.retries = times(options.retries);
  bridge_options.connect_retries = times(options.connect_retries);
  bridge_options.read_retries = times(options.read_retries);
  bridge_options.backoff_factor = options.backoff_factor.value_or(0);
  bridge_options.backoff_jitter = options.backoff_jitter.value_or(0);
  ARROW_ASSIGN_OR_RAISE(bridge_options.cache_bytes, ToBridge(options.cache_bytes, "cache_bytes"));
  bridge_options.read_consistency_interval_ms = -1;
  if (options.read_consistency_interval.has_value()) {
    ARROW_ASSIGN_OR_RAISE(uint64_t interval, Milliseconds(options.read_consistency_interval,
                                                          "read_consistency_interval"));
    bridge_options.read_consistency_interval_ms = static_cast<int64_t>(interval);
  }
  mxl_connection* handle = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_connect, &bridge_options, &handle));
  return std::make_shared<LanceConnection>(BridgeHandle<mxl_connection>(handle));
}

LanceConnection::LanceConnection(BridgeHandle<mxl_connection> handle)
    : handle_(std::move(handle)) {}

arrow::Result<bool> LanceConnection::IsRemote() const {
  int32_t remote = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_connection_is_remote, handle_.get(), &remote));
  return remote != 0;
}

arrow::Result<bool> LanceConnection::ProbeConditionalWrite() const {
  int32_t refuses = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_connection_probe_conditional_write, handle_.get(), &refuses));
  return refuses != 0;
}

arrow::Result<std::vector<std::string>> LanceConnection::TableNames() const {
  mxl_string_list* list = nullptr;
  ARROW_RETURN_NOT_OK(
      CallBridge(mxl_connection_table_names, handle_.get(), mxl_string{}, uint64_t{0}, &list));
  return TakeStrings(list);
}

arrow::Result<std::vector<std::string>> LanceTable::Indices() const {
  mxl_string_list* list = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_indices, handle_.get(), &list));
  return TakeStrings(list);
}

arrow::Result<uint64_t> LanceTable::SetColumnName(std::string_view name,
                                                  std::string_view new_name) {
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_set_column_name, handle_.get(), ToBridge(name),
                                 ToBridge(new_name), &version));
  return version;
}

arrow::Result<std::unique_ptr<LanceTable>> LanceConnection::OpenTable(std::string_view name) const {
  mxl_table* table = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_open, handle_.get(), ToBridge(name), &table));
  return std::make_unique<LanceTable>(std::string(name), BridgeHandle<mxl_table>(table));
}

arrow::Result<std::unique_ptr<LanceTable>> LanceConnection::CreateTable(
    std::string_view name, std::shared_ptr<arrow::RecordBatchReader> rows,
    const LanceWriteOptions& options) const {
  ARROW_ASSIGN_OR_RAISE(ExportedReader exported, ExportedReader::Make(std::move(rows)));
  ARROW_ASSIGN_OR_RAISE(mxl_write_options bridge_options, ToBridge(options));
  mxl_table* table = nullptr;
  arrow::Status created = CallBridge(mxl_table_create, handle_.get(), ToBridge(name),
                                     exported.stream(), &bridge_options, &table);
  ARROW_RETURN_NOT_OK(exported.Outcome(created, "cannot create table '" + std::string(name) + "'"));
  return std::make_unique<LanceTable>(std::string(name), BridgeHandle<mxl_table>(table));
}

arrow::Status LanceConnection::DropTable(std::string_view name) const {
  return ChangeByBridge(mxl_table_drop, handle_.get(), ToBridge(name));
}

}  // namespace metaxy::internal
