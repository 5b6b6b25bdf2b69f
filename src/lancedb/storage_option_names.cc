#include "lancedb/storage_option_names.h"

#include <algorithm>
#include <array>
#include <span>

namespace metaxy::internal {
namespace {

constexpr auto kForAll = std::to_array<std::string_view>({
    "allow_http",
    "allow_invalid_certificates",
    "client_max_retries",
    "client_retry_timeout",
    "connect_timeout",
    "download_retry_count",
    "new_table_data_storage_version",
    "new_table_enable_v2_manifest_paths",
    "proxy_ca_certificate",
    "proxy_excludes",
    "proxy_url",
    "read_timeout",
    "timeout",
    "user_agent",
});

constexpr auto kAws = std::to_array<std::string_view>({
    "aws_access_key_id",
    "aws_checksum_algorithm",
    "aws_conditional_put",
    "aws_container_credentials_full_uri",
    "aws_endpoint",
    "aws_endpoint_url_sts",
    "aws_metadata_endpoint",
    "aws_provider_scheme",
    "aws_region",
    "aws_request_payer",
    "aws_role_arn",
    "aws_secret_access_key",
    "aws_server_side_encryption",
    "aws_session_token",
    "aws_skip_signature",
    "aws_sse_bucket_key_enabled",
    "aws_sse_customer_key_base64",
    "aws_sse_kms_key_id",
    "aws_unsigned_payload",
    "aws_virtual_hosted_style_request",
    "aws_web_identity_token_file",
    "s3_express",
});

constexpr auto kAzure = std::to_array<std::string_view>({
    "azure_client_id",
    "azure_client_secret",
    "azure_federated_token_file",
    "azure_msi_endpoint",
    "azure_object_id",
    "azure_skip_signature",
    "azure_storage_account_key",
    "azure_storage_account_name",
    "azure_storage_endpoint",
    "azure_storage_sas_token",
    "azure_storage_token",
    "azure_tenant_id",
    "azure_use_azure_cli",
    "azure_use_fabric_endpoint",
});

constexpr auto kGoogle = std::to_array<std::string_view>({
    "google_application_credentials",
    "google_base_url",
    "google_bearer_token",
    "google_service_account",
    "google_service_account_key",
    "google_skip_signature",
    "google_storage_token",
});

struct Scheme {
  std::string_view name;
  std::span<const std::string_view> options;
};

constexpr auto kSchemes = std::to_array<Scheme>({
    {"s3", kAws},
    {"s3+ddb", kAws},
    {"az", kAzure},
    {"abfss", kAzure},
    {"gs", kGoogle},
});

}  // namespace

std::vector<std::string> StorageOptionNames(std::string_view scheme) {
  const auto found = std::find_if(kSchemes.begin(), kSchemes.end(),
                                  [&](const Scheme& s) { return s.name == scheme; });
  if (found == kSchemes.end()) return {};
  std::vector<std::string> names(found->options.begin(), found->options.end());
  names.insert(names.end(), kForAll.begin(), kForAll.end());
  return names;
}

}  // namespace metaxy::internal
