// A project with two features on a LanceDB store, in which commands are tried.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.h"

namespace metaxy::testing {

/// \brief The definitions: `video` (audio, frames), and `transcript`, whose `text` depends on the
/// audio alone and whose `shots` on both.
inline constexpr const char* kVideoFeatures =
    "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio', 'frames']\n"
    "[[feature]]\nkey = 'transcript'\nid_columns = ['id']\ndeps = ['video']\n"
    "fields = [{ key = 'text', code_version = '1', deps = [{ feature = 'video', fields = ['audio'] "
    "}] }, 'shots']\n";

/// \brief Starts with the videos `a`, `b` and `c` written.
class VideoProjectTest : public ::testing::Test {
 protected:
  VideoProjectTest();

  /// \brief Runs a command that must go well.
  void Do(const std::vector<std::string>& words) const;
  void WriteVideo(const std::string& id, const std::string& audio, const std::string& frames) const;
  /// \brief Resolves transcripts, and writes those that are new.
  void WriteTranscripts() const;

  Program program_;
};

}  // namespace metaxy::testing
