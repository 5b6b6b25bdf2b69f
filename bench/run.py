#!/usr/bin/env python3
"""Measures metaxy against the Python package and against the bare bridge: what `make bench` runs.

Every engine does the same on the same rows, in turns, each time in a fresh process. The table comes at the end, and the file of results
grows with every measurement: after Ctrl-C or SIGTERM there is a table of what is there. Options can also be given in the environment,
under their names in capitals; `make bench SIZES=100k` does that. Workloads and sizes: cases.json.

Exit codes: 0 done, 1 an engine failed or counted otherwise than the others, 2 wrong options, 130 interrupted.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cases
import engines
import machine
import processes
import tables
from cases import Case
from progress import Progress, Task
from results import MOST_LOAD_PER_CORE, Report, Result

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REPEAT = 5
# The build that comes before has its part in the load for some minutes.
PATIENCE_SECONDS = 300


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


class Runner:
    """One run over a list of cases and sizes."""

    def __init__(self, tools: engines.Tools, args: argparse.Namespace, plan: list[tuple[Case, int]]):
        self.tools = tools
        self.args = args
        self.plan = plan
        self.file = args.output / "results.json"
        self.report = Report(
            settings={"sizes": args.sizes, "workloads": args.workloads, "engines": args.engines, "repeat": args.repeat},
            machine=machine.describe(),
            versions=machine.versions(tools),
            started=now(),
            note=args.note,
        )
        self.progress = Progress(self.tasks(), args.quiet)

    def engines_for(self, case: Case) -> list[str]:
        return [engine for engine in self.args.engines if engine in case.engines]

    def tasks(self) -> list[Task]:
        tasks = []
        for case, rows in self.plan:
            tasks.append(Task(case.name, rows, "prepare"))
            tasks += [Task(case.name, rows, engine) for engine in self.engines_for(case)] * self.args.repeat
        return tasks

    def run(self) -> None:
        try:
            with self.tools.launcher.handles_signals():
                for case, rows in self.plan:
                    self.run_case(case, rows)
        except processes.Interrupted as signal:
            self.report.interrupted = str(signal)
        self.report.finished = now()
        self.report.complete = not (narrowed(self.args) or self.report.interrupted or self.report.failures())
        self.report.save(self.file)

    def run_case(self, case: Case, rows: int) -> None:
        data = self.args.output / "data" / f"{case.name}-{rows}"
        entries = {e: Result(case.name, case.title, rows, e) for e in self.engines_for(case)}
        self.report.results += entries.values()
        able = [e for e in entries if self.can_run(case, rows, entries[e])]
        try:
            self.prepare(case, rows, able, data, entries)
            for turn in range(self.args.repeat):
                for engine in able:
                    if entries[engine].note:  # It failed, or was too slow, in an earlier turn.
                        self.progress.skip(1)
                    else:
                        self.measure(case, rows, data, entries[engine], turn)
            self.progress.skip((len(entries) - len(able)) * self.args.repeat)
        finally:
            if not self.args.keep:
                shutil.rmtree(data, ignore_errors=True)

    def can_run(self, case: Case, rows: int, entry: Result) -> bool:
        """Notes why not."""
        if entry.engine in ("python", "lancedb", "duckdb") and self.tools.python is None:
            entry.note = "the Python package is not installed; tools/setup.sh bench installs it"
        elif entry.engine == "python" and self.tools.package is None:
            entry.note = "metaxy_cpp is not built; make bench builds it"
        needed, free = case.memory(entry.engine, rows), machine.available_bytes()
        if needed > free:
            entry.note = f"needs about {needed / 2**30:.0f} GiB of memory, {free / 2**30:.0f} GiB were free"
        return not entry.note

    def prepare(self, case: Case, rows: int, able: list[str], data: Path, entries: dict[str, Result]) -> None:
        task = Task(case.name, rows, "prepare")
        self.progress.start(task, f"{case.name} {cases.size_text(rows)}: making the data")
        stamp = data / "stamp.json"
        wanted = json.dumps([able, cases.FILE.read_text(), self.report.versions["commit"]])
        if not (stamp.exists() and stamp.read_text() == wanted):
            shutil.rmtree(data, ignore_errors=True)
            failures = engines.prepare(self.tools, case, rows, able, data)
            for engine, failure in failures.items():
                self.fail(entries[engine], str(failure))
            if self.args.keep and not failures:
                stamp.write_text(wanted)
        self.progress.finish(task)

    def measure(self, case: Case, rows: int, data: Path, entry: Result, turn: int) -> None:
        task = Task(case.name, rows, entry.engine)
        what = f"{case.name} {cases.size_text(rows)}".strip()
        self.progress.start(task, f"{what}: {entry.engine}, {turn + 1} of {self.args.repeat}")
        try:
            found = engines.measure(self.tools, entry.engine, case, rows, data)
            self.check(case, rows, entry, found)
        except processes.Skipped as reason:
            entry.note = str(reason)
        except processes.Failed as reason:
            self.fail(entry, str(reason))
        else:
            entry.runs.append({name: found[name] for name in ("seconds", "peak_mib", "added_mib") if name in found})
            self.progress.say(f"    {tables.time_text(found['seconds'])}, {tables.memory_text(found['peak_mib'])}")
        self.progress.finish(task)
        self.report.save(self.file)

    def check(self, case: Case, rows: int, entry: Result, found: dict[str, Any]) -> None:
        """Numbers of an engine that did something else are worthless."""
        entry.counts = found["counts"]
        if entry.engine in ("scan", "floor") and "scanned" in entry.counts:
            if not entry.counts["scanned"]:
                raise processes.Failed("no row was scanned")
            return
        expected = case.expected(rows)
        if expected and entry.counts != expected:
            raise processes.Failed(f"counted {entry.counts}, which should be {expected}")

    def fail(self, entry: Result, reason: str) -> None:
        entry.note, entry.failed = reason, True
        self.progress.say(f"    FAILED: {reason}")


def narrowed(args: argparse.Namespace) -> bool:
    return bool(args.sizes or args.workloads or set(args.engines) != set(cases.ENGINES))


def wait_until_quiet() -> bool:
    """Whether the machine has nothing else to do, within some minutes."""
    most = MOST_LOAD_PER_CORE * machine.cores()
    for waited in range(0, PATIENCE_SECONDS + 1, 5):
        load = machine.load_average()
        if load <= most:
            return True
        if waited == 0:
            print(f"bench: waiting for the load of {load:.2f} to fall to {most:.2f} ...", file=sys.stderr)
        time.sleep(5)
    print(
        f"bench: the load is {load:.2f} on {machine.cores()} cores; figures are published up to {most:.2f} only: stop what "
        "else is running, or measure without publishing (PUBLISH=no)",
        file=sys.stderr,
    )
    return False


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def parse(arguments: list[str]) -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="build tree")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench", help="where results and data go")
    parser.add_argument("--sizes", type=words, default=words(env("SIZES", "")), help="such as 10k,1M")
    parser.add_argument("--workloads", type=words, default=words(env("WORKLOADS", "")), help="names in cases.json")
    parser.add_argument(
        "--engines", type=words, default=words(env("ENGINES", "")) or list(cases.ENGINES), help=",".join(cases.ENGINES)
    )
    parser.add_argument("--repeat", type=int, default=env("REPEAT") or REPEAT, help=f"repetitions ({REPEAT})")
    parser.add_argument("--timeout", type=float, default=env("TIMEOUT") or 900, help="seconds for one process")
    parser.add_argument("--note", default=env("NOTE", ""), help="a remark for the report")
    parser.add_argument("--keep", action="store_true", default=bool(env("KEEP")), help="keep the data for the next run")
    parser.add_argument(
        "--publish",
        choices=("yes", "no", "whole"),
        default=env("PUBLISH") or "whole",
        help="write docs/benchmarks: from whole runs (whole)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    args = parser.parse_args(arguments)
    unknown = [engine for engine in args.engines if engine not in cases.ENGINES]
    if unknown:
        raise cases.CaseError(f"there is no engine {', '.join(unknown)}; there are {', '.join(cases.ENGINES)}")
    if args.repeat < 1:
        raise cases.CaseError("repeat must be 1 or more")
    args.output = args.output.resolve()
    args.build = args.build.resolve()
    return args


def publish(runner: Runner, args: argparse.Namespace) -> None:
    """The page of a whole run belongs in the documentation; that of a part does not overwrite it."""
    published = args.publish == "yes" or (args.publish == "whole" and runner.report.complete)
    folder = ROOT / "docs/benchmarks" if published else args.output / "report"
    # In the Python that has matplotlib; this one needs nothing but the standard library.
    python = runner.tools.python or Path(sys.executable)
    done = subprocess.run([python, HERE / "report.py", runner.file, "--into", folder], stdout=subprocess.DEVNULL)
    if done.returncode == 0:
        print(f"\nresults: {runner.file}\npage and plots: {folder}")


def main(arguments: list[str]) -> int:
    try:
        args = parse(arguments)
        plan = cases.select(args.workloads, args.sizes)
    except cases.CaseError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    tools = engines.Tools(args.build, engines.find_python(), processes.Launcher(args.timeout))
    for program in (tools.runner, tools.metaxy):
        if not program.exists():
            print(f"bench: {program} does not exist; build it first (make bench does)", file=sys.stderr)
            return 2
    if not plan:
        print("bench: no workload has these sizes", file=sys.stderr)
        return 2
    if (args.publish == "yes" or (args.publish == "whole" and not narrowed(args))) and not wait_until_quiet():
        return 2
    try:
        runner = Runner(tools, args, plan)
    except processes.Failed as error:
        print(f"bench: cannot determine the versions of the engines: {error}", file=sys.stderr)
        return 2
    runner.run()
    print(tables.terminal(runner.report))
    publish(runner, args)
    if runner.report.interrupted:
        return 130
    return 1 if runner.report.failures() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
