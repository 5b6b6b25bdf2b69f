// metaxy list stores
#include <fmt/core.h>

#include <algorithm>

#include "base/place_text.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

struct Listed {
  std::string name;
  bool is_default;
  std::string info;  // as the reference shows it
  std::string place;
  Json fallbacks;
};

// A store that cannot be created is listed with the reason: the others may be the relevant ones.
Listed List(const Project& project, const StoreConfig& store) {
  Listed listed{.name = store.name, .is_default = store.name == project.config().store};
  const Json* fallbacks = store.config.Find("fallback_stores");
  listed.fallbacks = fallbacks != nullptr ? *fallbacks : Json(Json::Array{});
  arrow::Result<std::shared_ptr<MetadataStore>> made = project.GetStore(store.name);
  if (made.ok()) {
    listed.info = (*made)->display();
    listed.place = internal::PlaceText(listed.info);
  } else {
    listed.info = fmt::format("{} (not usable: {})", store.type, OneLine(made.status().message()));
    listed.place = listed.info;
  }
  return listed;
}

std::string Joined(const Json& texts) {
  std::string result;
  if (!texts.is_array()) return result;
  for (const Json& text : texts.as_array()) {
    result +=
        (result.empty() ? "" : ", ") + (text.is_string() ? text.as_string() : text.DumpPython());
  }
  return result;
}

void PrintPlain(Output& output, const std::vector<Listed>& stores) {
  if (stores.empty()) {
    output.PrintLine("There are no stores in the configuration.");
    return;
  }
  TextTable table;
  for (const char* title : {"Store", "Default"}) table.AddColumn(title);
  table.AddColumn("Where", TextTable::Align::kLeft, TextTable::Weight::kMinor);
  table.AddColumn("Falls back to");
  for (const Listed& store : stores) {
    std::string fallbacks = Joined(store.fallbacks);
    table.AddRow({{store.name, Style::kCyan},
                  {store.is_default ? "yes" : ""},
                  {store.place},
                  {fallbacks.empty() ? "-" : fallbacks}});
  }
  table.Print(&output);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, context.LoadConfig());
  // Definitions are irrelevant here, and so are errors in them.
  std::shared_ptr<Project> project =
      Project::Make(config, std::make_shared<FeatureGraph>(config.hash_truncation_length));
  std::vector<Listed> stores;
  for (const StoreConfig& store : config.stores) stores.push_back(List(*project, store));
  std::stable_sort(stores.begin(), stores.end(), [](const Listed& a, const Listed& b) {
    return a.is_default != b.is_default ? a.is_default : a.name < b.name;
  });
  if (!arguments.json()) {
    PrintPlain(context.output(), stores);
    return kDone;
  }
  Json::Array list;
  for (const Listed& store : stores) {
    list.emplace_back(Json::Object{{"name", store.name},
                                   {"is_default", store.is_default},
                                   {"info", store.info},
                                   {"fallbacks", store.fallbacks}});
  }
  context.output().PrintJson(Json::Object{{"default_store", config.store},
                                          {"store_count", static_cast<int64_t>(stores.size())},
                                          {"stores", std::move(list)}});
  return kDone;
}

}  // namespace

CommandSpec ListStoresCommand() {
  return {"list", "stores", "store", "List the stores of the configuration", {FormatOption()}, Run};
}

}  // namespace metaxy::cli
