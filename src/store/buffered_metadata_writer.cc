#include "metaxy/buffered_metadata_writer.h"

#include <utility>

#include "base/contained.h"
#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/write/write_buffer.h"

namespace metaxy {

using internal::Contained;

BufferedMetadataWriter::BufferedMetadataWriter(std::unique_ptr<internal::WriteBuffer> buffer)
    : buffer_(std::move(buffer)) {}

BufferedMetadataWriter::~BufferedMetadataWriter() = default;

arrow::Result<std::unique_ptr<BufferedMetadataWriter>> BufferedMetadataWriter::Make(
    std::shared_ptr<MetadataStore> store, const BufferedMetadataWriterOptions& options) {
  return Contained([&]() -> arrow::Result<std::unique_ptr<BufferedMetadataWriter>> {
    if (!store) return MakeError(ErrorCode::kInvalidInput, "a buffered writer needs a store");
    ARROW_RETURN_NOT_OK(options.Validate());
    ARROW_RETURN_NOT_OK(internal::StoreSession::Of(*store).CheckWritable());
    return std::unique_ptr<BufferedMetadataWriter>(new BufferedMetadataWriter(
        std::make_unique<internal::WriteBuffer>(std::move(store), options)));
  });
}

arrow::Status BufferedMetadataWriter::Put(const FeatureKey& feature,
                                          std::shared_ptr<arrow::Table> rows) {
  return Contained([&] { return buffer_->Put({{feature, std::move(rows)}}); });
}

arrow::Status BufferedMetadataWriter::Put(const FeatureTables& rows) {
  return Contained([&] { return buffer_->Put(rows); });
}

arrow::Status BufferedMetadataWriter::Flush(std::chrono::milliseconds timeout) {
  return Contained([&] { return buffer_->Flush(timeout); });
}

arrow::Result<FeatureCounts> BufferedMetadataWriter::Close() {
  return Contained([&] { return buffer_->Close(); });
}

FeatureCounts BufferedMetadataWriter::num_written() const { return buffer_->num_written(); }
bool BufferedMetadataWriter::has_error() const { return buffer_->has_error(); }
FeatureTables BufferedMetadataWriter::Unwritten() const { return buffer_->Unwritten(); }

}  // namespace metaxy
