// Command context: configuration, project and stores, loaded on first use.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/parser.h"
#include "metaxy/errors.h"
#include "metaxy/project.h"

namespace metaxy::cli {

class Context {
 public:
  Context(GlobalOptions options, Output* output) : options_(std::move(options)), output_(output) {}

  Output& output() { return *output_; }
  const GlobalOptions& options() const { return options_; }

  /// \brief How the configuration is found, according to the command line; warnings are printed,
  /// and with --log all log records.
  ConfigLoadOptions load_options();

  /// \brief The configuration alone; no definitions are read.
  arrow::Result<MetaxyConfig> LoadConfig();

  /// \brief The configuration and all features; with --sync those of other projects from the
  /// default store. InvalidConfig if there is no configuration at all.
  arrow::Result<std::shared_ptr<Project>> LoadProject();

  /// \brief The same for a command that works on rows of a store: unless `sync` is off, features of
  /// other projects are loaded from that store (the default one if none is named).
  arrow::Result<std::shared_ptr<Project>> LoadProjectFor(
      const std::optional<std::string>& store_name);

  /// \brief LoadProject() for writing the lock file, which must work with a corrupt lock file and
  /// with missing features. Nothing is synced: synced features would count as the project's own.
  arrow::Result<std::shared_ptr<Project>> LoadProjectForLock();

  /// \brief For every call of the library that takes it: stops when the program is to end, and
  /// takes no more memory than --memory-limit says.
  ExecutionOptions execution() const;

  /// \brief The value of --memory-limit: for the library, and for files that are read and written.
  void LimitMemory(int64_t bytes);

  /// \brief Remembers what has been written for good, such as "video: 3 rows", for the case that
  /// the program is interrupted before all of it is done.
  void Committed(std::string what) { committed_.push_back(std::move(what)); }
  /// \brief One line for an interrupted program: what was written before.
  std::string InterruptedText() const;

  /// \brief An open store of the project.
  arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(AccessMode mode,
                                                          const std::optional<std::string>& name);

  /// \brief The project that applies: --project, else the configured one; none with --all-projects.
  std::optional<std::string> project_filter(const MetaxyConfig& config) const;

  /// \brief The project that applies; InvalidInput or InvalidConfig if that is not exactly one.
  arrow::Result<std::string> RequireProject(const MetaxyConfig& config) const;

  /// \brief InvalidInput if --project or --all-projects is given, for a command that works only on
  /// the configured project.
  arrow::Status RefuseOtherProjects(std::string_view command) const;

  /// \brief Reports that a request is refused and returns kUserError. With `json` it is also an
  /// object on stdout: `code`, the message, and `details`.
  int Refuse(bool json, std::string_view code, const std::string& message,
             const Json::Object& details = {});

 private:
  /// What the configuration says about the memory of a store holds for files, too.
  void LimitMemoryLike(const MetaxyConfig& config, const std::optional<std::string>& store_name);

  GlobalOptions options_;
  Output* output_;
  std::shared_ptr<Project> project_;
  std::set<std::string> told_;
  std::vector<std::string> committed_;
  std::optional<int64_t> memory_limit_;
  std::optional<internal::MemoryScope> memory_;
};

}  // namespace metaxy::cli
