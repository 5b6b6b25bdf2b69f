// A project for a table: which columns identify its rows, and what their types are
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_set>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "cli/frame_reader.h"
#include "cli/init/new_project.h"
#include "cli/init/templates.h"
#include "cli/output/column_text.h"
#include "cli/output/filled_template.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

using arrow::Type;

// Columns that may identify the rows together, and whether they still do after the rows so far.
class Candidate {
 public:
  explicit Candidate(std::vector<int> columns) : columns_(std::move(columns)) {}

  const std::vector<int>& columns() const { return columns_; }
  bool identifies() const { return reason_.empty(); }
  /// Why not.
  const std::string& reason() const { return reason_; }

  arrow::Status Look(const arrow::RecordBatch& rows) {
    std::vector<std::unique_ptr<ColumnText>> texts;
    for (const int column : columns_) {
      ARROW_ASSIGN_OR_RAISE(texts.emplace_back(), ColumnText::Make(*rows.column(column)));
    }
    TextBuffer key;
    for (int64_t row = 0; row < rows.num_rows() && identifies(); ++row) {
      key.Clear();
      for (size_t i = 0; i < texts.size(); ++i) {
        if (texts[i]->IsNull(row)) {
          reason_ = fmt::format("{} is null in one of them", Quote(rows.column_name(columns_[i])));
          return arrow::Status::OK();
        }
        if (i > 0) key.Append('\n');
        texts[i]->AppendJson(row, &key);
      }
      const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
      if (!seen_.insert({hash.low64, hash.high64}).second)
        reason_ = fmt::format("several rows have {}", Quote(Plain(texts, row)));
    }
    return arrow::Status::OK();
  }

 private:
  static std::string Plain(const std::vector<std::unique_ptr<ColumnText>>& texts, int64_t row) {
    TextBuffer plain;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) plain.Append(", ");
      texts[i]->AppendPlain(row, &plain);
    }
    return std::string(plain.view());
  }

  using Key = std::pair<uint64_t, uint64_t>;
  struct HashOf {
    size_t operator()(const Key& key) const { return static_cast<size_t>(key.first); }
  };

  std::vector<int> columns_;
  std::unordered_set<Key, HashOf> seen_;
  std::string reason_;
};

bool MayBeId(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_base_binary_like(type.id()) ||
         arrow::is_date(type.id()) || type.id() == Type::TIMESTAMP ||
         type.id() == Type::DICTIONARY || type.id() == Type::STRING_VIEW;
}

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// How much a column looks like an id, by its name: the less the more; none if it does not.
std::optional<int> Likeness(const arrow::Schema& schema, int column) {
  const std::string& name = schema.field(column)->name();
  if (!MayBeId(*schema.field(column)->type()) || IsSystemColumn(name)) return std::nullopt;
  const std::string lower = Lower(name);
  constexpr std::array<std::string_view, 4> kIds = {"id", "uuid", "guid", "key"};
  constexpr std::array<std::string_view, 6> kNames = {"path", "file", "filename",
                                                      "url",  "uri",  "name"};
  if (std::find(kIds.begin(), kIds.end(), lower) != kIds.end()) return 0;
  if (lower.ends_with("_id") || lower.ends_with("uuid") || name.ends_with("Id")) return 1;
  if (std::find(kNames.begin(), kNames.end(), lower) != kNames.end()) return 2;
  return column == 0 ? std::optional(3) : std::nullopt;
}

// The most likely first: single columns, then all that are called ids together.
std::vector<Candidate> CandidatesOf(const arrow::Schema& schema) {
  std::vector<std::pair<int, int>> likely;
  std::vector<int> ids;
  for (int column = 0; column < schema.num_fields(); ++column) {
    const std::optional<int> likeness = Likeness(schema, column);
    if (!likeness) continue;
    likely.emplace_back(*likeness, column);
    if (*likeness <= 1) ids.push_back(column);
  }
  std::sort(likely.begin(), likely.end());
  std::vector<Candidate> candidates;
  for (const auto& [likeness, column] : likely) candidates.emplace_back(std::vector{column});
  if (ids.size() > 1) candidates.emplace_back(std::move(ids));
  return candidates;
}

std::vector<std::string> NamesOf(const arrow::Schema& schema, const std::vector<int>& columns) {
  std::vector<std::string> names;
  for (const int column : columns) names.push_back(schema.field(column)->name());
  return names;
}

arrow::Result<std::vector<Candidate>> CandidatesFor(const ProjectRequest& request,
                                                    const arrow::Schema& schema) {
  if (request.id_columns.empty()) return CandidatesOf(schema);
  std::vector<int> columns;
  for (const std::string& name : request.id_columns) {
    const int column = schema.GetFieldIndex(name);
    if (column < 0) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("--id-columns: {} has no column {}{}; it has: {}", Quote(*request.from),
                      Quote(name), DidYouMean(name, schema.field_names()),
                      fmt::join(schema.field_names(), ", ")));
    }
    columns.push_back(column);
  }
  return std::vector{Candidate(std::move(columns))};
}

// The columns that identify the rows; all rows are read.
arrow::Result<std::vector<std::string>> FindIds(const ProjectRequest& request,
                                                const FrameSource& source,
                                                std::shared_ptr<arrow::Schema>* schema) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, source.Read());
  *schema = rows->schema();
  ARROW_ASSIGN_OR_RAISE(std::vector<Candidate> candidates, CandidatesFor(request, **schema));
  int64_t count = 0;
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (batch == nullptr) break;
    count += batch->num_rows();
    for (Candidate& candidate : candidates)
      if (candidate.identifies()) ARROW_RETURN_NOT_OK(candidate.Look(*batch));
  }
  if (count == 0) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("{} has no rows; name a file that has some", Quote(*request.from)));
  }
  for (const Candidate& candidate : candidates)
    if (candidate.identifies()) return NamesOf(**schema, candidate.columns());
  if (!request.id_columns.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("--id-columns {} do not identify the rows of {}: {}; add a column",
                                 fmt::join(request.id_columns, ","), Quote(*request.from),
                                 candidates.front().reason()));
  }
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("no column of {} is recognised as the id of its rows; name one or "
                               "several, as in --id-columns {}",
                               Quote(*request.from), fmt::join((*schema)->field_names(), ",")));
}

// The name of a type in features.toml.
std::string TypeName(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
      return "boolean";
    case Type::HALF_FLOAT:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      return "number";
    case Type::DATE32:
    case Type::DATE64:
      return "date";
    case Type::TIMESTAMP:
      return "datetime";
    case Type::TIME32:
    case Type::TIME64:
      return "time";
    case Type::DURATION:
      return "duration";
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::FIXED_SIZE_BINARY:
      return "binary";
    case Type::DICTIONARY:
      return TypeName(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
      return "list[" + TypeName(*type.field(0)->type()) + "]";
    default:
      if (arrow::is_integer(type.id())) return "integer";
      return arrow::is_base_binary_like(type.id()) ? "string" : "object";
  }
}

std::string TomlKey(const std::string& name) {
  const bool bare = !name.empty() && name.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_-") == std::string::npos;
  return bare ? name : TomlString(name);
}

std::string TomlList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + TomlString(text);
  return list;
}

std::string ColumnsOf(const arrow::Schema& schema, const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& field : schema.fields()) {
    if (IsSystemColumn(field->name())) continue;
    const bool is_id = std::find(ids.begin(), ids.end(), field->name()) != ids.end();
    text += fmt::format("{} = \"{}{}\"\n", TomlKey(field->name()), TypeName(*field->type()),
                        is_id ? "" : "?");
  }
  return text;
}

// The name of a file without its extensions.
std::string StemOf(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find('.', 1));
}

}  // namespace

arrow::Result<NewProject> TableProject(const ProjectRequest& request, arrow::StopToken stop) {
  const fs::path file = *request.from;
  ARROW_ASSIGN_OR_RAISE(const auto source, FrameSource::Open(*request.from, std::move(stop)));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> ids, FindIds(request, *source, &schema));
  const std::string root = KeyPartOf(StemOf(file)) + "/row";
  const std::string child = KeyPartOf(StemOf(file)) + "/summary";
  const auto versions = schema->GetFieldByName(std::string(kProvenanceByField));
  const bool has_versions = versions != nullptr && versions->type()->id() == Type::STRUCT;
  std::vector<std::string> fields = {"row"};
  if (has_versions) fields = arrow::schema(versions->type()->fields())->field_names();
  std::string write =
      "metaxy metadata write " + root + " --from " + ShellPath(file, request.directory);
  if (!has_versions) write += " --provenance 'row=*'";
  const char* how = has_versions
                        ? "They have the versions of their fields."
                        : "With --provenance 'row=*' the version of a row is a hash of its values.";
  const std::string name = file.filename().string();
  return NewProject{
      .files = {{"metaxy.toml", ConfigFor(request.name)},
                {"features.toml",
                 Filled(kInitTable, {{"ROOT", root},
                                     {"CHILD", child},
                                     {"HOW", how},
                                     {"IDS", TomlList(ids)},
                                     {"FIELDS", TomlList(fields)},
                                     {"COLUMNS", ColumnsOf(*schema, ids)},
                                     {"DESCRIPTION", TomlString("The rows of " + Quote(name))}})}},
      .notes = {fmt::format("id column{}: {}{}", ids.size() == 1 ? "" : "s", fmt::join(ids, ", "),
                            request.id_columns.empty() ? ", found by name and because every row "
                                                         "has another value; --id-columns names "
                                                         "others"
                                                       : "")},
      .next = {std::move(write), "metaxy metadata resolve " + child + " --to todo",
               "# compute something for each row of todo/new.parquet, add it as a column, then:",
               "metaxy metadata write " + child + " --from todo/new.parquet"}};
}

}  // namespace metaxy::cli
