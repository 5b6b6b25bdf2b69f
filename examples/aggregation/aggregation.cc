// N:1: the recordings of a speaker make one embedding. Counterpart of the Python package's
// example-aggregation.

#include <metaxy/metaxy.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

struct Audio {
  std::string audio_id, speaker_id, path;
  std::string hash;  // Of the recording.
};

// One row per recording comes in, one per speaker goes out; all rows of a speaker have the same
// provenance.
struct Speaker {
  std::string speaker_id, path, provenance;
};

metaxy::RowType<Audio> AudioRows() {
  return metaxy::RowType<Audio>()
      .Column("audio_id", &Audio::audio_id)
      .Column("speaker_id", &Audio::speaker_id)
      .Column("path", &Audio::path)
      .Provenance("default", &Audio::hash);
}

arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> Features() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = "audio", .id_columns = {"audio_id"}}, "example_aggregation"));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = "speaker/embedding",
       .id_columns = {"speaker_id"},
       .deps = {metaxy::FeatureDep{
           .feature = "audio",
           .lineage = metaxy::LineageRelationship::Aggregation({{"speaker_id"}})}},
       .fields = {{.key = "embedding", .code_version = "1"}}},
      "example_aggregation"));
  return graph;
}

// Brings both features up to date with these recordings, and prints what had to be done.
arrow::Status Update(metaxy::MetadataStore& store, const std::vector<Audio>& recordings) {
  ARROW_ASSIGN_OR_RAISE(auto samples, AudioRows().ToTable(recordings));
  ARROW_ASSIGN_OR_RAISE(auto increment, store.ResolveUpdate("audio", {.samples = samples}));
  std::cout << "  audio: " << increment.new_samples->num_rows() << " new, "
            << increment.stale->num_rows() << " stale\n";
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    if (rows->num_rows() > 0) ARROW_RETURN_NOT_OK(store.Write("audio", rows));
  }

  ARROW_ASSIGN_OR_RAISE(increment, store.ResolveUpdate("speaker/embedding"));
  const auto incoming = metaxy::RowType<Speaker>()
                            .Column("speaker_id", &Speaker::speaker_id)
                            .Provenance("embedding", &Speaker::provenance);
  std::map<std::string, Speaker> speakers;
  for (const auto& rows : {increment.new_samples, increment.stale}) {
    ARROW_RETURN_NOT_OK(incoming.ForEach(*rows, [&](Speaker speaker) {
      speaker.path =
          "embeddings/" + speaker.speaker_id + ".npy";  // A real pipeline would compute it here.
      speakers[speaker.speaker_id] = speaker;
    }));
  }
  std::cout << "  speaker/embedding:";
  std::vector<Speaker> computed;
  for (const auto& [id, speaker] : speakers) {
    std::cout << " " << id;
    computed.push_back(speaker);
  }
  std::cout << (computed.empty() ? " up to date\n" : "\n");
  if (computed.empty()) return arrow::Status::OK();
  auto outgoing = incoming;
  ARROW_ASSIGN_OR_RAISE(auto rows, outgoing.Column("path", &Speaker::path).ToTable(computed));
  return store.Write("speaker/embedding", rows);
}

arrow::Status Main() {
  ARROW_ASSIGN_OR_RAISE(auto graph, Features());
  ARROW_ASSIGN_OR_RAISE(auto store,
                        metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph}));
  ARROW_RETURN_NOT_OK(store->Open(metaxy::AccessMode::kWrite));

  std::vector<Audio> recordings = {{"a1", "s1", "audio/s1_recording1.wav", "a1_v1"},
                                   {"a2", "s1", "audio/s1_recording2.wav", "a2_v1"},
                                   {"a3", "s2", "audio/s2_recording1.wav", "a3_v1"},
                                   {"a4", "s2", "audio/s2_recording2.wav", "a4_v1"}};
  std::cout << "Four recordings of two speakers:\n";
  ARROW_RETURN_NOT_OK(Update(*store, recordings));
  std::cout << "Nothing has changed:\n";
  ARROW_RETURN_NOT_OK(Update(*store, recordings));
  std::cout << "Recording a1 changes:\n";
  recordings[0].hash = "a1_v2";
  ARROW_RETURN_NOT_OK(Update(*store, recordings));
  std::cout << "Speaker s2 gets a third recording:\n";
  recordings.push_back({"a5", "s2", "audio/s2_recording3.wav", "a5_v1"});
  return Update(*store, recordings);
}

}  // namespace

int main() {
  const arrow::Status status = Main();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
