#include "cli/exit_codes.h"

#include <algorithm>
#include <array>

namespace metaxy::cli {

namespace {

constexpr std::array kExitCodes = {
    ExitCodeInfo{"0", "success, also if there was nothing to show or to do", ""},
    ExitCodeInfo{
        "1",
        "a requested check failed (--assert-in-sync, a problem that `doctor` finds), a part "
        "could not be done (a file that `scan` cannot read, a feature that `lock` does "
        "not find), or a question was answered with no",
        "read what standard error says; nothing is wrong with the request"},
    ExitCodeInfo{"2", "the input, the configuration or the command line is invalid",
                 "correct it; the same command would fail again"},
    ExitCodeInfo{"3", "the store, the file system or the network failed",
                 "try again later, or run `metaxy doctor`"},
    ExitCodeInfo{
        "130, 143, 129",
        "interrupted by SIGINT (Ctrl-C), SIGTERM or SIGHUP; one line says what was written",
        "run the command again"},
};

using C = ErrorCode;

constexpr std::array kErrors = {
    ErrorInfo{C::kInvalidInput, kUserError, "an argument, a key, an option or a file is not valid",
              "the message names the value and what is expected"},
    ErrorInfo{C::kInvalidConfig, kUserError,
              "`metaxy.toml` or a `METAXY_*` variable is not valid, or there is no configuration",
              "correct the line that the message names; `metaxy config print` shows where each "
              "value comes from"},
    ErrorInfo{C::kInvalidDefinition, kUserError, "the definition of a feature breaks a rule",
              "correct the file, line and column that the message names"},
    ErrorInfo{C::kFilterParse, kUserError, "a filter cannot be read",
              "the message names the column of the mistake; see `metaxy help filters`"},
    ErrorInfo{C::kFeatureNotInGraph, kUserError, "no loaded definition has this key",
              "check the key with `metaxy list features`; a feature of another project needs "
              "`metaxy lock`"},
    ErrorInfo{C::kMissingFeatureDependency, kUserError,
              "a feature depends on one that is not defined",
              "define it, or fetch its definition from the store with `metaxy lock`"},
    ErrorInfo{C::kCycle, kUserError, "features depend on each other in a circle",
              "the message lists the circle; remove one of its dependencies"},
    ErrorInfo{C::kMetadataSchema, kUserError,
              "rows lack a column, or have a column of a wrong type or name",
              "the message names the column; see schema-evolution.md for what is refused"},
    ErrorInfo{C::kHashAlgorithmNotSupported, kUserError,
              "`hash_algorithm` is unknown, or LanceDB stores do not support it",
              "use one of those that the message lists"},
    ErrorInfo{C::kHashAlgorithmMismatch, kUserError,
              "the stores of a fallback chain use different hash algorithms",
              "give them the same `hash_algorithm`"},
    ErrorInfo{C::kVersionMismatch, kUserError,
              "a feature of another project has another version than `metaxy.lock` says",
              "run `metaxy lock`, and compute what depends on it again"},
    ErrorInfo{C::kLossyCast, kUserError,
              "a value does not fit the type of the stored column, and no wider type holds it",
              "the message names column, row and value; convert the value, or write it to another "
              "column"},
    ErrorInfo{C::kFeatureNotFound, kUserError,
              "the feature has no table in the store or its fallback stores",
              "write it first, or name another store with --store"},
    ErrorInfo{C::kTableNotFound, kUserError, "a table of the database does not exist",
              "check `uri`; another program may have dropped the table"},
    ErrorInfo{C::kSystemDataNotFound, kUserError,
              "a project version, a snapshot or other recorded data is not in the store",
              "`metaxy history` and `metaxy snapshot list` show what is; `metaxy push` records a "
              "project"},
    ErrorInfo{C::kFieldNotFound, kUserError, "a feature has no field of this name",
              "check the name with `metaxy describe features`"},
    ErrorInfo{C::kStoreNotOpen, kStoreError,
              "a store is closed, or is open for reading and something is to be written",
              "in a program, open it with `AccessMode::kWrite`"},
    ErrorInfo{C::kVersioningEngineMismatch, kUserError,
              "`versioning_engine` asks for an engine that the store does not have",
              "remove the key, or use \"auto\""},
    ErrorInfo{C::kTableAlreadyExists, kStoreError,
              "a table was created by somebody else in the same moment", "run the command again"},
    ErrorInfo{C::kCommitConflict, kStoreError,
              "other writers were faster every time, and the retries are used up",
              "run it again, later or with fewer writers"},
    ErrorInfo{C::kCorruptTable, kStoreError, "a file of a table is truncated, damaged or missing",
              "`metaxy doctor` names the table; restore the file, or repair with `metaxy doctor "
              "--repair`"},
    ErrorInfo{C::kPermissionDenied, kStoreError,
              "the credentials or the permissions do not suffice",
              "`metaxy doctor` tells which step fails"},
    ErrorInfo{C::kTimeout, kStoreError, "an operation took longer than its deadline",
              "try again, or raise the deadline"},
    ErrorInfo{C::kNetwork, kStoreError, "a server or an object store cannot be reached",
              "check address and network; `metaxy doctor` tells which step fails"},
    ErrorInfo{C::kIo, kStoreError, "a file or directory cannot be read or written",
              "the message names it and the reason"},
    ErrorInfo{C::kResourceExhausted, kStoreError,
              "the disk is full, or the memory limit is too low",
              "free space, or raise --memory-limit"},
    ErrorInfo{C::kNotSupported, kUserError, "the kind of store does not support the operation",
              "storage-targets.md lists what each kind supports"},
    ErrorInfo{C::kCancelled, kInterrupted, "the caller, or a signal, stopped the operation",
              "run it again"},
    ErrorInfo{C::kCommitStateUnknown, kStoreError,
              "the response to a write was lost: the rows may or may not have been written",
              "read before you write again; writing again is harmless, because the latest row of a "
              "sample counts"},
    ErrorInfo{C::kInternal, kStoreError, "a bug in metaxy or in a library below it",
              "please report it with the command and the message"},
};

constexpr std::array kRefusals = {
    RefusalInfo{"INVALID_COMMAND_LINE", kUserError, "a command, an option or a value is unknown",
                "the message suggests the closest one; see `metaxy COMMAND --help`"},
    RefusalInfo{"MISSING_REQUIRED_FLAG", kUserError,
                "neither a feature nor --all-features is given",
                "name features, or give --all-features"},
    RefusalInfo{"CONFLICTING_FLAGS", kUserError, "options exclude each other",
                "leave out one of those that the message names"},
    RefusalInfo{"MISSING_CONFIRMATION", kUserError,
                "something would be removed for good, and nobody can be asked",
                "give --yes, after a look with --dry-run"},
    RefusalInfo{"INVALID_FEATURE_KEY", kUserError, "a name is not a valid feature key",
                "keys are parts joined by /, such as video/crop"},
    RefusalInfo{"FEATURES_NOT_FOUND", kUserError, "features that are named are not defined",
                "check them with `metaxy list features`"},
    RefusalInfo{"SNAPSHOT_ERROR", kUserError, "`metadata status` finds no such project version",
                "`metaxy history` lists those that are recorded"},
    RefusalInfo{"INTERRUPTED", kInterrupted, "a signal stopped the command",
                "the message says what was written before; run it again"},
};

}  // namespace

std::span<const ExitCodeInfo> ExitCodeTable() { return kExitCodes; }

std::span<const ErrorInfo> ErrorTable() { return kErrors; }

std::span<const RefusalInfo> RefusalTable() { return kRefusals; }

std::string JsonErrorCode(ErrorCode code) {
  std::string text;
  for (const char c : ErrorCodeName(code)) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !text.empty()) text += '_';
    text += upper ? c : static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

int ExitCodeOf(const arrow::Status& status) {
  const ErrorCode code = GetErrorCode(status);
  const auto* found = std::find_if(kErrors.begin(), kErrors.end(),
                                   [&](const ErrorInfo& error) { return error.code == code; });
  return found != kErrors.end() ? found->exit_code : kUserError;
}

}  // namespace metaxy::cli
