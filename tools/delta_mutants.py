#!/usr/bin/env python3
"""Mutants of the delta way: switches off its rules one by one, and says which test notices.

    delta_mutants.py <root of the checkout> --check        every place that is changed is there, once
    delta_mutants.py <root of the checkout> --build DIR    builds and runs the tests for each mutant: minutes each

A mutant that no test notices is a rule without a test. Sources are changed in place and put back, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DELTA = "src/versioning/delta/"
TESTS = ("delta_test", "delta_lance_test")


@dataclass
class Mutant:
    rule: str  # of docs/delta.md, in a few words
    file: str
    old: str
    new: str


MUTANTS = [
    Mutant("sizes of tables decide the order of optional parents", "keyed_resolve.cc", "feature().deps.size() > 1 && IsFullJoin", "feature().deps.size() > 9 && IsFullJoin"),
    Mutant("questions differ by their filters", "fingerprint.cc", "    hasher->Add(std::string_view(*bytes));\n", ""),
    Mutant("files decide, not deletions alone", "table_difference.cc", "return a.HasContentOf(b); });\n  if (same_order)", "return a.files == b.files; });\n  if (same_order)"),
    Mutant("columns in other places are other rows", "table_difference.cc", "  if (before.columns != now.columns)\n    return {RowsSince::kChanged", "  if (before.columns.size() != now.columns.size())\n    return {RowsSince::kChanged"),
    Mutant("a rewrite explains only all that it replaced", "table_difference.cc", "    if (!balance.HasAddedAny((*it)->before)) continue;", "    if (!balance.HasAdded((*it)->before)) continue;"),
    Mutant("keys of deleted rows are looked at", "keyed_rows.cc", "      keys->push_back(PrefixOf((*rows)[row]->join));\n", ""),
    Mutant("deleted rows were there before", "keyed_selection.cc", "  if (which == Rows::kBefore) {", "  if (which == Rows::kRead) {"),
    Mutant("deleted rows are not there now", "keyed_rows.cc", "          Has(fragment.removed, row.number))", "          false)"),
    Mutant("what was deleted stays deleted", "keyed_rows.cc", "fragment.is_gone || Has(fragment.deleted, row.number) ||", "fragment.is_gone ||"),
    Mutant("deleted rows that are there again are noticed", "keyed_rows.cc", 'if (!removed) return Unsuited("rows that were deleted are there again");', "if (!removed) removed.emplace();"),
    Mutant("new rows were not there before", "keyed_selection.cc", "which != Rows::kBefore || !fragments_", "which == Rows::kNow || fragments_"),
    Mutant("keys of new rows are looked at", "keyed_rows.cc", "    if (fragments_[place >> 32].is_new) keys->push_back(prefix);\n", ""),
    Mutant("pending keys are looked at", "keyed_resolve.cc", "    wanted_ = keys_.pending;\n", ""),
    Mutant("much that is new is read as a whole", "keyed_resolve.cc", "+ fragment_rows + removed_rows > bound_", "+ fragment_rows + removed_rows < 0"),
    Mutant("rows stand in the order of the table", "keyed_selection.cc", "return a.place < b.place; });", "return a.place > b.place; });"),
    Mutant("numbers of keys follow what they were", "keyed_resolve.cc", "now_.expected_keys - before.expected_keys", "now_.expected_keys"),
    Mutant("what is pending now is remembered", "keyed_resolve.cc", "    found.keys->pending = PrefixesOf(*now_.pending);\n", ""),
    Mutant("ties are not followed through compaction", "delta_resolve.cc", "if (checkpoint.facts.tied_samples > 0) {", "if (checkpoint.facts.tied_samples < 0) {"),
    Mutant("new ties are remembered", "keyed_resolve.cc", "    found.facts.tied_samples += now_.tied_samples - before.tied_samples;\n", ""),
    Mutant("expanded features depend on the order of rows", "delta_resolve.cc", "table == input_.dependencies.size() && IsExpanded", "table > input_.dependencies.size() && IsExpanded"),
    Mutant("checkpoints have a checksum", "checkpoint.cc", "  if (checksum.Hash<ContentHash>() != HashContent(content)) return std::nullopt;\n", ""),
    Mutant("blocks of keys have a checksum", "key_run.cc", "        checksums_[block])\n      return false;", "        checksums_[block])\n      continue;"),
    Mutant("blocks of summaries have a checksum", "key_run.cc", "        run_.summaries->checksums[block])\n      return false;", "        run_.summaries->checksums[block])\n      continue;"),
    Mutant("hashes have the seed of the checkpoint", "keyed_resolve.cc", "if (!file || file->seed() != keys_.seed)", "if (!file)"),
    Mutant("what was written last of a fragment counts", "keyed_rows.cc", "for (size_t run = table_.runs.size(); run-- > 0;) {", "for (size_t run = 0; run < table_.runs.size(); ++run) {"),
    Mutant("the earlier answer has to agree with its rows", "keyed_resolve.cc", '      return Unsuited("the earlier answer does not agree with its rows");', "      return arrow::Status::OK();"),
    Mutant("one answer in 64 is verified", "delta_resolve.cc", "constexpr uint64_t kOneIn = 64;", "constexpr uint64_t kOneIn = 640;"),
    Mutant("failures of now count", "delta_resolve.cc", "checkpoint.failed->failures != *failures", "checkpoint.failed->failures == ContentHash{1, 1}"),
    Mutant("what was found is remembered without regard to failures", "checkpoint.cc", "counts.new_samples + counts.failed - counts.failed_stale", "counts.new_samples"),
]


def place(root: Path, mutant: Mutant) -> tuple[Path, str]:
    path = root / DELTA / mutant.file
    text = path.read_text()
    count = text.count(mutant.old)
    if count != 1:
        raise SystemExit(f"delta_mutants: '{mutant.rule}': {DELTA}{mutant.file} has its place {count} times; follow the code")
    return path, text


def passes(build: Path, test: str) -> bool:
    done = subprocess.run([build / "tests" / "bin" / test, "--gtest_brief=1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0


def noticed(root: Path, build: Path, mutant: Mutant) -> str | None:
    """The test that notices the mutant."""
    path, text = place(root, mutant)
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        for test in TESTS:
            built = subprocess.run(["cmake", "--build", build, "--parallel", "2", "--target", test], stdout=subprocess.DEVNULL, check=False)
            if built.returncode != 0:
                return "the compiler"
            if not passes(build, test):
                return test
    finally:
        path.write_text(text)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--check", action="store_true", help="only look for the places")
    parser.add_argument("--build", type=Path, help="the build tree")
    parser.add_argument("--only", default="", help="mutants whose rule has these words")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    for mutant in MUTANTS:
        place(root, mutant)
    if arguments.check:
        print(f"{len(MUTANTS)} mutants have their places")
        return 0
    if arguments.build is None:
        parser.error("one of --check and --build is needed")
    missed = 0
    for mutant in MUTANTS:
        if arguments.only not in mutant.rule:
            continue
        by = noticed(root, arguments.build.resolve(), mutant)
        missed += by is None
        print(f"{mutant.rule}: {by or 'NOBODY NOTICES'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
