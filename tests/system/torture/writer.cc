#include "writer.h"

#include <arrow/compute/expression.h>

#include <cstdio>
#include <random>

#include "journal.h"
#include "metaxy/errors.h"
#include "table.h"

namespace metaxy::torture {
namespace {

constexpr int kSamples = 12;

class Writer {
 public:
  explicit Writer(const WriterOptions& options)
      : options_(options),
        path_(options.directory / (options.name + ".journal")),
        journal_(path_),
        random_(options.seed) {}

  arrow::Status Run() {
    ARROW_ASSIGN_OR_RAISE(store_, OpenStore(options_.directory / "db", AccessMode::kWrite));
    Replayed past = Journal::Replay(path_);
    history_ = std::move(past.history);
    next_ = past.operations;
    if (past.pending) ARROW_RETURN_NOT_OK(Look(*past.pending));
    while (!std::filesystem::exists(options_.directory / "stop")) {
      const Operation operation = Choose();
      journal_.Begin(operation);
      const arrow::Status status = Do(operation);
      if (status.ok()) {
        history_ = After(history_, operation);
        journal_.Done(operation.number);
        continue;
      }
      journal_.Error(operation.number, std::string(ErrorCodeName(GetErrorCode(status))),
                     status.message());
      ARROW_RETURN_NOT_OK(Look(operation));
    }
    return store_->Close();
  }

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Operation Choose() {
    Operation operation;
    operation.number = next_++;
    operation.tag = options_.name + "-" + std::to_string(operation.number);
    const int dice = Pick(100);
    operation.kind = dice < 78 ? "write" : dice < 90 ? "soft" : dice < 96 ? "hard" : "compact";
    if (operation.kind == "compact") return operation;
    const int first = Pick(kSamples);
    const int count = 1 + Pick(5);
    for (int i = 0; i < count; ++i)
      operation.ids.push_back(options_.name + "." + std::to_string((first + i) % kSamples));
    return operation;
  }

  arrow::Status Do(const Operation& operation) {
    if (operation.kind == "write") {
      ARROW_ASSIGN_OR_RAISE(const auto rows, RowsOf(operation));
      return store_->Write(kFeature, rows);
    }
    if (operation.kind == "compact") {
      const auto compacted = store_->administration().CompactMetadata(
          kFeature, {.keep_versions_for = std::chrono::minutes(1)});
      return IsError(compacted.status(), ErrorCode::kFeatureNotFound) ? arrow::Status::OK()
                                                                      : compacted.status();
    }
    namespace cp = arrow::compute;
    std::vector<cp::Expression> any;
    for (const std::string& id : operation.ids)
      any.push_back(cp::equal(cp::field_ref("id"), cp::literal(id)));
    const arrow::Status status =
        store_->Delete(kFeature, {cp::or_(any)}, {.soft = operation.kind == "soft"});
    return IsError(status, ErrorCode::kFeatureNotFound) ? arrow::Status::OK() : status;
  }

  // An interrupted operation has either landed or not: anything else is torn.
  arrow::Status Look(const Operation& operation) {
    ARROW_ASSIGN_OR_RAISE(const History seen, Observe(*store_));
    const History after = After(history_, operation);
    if (SameOf(operation.ids, seen, after)) {
      history_ = after;
      journal_.Found(operation.number, "yes");
    } else {
      journal_.Found(operation.number, SameOf(operation.ids, seen, history_) ? "no" : "torn");
    }
    return arrow::Status::OK();
  }

  WriterOptions options_;
  std::filesystem::path path_;
  Journal journal_;
  std::minstd_rand random_;
  std::shared_ptr<MetadataStore> store_;
  History history_;
  int64_t next_ = 0;
};

}  // namespace

int RunWriter(const WriterOptions& options) {
  const arrow::Status status = Writer(options).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "writer %s: %s\n", options.name.c_str(), status.ToString().c_str());
  return 1;
}

}  // namespace metaxy::torture
