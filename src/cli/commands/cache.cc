// metaxy cache list, metaxy cache clear
#include <fmt/core.h>

#include <string_view>

#include "base/byte_size.h"
#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/output/text_table.h"
#include "cli/output/timestamp_text.h"
#include "metaxy/errors.h"
#include "versioning/delta/cache_contents.h"

namespace metaxy::cli {

namespace {

using internal::CacheContents;
using internal::CachedAnswer;
using internal::FormatBytes;
using internal::UselessFile;

arrow::Result<std::filesystem::path> CacheDirectory() {
  const auto directory = CacheContents::Directory();
  if (directory) return *directory;
  return MakeError(ErrorCode::kInvalidInput,
                   "there is no directory for caches: neither XDG_CACHE_HOME nor HOME is set");
}

std::string TimeOf(int64_t seconds) {
  constexpr int64_t kMicroseconds = 1'000'000;
  return TimestampText(seconds * kMicroseconds);
}

// How the store of a name is displayed, as its answers are.
arrow::Result<std::optional<std::string>> DisplayOf(Context& context, const Arguments& arguments) {
  const std::optional<std::string> name = arguments.Text("store");
  if (!name) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store, project->GetStore(name));
  return store->display();
}

std::string_view NameOf(UselessFile::Kind kind) {
  switch (kind) {
    case UselessFile::Kind::kDamaged:
      return "damaged";
    case UselessFile::Kind::kOtherRelease:
      return "other release";
    case UselessFile::Kind::kLeftOver:
      return "left over";
    case UselessFile::Kind::kForeign:
      return "foreign";
  }
  return "foreign";
}

Json ToJson(const std::filesystem::path& directory, const CacheContents& contents) {
  Json::Array answers;
  for (const CachedAnswer& answer : contents.answers) {
    answers.emplace_back(Json::Object{{"store", answer.store},
                                      {"question", answer.is_count ? "count" : "resolve"},
                                      {"subject", answer.subject},
                                      {"rows", answer.rows},
                                      {"has_keys", answer.has_keys},
                                      {"files", answer.files},
                                      {"bytes", answer.bytes},
                                      {"last_used_at", TimeOf(answer.last_used)}});
  }
  Json::Array useless;
  for (const UselessFile& file : contents.useless) {
    useless.emplace_back(Json::Object{{"path", file.path.string()},
                                      {"kind", std::string(NameOf(file.kind))},
                                      {"bytes", file.bytes}});
  }
  return Json::Object{{"directory", directory.string()},
                      {"bytes", contents.bytes},
                      {"limit", CacheContents::Limit()},
                      {"answers", std::move(answers)},
                      {"useless", std::move(useless)}};
}

void PrintPlain(Output& output, const std::filesystem::path& directory,
                const CacheContents& contents) {
  TextTable table;
  table.AddColumn("Store");
  table.AddColumn("Question");
  table.AddColumn("Rows", TextTable::Align::kRight);
  table.AddColumn("Size", TextTable::Align::kRight);
  table.AddColumn("Last used at (UTC)");
  for (const CachedAnswer& answer : contents.answers) {
    table.AddRow({{answer.store},
                  {(answer.is_count ? "rows of " : "") + answer.subject, Style::kCyan},
                  {std::to_string(answer.rows)},
                  {FormatBytes(answer.bytes)},
                  {TimeOf(answer.last_used)}});
  }
  if (!contents.answers.empty()) table.Print(&output);
  for (const UselessFile& file : contents.useless)
    output.PrintLine(fmt::format("{}: {}", NameOf(file.kind), file.path.string()));
  output.PrintLine(fmt::format("{}: {}, {} of at most {}", directory.string(),
                               internal::Counted(contents.answers.size(), "answer"),
                               FormatBytes(contents.bytes), FormatBytes(CacheContents::Limit())));
}

arrow::Result<int> List(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto directory, CacheDirectory());
  ARROW_ASSIGN_OR_RAISE(const auto store, DisplayOf(context, arguments));
  ARROW_ASSIGN_OR_RAISE(CacheContents contents, internal::ListCache(directory, /*verify=*/false));
  if (store)
    std::erase_if(contents.answers,
                  [&](const CachedAnswer& answer) { return answer.store != *store; });
  if (arguments.json()) {
    context.output().PrintJson(ToJson(directory, contents));
  } else {
    PrintPlain(context.output(), directory, contents);
  }
  return kDone;
}

arrow::Result<int> Clear(Context& context, const Arguments& arguments) {
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(const auto directory, CacheDirectory());
  ARROW_ASSIGN_OR_RAISE(const auto store, DisplayOf(context, arguments));
  ARROW_ASSIGN_OR_RAISE(const auto cleared, internal::ClearCache(directory, store, dry_run));
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{{"directory", directory.string()},
                                            {"dry_run", dry_run},
                                            {"answers", cleared.answers},
                                            {"files", cleared.files},
                                            {"bytes", cleared.bytes}});
  }
  context.output().Note(fmt::format(
      "{} {} ({} files, {}); the next resolves are full", dry_run ? "would remove" : "removed",
      internal::Counted(cleared.answers, "answer"), cleared.files, FormatBytes(cleared.bytes)));
  return kDone;
}

}  // namespace

CommandSpec CacheListCommand() {
  return {"cache",
          "list",
          nullptr,
          "List the remembered answers of resolves and counts, of all stores of this user",
          {StoreOption(), FormatOption()},
          List};
}

CommandSpec CacheClearCommand() {
  return {"cache",
          "clear",
          nullptr,
          "Remove remembered answers, which changes no answer: the next ones are found in full",
          {StoreOption(),
           {"--dry-run", OptionSpec::Kind::kFlag, "only say what would be removed"},
           FormatOption()},
          Clear};
}

}  // namespace metaxy::cli
