#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using VersionsTest = BridgeTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST_F(VersionsTest, AreListed) {
  auto before = std::chrono::system_clock::now();
  auto table = Create("t", Numbers(0, 3));
  Must(table->Append(Numbers(3, 1)));
  Must(table->Delete("id = 0"));
  auto versions = Must(table->Versions());
  ASSERT_EQ(versions.size(), 3U);
  for (size_t i = 0; i < versions.size(); ++i) {
    EXPECT_EQ(versions[i].version, i + 1);
    EXPECT_GE(versions[i].timestamp, std::chrono::floor<std::chrono::microseconds>(before));
    EXPECT_LE(versions[i].timestamp, std::chrono::system_clock::now());
    EXPECT_EQ(versions[i].metadata.at("total_fragments"), i == 0 ? "1" : "2");
  }
  Must(table->Checkout(2));
  EXPECT_EQ(Must(table->CountRows()), 4);
  EXPECT_EQ(Must(table->Versions()).size(), 3U);
}

TEST_F(VersionsTest, CanBeTagged) {
  auto table = Create("t", Numbers(0, 3));
  Must(table->Append(Numbers(3, 1)));
  EXPECT_THAT(Must(table->Tags()), IsEmpty());
  Must(table->CreateTag("first", 1));
  Must(table->CreateTag("a.b_c-d", 2));
  EXPECT_THAT(Must(table->Tags()), ElementsAre(Pair("a.b_c-d", 2), Pair("first", 1)));
  EXPECT_THAT(table->CreateTag("first", 2), FailsWith(ErrorCode::kTableAlreadyExists, "'first'"));
  EXPECT_THAT(table->CreateTag("other", 9), FailsWith(ErrorCode::kInvalidInput, "version 9"));
  EXPECT_THAT(table->CreateTag("a b", 1), FailsWith(ErrorCode::kInvalidInput, "'a b'"));
  EXPECT_THAT(table->DeleteTag("absent"), FailsWith(ErrorCode::kInvalidInput, "'absent'"));
  Must(table->DeleteTag("first"));
  EXPECT_THAT(Must(table->Tags()), ElementsAre(Pair("a.b_c-d", 2)));
}

TEST_F(VersionsTest, ListsKnowTheirEnds) {
  CHandles handles(directory());
  mxl_version_list* versions = nullptr;
  ASSERT_EQ(mxl_table_versions(handles.table, &versions, nullptr), MXL_OK);
  ASSERT_EQ(mxl_version_list_count(versions), 1U);
  mxl_version_info info{};
  info.struct_size = sizeof(info);
  EXPECT_EQ(mxl_version_list_get(versions, 1, &info, nullptr), MXL_INVALID_INPUT);
  ASSERT_EQ(mxl_version_list_get(versions, 0, &info, nullptr), MXL_OK);
  mxl_key_value entry{};
  EXPECT_EQ(mxl_version_list_metadata(versions, 0, info.n_metadata, &entry, nullptr),
            MXL_INVALID_INPUT);
  EXPECT_EQ(mxl_version_list_metadata(versions, 1, 0, &entry, nullptr), MXL_INVALID_INPUT);
  mxl_version_list_free(versions);
  mxl_tag_list* tags = nullptr;
  ASSERT_EQ(mxl_table_tags(handles.table, &tags, nullptr), MXL_OK);
  mxl_string name{};
  uint64_t version = 0;
  EXPECT_EQ(mxl_tag_list_get(tags, 0, &name, &version, nullptr), MXL_INVALID_INPUT);
  mxl_tag_list_free(tags);
}

}  // namespace
}  // namespace metaxy::internal
