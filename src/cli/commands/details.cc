// Examples of the commands: help, the manual page, docs/reference and the tests are made of this
// table.
#include <algorithm>
#include <array>
#include <map>

#include "cli/commands/commands.h"
#include "cli/commands/json_shapes.h"

namespace metaxy::cli {

namespace {

struct Row {
  const char* command;
  Example example;
};

constexpr std::array kExamples = {
    Row{"describe features",
        {"metaxy describe features example/video",
         "versions, fields and dependencies of a feature"}},
    Row{"describe features",
        {"metaxy describe features --all-features --format json",
         "the same of all, for a program"}},
    Row{"describe graph",
        {"metaxy describe graph", "how many features there are, and which have no parents"}},
    Row{"describe graph",
        {"metaxy describe graph --snapshot 35b6ee12", "the same of a version that was pushed"}},
    Row{"list features", {"metaxy list features", "all features of the project"}},
    Row{"list features",
        {"metaxy list features -v --all-projects", "with fields, and those of other projects"}},
    Row{"list stores",
        {"metaxy list stores", "the stores of the configuration, and where they are"}},
    Row{"graph render", {"metaxy graph render", "the features in the terminal"}},
    Row{"graph render",
        {"metaxy graph render --format html --status --output graph.html",
         "a page with what is new and stale"}},
    Row{"graph render",
        {"metaxy graph render --format mermaid --feature example/video --down 1",
         "a feature and its children, for a README"}},
    Row{"config print", {"metaxy config print", "every value, and where it comes from"}},
    Row{"config schema", {"metaxy config schema", "a JSON schema of metaxy.toml, for editors"}},
    Row{"config schema",
        {"metaxy config schema LanceDBMetadataStoreConfig", "that of the settings of a store"}},
    Row{"explain",
        {"metaxy explain example/transcript", "why its samples are new, stale or orphaned"}},
    Row{"explain", {"metaxy explain example/transcript --sample v1", "why this one is"}},
    Row{"history", {"metaxy history", "the project versions that were pushed"}},
    Row{"graph-diff render",
        {"metaxy graph-diff render latest current", "what has changed since the last push"}},
    Row{"graph-diff render",
        {"metaxy graph-diff render 35b6ee12 latest --format json", "two recorded versions"}},
    Row{"cache list", {"metaxy cache list", "remembered answers, and the space they take"}},
    Row{"cache clear", {"metaxy cache clear --store dev", "forget those of one store"}},
    Row{"doctor", {"metaxy doctor", "check the connection and the tables of the default store"}},
    Row{"doctor", {"metaxy doctor --store prod --write", "also whether conditional writes work"}},
    Row{"completions", {"source <(metaxy completions bash)", "completion in this shell"}},
    Row{"help", {"metaxy help filters", "the conditions of --filter"}},
    Row{"help", {"metaxy help metadata read", "the same as metaxy metadata read --help"}},
    Row{"mcp", {"metaxy mcp", "an assistant starts it, and asks for features and rows"}},
    Row{"metadata write",
        {"metaxy metadata write example/video --from videos.jsonl", "append rows"}},
    Row{"metadata write",
        {"metaxy metadata write example/transcript --from todo/new.parquet --dry-run",
         "only look for what would be refused"}},
    Row{"metadata write",
        {"metaxy metadata write example/transcript --failures failed.jsonl",
         "record what could not be computed"}},
    Row{"metadata read", {"metaxy metadata read example/video", "the first rows"}},
    Row{"metadata read",
        {"metaxy metadata read example/video --filter \"video_id IN ('v1', 'v2')\" --to "
         "rows.parquet",
         "some rows as a file"}},
    Row{"metadata read",
        {"metaxy metadata read example/video --columns video_id,path --sort -path --format csv",
         "columns for another program"}},
    Row{"metadata resolve",
        {"metaxy metadata resolve example/transcript", "how much there is to do"}},
    Row{"metadata resolve",
        {"metaxy metadata resolve example/transcript --to todo", "which rows, as files"}},
    Row{"metadata resolve",
        {"metaxy metadata resolve example/video --samples videos.jsonl",
         "samples of a root feature, compared with those stored"}},
    Row{"metadata status",
        {"metaxy metadata status --all-features", "which features need an update"}},
    Row{"metadata status",
        {"metaxy metadata status example/transcript --assert-in-sync",
         "exit with 1 if it does, for a script"}},
    Row{"metadata failures", {"metaxy metadata failures", "samples that could not be computed"}},
    Row{"metadata failures",
        {"metaxy metadata failures --kind timeout --filter \"metaxy_failure_attempts >= 3\"",
         "some of them"}},
    Row{"metadata retry",
        {"metaxy metadata retry example/transcript --kind timeout", "forget these failures"}},
    Row{"metadata delete",
        {"metaxy metadata delete example/video --filter \"video_id = 'v2'\"",
         "mark a row as deleted"}},
    Row{"metadata delete",
        {"metaxy metadata delete example/video --hard --filter \"video_id IN @ids.txt\" --dry-run",
         "how many rows would be removed for good"}},
    Row{"metadata rebase",
        {"metaxy metadata rebase example/transcript --from ca3ae1d7 --dry-run",
         "how many rows would be kept for the current version"}},
    Row{"metadata copy",
        {"metaxy metadata copy --all-features --from prod --to dev",
         "all rows into another store"}},
    Row{"metadata compact",
        {"metaxy metadata compact --all-features --dry-run", "what would be merged and removed"}},
    Row{"metadata compact",
        {"metaxy metadata compact example/video --keep-history 1 --older-than 1d",
         "keep the latest row of each sample alone"}},
    Row{"metadata migrate",
        {"metaxy metadata migrate --all-features --to map --dry-run",
         "which tables would be converted"}},
    Row{"snapshot create", {"metaxy snapshot create paper-v1", "give the rows of now a name"}},
    Row{"snapshot list", {"metaxy snapshot list", "the names there are"}},
    Row{"snapshot show", {"metaxy snapshot show paper-v1", "what it contains"}},
    Row{"snapshot diff", {"metaxy snapshot diff paper-v1", "what has changed since then"}},
    Row{"snapshot diff",
        {"metaxy snapshot diff paper-v1 paper-v2", "what is different between two"}},
    Row{"snapshot delete", {"metaxy snapshot delete paper-v1 --yes", "without asking"}},
    Row{"snapshot gc", {"metaxy snapshot gc --dry-run", "what interrupted commands have left"}},
    Row{"store promote",
        {"metaxy store promote dev prod --dry-run", "what a branch would bring into prod"}},
    Row{"push", {"metaxy push", "record the definitions in the store"}},
    Row{"push", {"metaxy push --tags run=nightly", "with a tag"}},
    Row{"lock", {"metaxy lock", "fetch the definitions of other projects' features"}},
    Row{"init", {"metaxy init films", "an example project in the directory films"}},
    Row{"init", {"metaxy init work --from photos", "a project for the files of a folder"}},
    Row{"scan", {"metaxy scan ../photos", "a sample for each file, and only what has changed"}},
    Row{"scan",
        {"metaxy scan ../photos --include '*.jpg' --delete-missing",
         "some files; samples whose file is gone are deleted"}},
    Row{"report", {"metaxy report --output report.html", "a page about all features"}},
};

// What is for reading, so that a terminal may show it in a pager.
constexpr std::array<std::string_view, 17> kPaged = {
    "describe features",
    "describe graph",
    "list features",
    "list stores",
    "graph render",
    "config print",
    "explain",
    "history",
    "graph-diff render",
    "doctor",
    "help",
    "metadata read",
    "metadata status",
    "metadata failures",
    "snapshot list",
    "snapshot show",
    "snapshot diff",
};

}  // namespace

const CommandDetails& DetailsOf(const std::string& full_name) {
  static const std::map<std::string, CommandDetails> kDetails = [] {
    std::map<std::string, CommandDetails> all;
    for (const Row& row : kExamples) all[row.command].examples.push_back(row.example);
    for (auto& [name, details] : all) {
      details.json = JsonShapeOf(name);
      details.is_paged = std::find(kPaged.begin(), kPaged.end(), name) != kPaged.end();
    }
    return all;
  }();
  static const CommandDetails kNone;
  const auto found = kDetails.find(full_name);
  return found != kDetails.end() ? found->second : kNone;
}

}  // namespace metaxy::cli
