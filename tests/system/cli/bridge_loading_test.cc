// The library of the bridge is loaded by commands that open tables, and by no others.
#include <filesystem>

#include "support/matchers.h"
#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class BridgeLoadingTest : public VideoProjectTest {
 protected:
  /// The dynamic loader looks into this folder first.
  void LoadFrom(const std::string& folder) { program_.SetVariable("LD_LIBRARY_PATH", folder); }

  void LoadFromDamagedFile() {
    std::filesystem::create_directory(program_.path("damaged"));
    program_.Write("damaged/libmetaxy_lancedb.so", "not a library");
    LoadFrom(program_.path("damaged").string());
  }
};

TEST_F(BridgeLoadingTest, ACommandThatOpensNoTableNeedsNoBridge) {
  LoadFromDamagedFile();
  EXPECT_EQ(program_.Run({"--version"}).code, 0);
  const Finished listed = program_.Run({"list", "features"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("transcript"));
}

TEST_F(BridgeLoadingTest, ALibraryThatCannotBeLoadedIsNamed) {
  LoadFromDamagedFile();
  const Finished read = program_.Run({"metadata", "read", "transcript"});
  EXPECT_THAT(read, FailedWith(2, "cannot load libmetaxy_lancedb.so: "));
  EXPECT_THAT(read.err, AllOf(HasSubstr("store 'data': "),
                              HasSubstr("in the directory of libmetaxy.so or on LD_LIBRARY_PATH")));
}

TEST_F(BridgeLoadingTest, IsFoundByAProgramThatReplacesDlopen) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer replaces dlopen() itself; every other test does this here";
#endif
  program_.SetVariable("LD_PRELOAD", METAXY_DLOPEN_SHIM);
  program_.SetVariable("LD_LIBRARY_PATH", "");
  const Finished read = program_.Run({"metadata", "status", "--all-features"});
  EXPECT_EQ(read.code, 0) << read.err;
}

TEST_F(BridgeLoadingTest, ALibraryWithoutTheFunctionsIsRefused) {
  LoadFrom(METAXY_OTHER_BRIDGE_FOLDER);
  EXPECT_THAT(program_.Run({"metadata", "read", "transcript"}),
              FailedWith(2, "libmetaxy_lancedb.so has no function mxl_abi_version"));
}

}  // namespace
}  // namespace metaxy::testing
