#include "video_project.h"

namespace metaxy::testing {

VideoProjectTest::VideoProjectTest() {
  program_.Write("metaxy.toml",
                 "project = 'demo'\nentrypoints = ['features.toml']\n"
                 "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                 "[stores.dev.config]\nuri = 'data'\n");
  program_.Write("features.toml", kVideoFeatures);
  WriteVideo("a", "a1", "f1");
  WriteVideo("b", "a2", "f2");
  WriteVideo("c", "a3", "f3");
}

void VideoProjectTest::Do(const std::vector<std::string>& words) const {
  const Finished finished = program_.Run(words);
  ASSERT_EQ(finished.code, 0) << finished.err;
}

void VideoProjectTest::WriteVideo(const std::string& id, const std::string& audio,
                                  const std::string& frames) const {
  program_.Write("v.ndjson", R"({"id": ")" + id +
                                 R"(", "metaxy_provenance_by_field": {"audio": ")" + audio +
                                 R"(", "frames": ")" + frames + "\"}}\n");
  Do({"metadata", "write", "video", "--from", "v.ndjson"});
}

void VideoProjectTest::WriteTranscripts() const {
  Do({"metadata", "resolve", "transcript", "--to", "todo"});
  Do({"metadata", "write", "transcript", "--from", "todo/new.parquet"});
}

}  // namespace metaxy::testing
