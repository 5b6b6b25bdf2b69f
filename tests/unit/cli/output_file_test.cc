// Output destinations: files that are replaced, and those that are written to directly.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/atomic_file.h"
#include "base/temporary_file.h"
#include "metaxy/errors.h"
#include "support/temp_dir.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutputFileTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (directory_.path() / name).string(); }

  std::string Content(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  arrow::Status Write(const std::string& name, const std::string& text = "new") const {
    return WriteFileAtomically(Path(name), text);
  }

  struct stat StatOf(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(lstat(Path(name).c_str(), &status), 0);
    return status;
  }
  mode_t ModeOf(const std::string& name) const { return StatOf(name).st_mode & 07777; }

  // Names that begin with a dot: temporary files.
  std::vector<std::string> Unfinished() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      if (entry.path().filename().string().front() == '.') names.push_back(entry.path().string());
    }
    return names;
  }

  testing::TempDir directory_;
};

TEST_F(OutputFileTest, FollowsLinksToFilesThatAreThereOrNot) {
  directory_.Write("out/real.csv", "old");
  fs::create_directory_symlink("out", Path("folder"));
  fs::create_symlink("folder/real.csv", Path("first"));
  fs::create_symlink("first", Path("second"));
  ASSERT_EQ(Write("second"), arrow::Status::OK());
  EXPECT_TRUE(fs::is_symlink(Path("second")));
  EXPECT_TRUE(fs::is_symlink(Path("first")));
  EXPECT_EQ(Content("out/real.csv"), "new");

  fs::create_symlink("out/later.csv", Path("dangling"));
  ASSERT_EQ(Write("dangling"), arrow::Status::OK());
  EXPECT_TRUE(fs::is_symlink(Path("dangling")));
  EXPECT_EQ(Content("out/later.csv"), "new");

  fs::create_symlink("circle", Path("circle"));
  EXPECT_THAT(Write("circle").message(), HasSubstr("circle: Too many levels of symbolic links"));
  EXPECT_TRUE(fs::is_symlink(Path("circle")));
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(OutputFileTest, KeepsTheModeOfAFile) {
  for (const mode_t mode : {0600U, 0640U, 0755U, 0666U}) {
    directory_.Write("file", "old");
    ASSERT_EQ(chmod(Path("file").c_str(), mode), 0);
    ASSERT_EQ(Write("file"), arrow::Status::OK());
    EXPECT_EQ(ModeOf("file"), mode);
    EXPECT_EQ(Content("file"), "new");
  }
  const mode_t mask = umask(027);
  EXPECT_EQ(Write("fresh"), arrow::Status::OK());
  umask(mask);
  EXPECT_EQ(ModeOf("fresh"), 0640U);
}

TEST_F(OutputFileTest, ReadOnlyFilesAreForThoseWhoMayWriteThem) {
  directory_.Write("file", "old");
  ASSERT_EQ(chmod(Path("file").c_str(), 0444), 0);
  const arrow::Status written = Write("file");
  if (geteuid() == 0) {  // root can write everything
    EXPECT_EQ(written, arrow::Status::OK());
    ASSERT_EQ(chown(Path("file").c_str(), 12345, 54321), 0);
    EXPECT_EQ(Write("file", "newer"), arrow::Status::OK());
    EXPECT_EQ(StatOf("file").st_uid, 12345U);
    EXPECT_EQ(StatOf("file").st_gid, 54321U);
  } else {
    EXPECT_TRUE(IsError(written, ErrorCode::kPermissionDenied)) << written.ToString();
    EXPECT_EQ(Content("file"), "old");
  }
  EXPECT_EQ(ModeOf("file"), 0444U);
}

TEST_F(OutputFileTest, OtherNamesOfAFileKeepWhatTheyHad) {
  directory_.Write("file", "old");
  fs::create_hard_link(Path("file"), Path("backup"));
  ASSERT_EQ(Write("file"), arrow::Status::OK());
  EXPECT_EQ(Content("file"), "new");
  EXPECT_EQ(Content("backup"), "old");
}

TEST_F(OutputFileTest, WhatIsNotCommittedLeavesNothing) {
  directory_.Write("file", "old");
  {
    const auto file = OutputFile::Open(Path("file")).ValueOrDie();
    ASSERT_EQ(WriteToDescriptor(file->descriptor(), "half"), 0);
    EXPECT_EQ(Unfinished().size(), 1U);
    EXPECT_EQ(Content("file"), "old");
  }
  EXPECT_THAT(Unfinished(), IsEmpty());
  EXPECT_EQ(Content("file"), "old");

  const arrow::Status folder = Write(".");
  EXPECT_TRUE(IsError(folder, ErrorCode::kInvalidInput)) << folder.ToString();
  EXPECT_THAT(folder.message(), HasSubstr("it is a directory"));
  EXPECT_TRUE(IsError(Write("nowhere/file"), ErrorCode::kIo));
  EXPECT_THAT(Unfinished(), IsEmpty());
}

TEST_F(OutputFileTest, LongNamesHaveTemporaryNames) {
  const std::string name(255, 'n');
  ASSERT_EQ(Write(name), arrow::Status::OK());
  EXPECT_EQ(Content(name), "new");
}

TEST_F(OutputFileTest, WritesIntoPipes) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  auto content = std::async(std::launch::async, [&] { return Content("pipe"); });
  ASSERT_EQ(Write("pipe"), arrow::Status::OK());
  EXPECT_EQ(content.get(), "new");
  EXPECT_TRUE(S_ISFIFO(StatOf("pipe").st_mode));
}

TEST_F(OutputFileTest, WritesIntoSockets) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, Path("socket").c_str(), sizeof address.sun_path - 1);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(server, 1), 0);
  ASSERT_EQ(Write("socket"), arrow::Status::OK());
  const int client = accept(server, nullptr, nullptr);
  char text[8] = {};
  EXPECT_EQ(read(client, text, sizeof text), 3);
  EXPECT_STREQ(text, "new");
  close(client);
  close(server);
  EXPECT_TRUE(S_ISSOCK(StatOf("socket").st_mode));
}

TEST_F(OutputFileTest, WritesIntoDevices) {
  fs::create_symlink("/dev/null", Path("link"));
  ASSERT_EQ(Write("link"), arrow::Status::OK());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const arrow::Status full = WriteFileAtomically("/dev/full", "new");
  EXPECT_TRUE(IsError(full, ErrorCode::kResourceExhausted)) << full.ToString();
  EXPECT_THAT(full.message(), HasSubstr("cannot write /dev/full: "));
}

// The owner of a redirected descriptor may have written to the file before, and may write again.
TEST_F(OutputFileTest, WritesIntoDescriptorsWhereTheyStand) {
  const int file = open(Path("file").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ASSERT_GE(file, 0);
  const ino_t inode = StatOf("file").st_ino;
  EXPECT_EQ(WriteToDescriptor(file, "before "), 0);
  for (const std::string folder : {"/dev/fd/", "/proc/self/fd/"}) {
    EXPECT_EQ(WriteFileAtomically(folder + std::to_string(file), "new "), arrow::Status::OK());
  }
  fs::create_symlink("/dev/fd/" + std::to_string(file), Path("link"));
  EXPECT_EQ(Write("link", "linked "), arrow::Status::OK());
  EXPECT_EQ(WriteToDescriptor(file, "after"), 0);
  close(file);
  EXPECT_EQ(Content("file"), "before new new linked after");
  EXPECT_EQ(StatOf("file").st_ino, inode);
  EXPECT_FALSE(WriteFileAtomically("/dev/fd/987", "new").ok());
}

TEST_F(OutputFileTest, PathsOfASignalAreRemoved) {
  fs::create_directory(Path("made"));
  TemporaryPath folder(Path("made"));
  TemporaryPath file(Path("made/file"));
  TemporaryPath kept(Path("kept"));
  directory_.Write("made/file", "");
  directory_.Write("kept", "");
  kept.Release();
  TemporaryPath moved(std::move(file));
  RemoveTemporaryPaths();
  EXPECT_FALSE(fs::exists(Path("made")));
  EXPECT_TRUE(fs::exists(Path("kept")));
}

TEST_F(OutputFileTest, MorePathsThanASignalHandlerKnowsAreRemovedAsWell) {
  {
    std::vector<std::unique_ptr<OutputFile>> files;
    for (int i = 0; i < 100; ++i)
      files.push_back(OutputFile::Open(Path("file" + std::to_string(i))).ValueOrDie());
    EXPECT_EQ(Unfinished().size(), 100U);
  }
  EXPECT_THAT(Unfinished(), IsEmpty());
}

}  // namespace
}  // namespace metaxy::internal
