// metaxy_bench_run: one measurement, or the data for it, in one process. bench/run.py calls it.
//
// Prints one JSON object. Exit codes: 0 done, 3 it failed, 4 this build cannot do it.

#include <arrow/compute/initialize.h>
#include <arrow/config.h>
#include <metaxy/errors.h>
#include <metaxy/version.h>
#include <metaxy_lancedb.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <string>

#include "bench_case.h"
#include "floor.h"
#include "input_files.h"
#include "lance_store.h"
#include "operation.h"
#include "steps.h"

namespace metaxy::bench {
namespace {

struct Arguments {
  std::string cases;
  std::string name;
  int64_t rows = 0;
  std::string store;
  std::string input;
  std::string scratch;
  std::optional<std::string> memory_limit;
};

arrow::Result<Json> Prepare(const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const Case bench_case, LoadCase(arguments.cases, arguments.name));
  ARROW_ASSIGN_OR_RAISE(auto store, OpenStore(bench_case, arguments.store, AccessMode::kWrite));
  ARROW_RETURN_NOT_OK(CarryOut(*store, bench_case, bench_case.prepare, arguments.rows));
  ARROW_RETURN_NOT_OK(store->Close());
  if (!arguments.input.empty()) {
    ARROW_RETURN_NOT_OK(WriteInputs(bench_case, arguments.rows, arguments.input));
  }
  return Json(Json::Object{});
}

arrow::Result<Json> Run(const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const Case bench_case, LoadCase(arguments.cases, arguments.name));
  ARROW_ASSIGN_OR_RAISE(
      const Measurement measurement,
      MeasureOperation(bench_case, arguments.rows, arguments.store, arguments.memory_limit));
  return measurement.ToJson();
}

arrow::Result<Json> Floor(const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const Case bench_case, LoadCase(arguments.cases, arguments.name));
  ARROW_ASSIGN_OR_RAISE(
      const Measurement measurement,
      MeasureFloor(bench_case, arguments.rows, arguments.store, arguments.scratch));
  return measurement.ToJson();
}

arrow::Result<Json> Scan(const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const Case bench_case, LoadCase(arguments.cases, arguments.name));
  ARROW_ASSIGN_OR_RAISE(const Measurement measurement,
                        MeasureSameScan(bench_case, arguments.store, arguments.memory_limit));
  return measurement.ToJson();
}

Json Versions() {
#ifdef NDEBUG
  const bool assertions = false;
#else
  const bool assertions = true;
#endif
#ifdef __clang__
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "gcc " __VERSION__;
#endif
  return Json::Object{{"metaxy for C++", std::string(Version())},
                      {"compiler", compiler},
                      {"assertions", assertions},
                      {"arrow", arrow::GetBuildInfo().version_string},
                      {"bridge", mxl_library_version()}};
}

int Report(const arrow::Result<Json>& result) {
  if (result.ok()) {
    std::cout << result->DumpCompact() << '\n' << std::flush;
    return 0;
  }
  std::cerr << result.status().message() << '\n' << std::flush;
  return IsError(result.status(), ErrorCode::kNotSupported) ? 4 : 3;
}

}  // namespace
}  // namespace metaxy::bench

int main(int argc, char** argv) {
  using namespace metaxy::bench;  // NOLINT(google-build-using-namespace)
  CLI::App app("One measurement of bench/cases.json, or the data for it");
  app.require_subcommand(1);
  Arguments arguments;
  const auto with_case = [&](CLI::App* command) {
    command->add_option("--cases", arguments.cases, "cases.json")->required();
    command->add_option("--case", arguments.name, "name of the case")->required();
    command->add_option("--rows", arguments.rows, "rows of the case")->required();
    command->add_option("--store", arguments.store, "directory of the LanceDB store")->required();
    return command;
  };
  CLI::App* prepare = with_case(app.add_subcommand("prepare", "write the store of a case"));
  prepare->add_option("--input", arguments.input, "write the rows as Parquet files, too");
  CLI::App* run = with_case(app.add_subcommand("run", "measure the case by metaxy"));
  run->add_option("--memory-limit", arguments.memory_limit, "such as 512MiB");
  CLI::App* scan = with_case(app.add_subcommand("scan", "measure the scans of the case alone"));
  scan->add_option("--memory-limit", arguments.memory_limit, "such as 512MiB");
  CLI::App* floor = with_case(app.add_subcommand("floor", "measure the bare reading or writing"));
  floor->add_option("--scratch", arguments.scratch, "directory for what is needed besides");
  CLI::App* versions = app.add_subcommand("versions", "print what this program is made of");
  CLI11_PARSE(app, argc, argv);

  if (const arrow::Status status = arrow::compute::Initialize(); !status.ok()) {
    return Report(status);
  }
  if (*versions) return Report(Versions());
  if (*prepare) return Report(Prepare(arguments));
  if (*scan) return Report(Scan(arguments));
  return Report(*run ? Run(arguments) : Floor(arguments));
}
