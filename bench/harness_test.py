#!/usr/bin/env python3
"""Tests of the benchmark harness itself: options, expectations, failures, interruptions, tables. Nothing is measured."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cases  # noqa: E402
import machine  # noqa: E402
import processes  # noqa: E402
import progress  # noqa: E402
import ray_resolve  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
import run  # noqa: E402
import tables  # noqa: E402

# A fake metaxy_bench_run: responds as configured in the file `behaviour` beside it.
FAKE_RUNNER = """#!{python}
import json, pathlib, sys, time
behaviour = json.loads((pathlib.Path(__file__).parent / "behaviour").read_text())
action = sys.argv[1]
if action == "versions":
    print(json.dumps({{"compiler": "none"}}))
elif action == "prepare":
    print("{{}}")
else:
    each = behaviour[action]
    time.sleep(each.get("sleep", 0))
    if "exit" in each:
        print(each["message"], file=sys.stderr)
        sys.exit(each["exit"])
    print(json.dumps({{"seconds": each["seconds"], "peak_mib": 10, "counts": each["counts"]}}))
"""

NOTHING = {"new": 0, "stale": 0, "orphaned": 0}


class FakeBuild:
    """A build tree with a fake runner."""

    def __init__(self, folder: Path, **behaviour: dict):
        self.folder = folder
        bin_folder = folder / "build/bin"
        bin_folder.mkdir(parents=True)
        for name in ("metaxy_bench_run", "metaxy"):
            program = bin_folder / name
            program.write_text(FAKE_RUNNER.format(python=sys.executable))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        usual = {"run": {"seconds": 1.5, "counts": NOTHING}, "floor": {"seconds": 1.0, "counts": {"scanned": 5}}}
        usual["scan"] = usual["floor"]
        (bin_folder / "behaviour").write_text(json.dumps({**usual, **behaviour}))

    def start(self, **variables: str) -> subprocess.Popen[str]:
        # Its own environment: the user's settings for `make bench` must not affect the tests.
        env = {
            k: v
            for k, v in os.environ.items()
            if k not in ("SIZES", "WORKLOADS", "ENGINES", "REPEAT", "NOTE", "KEEP", "PUBLISH", "TIMEOUT")
        }
        env |= {
            "WORKLOADS": "unchanged",
            "SIZES": "1k",
            "ENGINES": "ours,scan,floor",
            "REPEAT": "2",
            "METAXY_BENCH_VENV": "none",
            **variables,
        }
        command = [sys.executable, HERE / "run.py", "--build", self.folder / "build", "--output", self.folder / "out"]
        return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, **variables: str) -> tuple[int, str, str]:
        process = self.start(**variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def report(self) -> results.Report:
        return results.load(self.folder / "out/results.json")


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def test_measures_in_turns_and_reports_medians_and_ratios(self) -> None:
        build = FakeBuild(self.folder)
        code, out, err = build.run()
        self.assertEqual(code, 0, err)
        order = [line.split(": ")[2].split(",")[0] for line in err.splitlines() if " of 2" in line]
        self.assertEqual(order, ["ours", "scan", "floor", "ours", "scan", "floor"])
        self.assertIn("ours 1.50x", out)
        report = build.report()
        self.assertFalse(report.complete)
        ours = report.find("unchanged", 1000, "ours")
        self.assertEqual((ours.seconds, ours.counts, len(ours.runs)), (1.5, NOTHING, 2))
        self.assertFalse((self.folder / "out/data/unchanged-1000").exists())

    def test_wrong_counts_fail_loudly(self) -> None:
        build = FakeBuild(self.folder, run={"seconds": 1.5, "counts": {"new": 7, "stale": 0, "orphaned": 0}})
        code, out, err = build.run()
        self.assertEqual(code, 1)
        self.assertIn("FAILED", out)
        self.assertIn("counted {'new': 7", out)
        self.assertIn("FAILED", err)
        self.assertEqual(build.report().find("unchanged", 1000, "ours").runs, [])

    def test_engine_that_fails_does_not_stop_the_others(self) -> None:
        build = FakeBuild(self.folder, run={"exit": 3, "message": "the disk is on fire"})
        code, out, _ = build.run()
        self.assertEqual(code, 1)
        self.assertIn("the disk is on fire", out)
        self.assertTrue(build.report().find("unchanged", 1000, "floor").measured)

    def test_what_a_build_cannot_do_is_skipped(self) -> None:
        build = FakeBuild(self.folder, run={"exit": 4, "message": "this library has no limit of memory"})
        code, out, _ = build.run()
        self.assertEqual(code, 0)
        self.assertIn("skipped", out)
        self.assertIn("no limit of memory", out)

    def test_too_slow_is_skipped(self) -> None:
        build = FakeBuild(self.folder, run={"sleep": 30, "seconds": 30, "counts": NOTHING})
        code, out, _ = build.run(TIMEOUT="1")
        self.assertEqual(code, 0)
        self.assertIn("stopped after 1 s", out)

    def test_interrupted_run_leaves_table_and_results(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                build = FakeBuild(
                    self.folder / number.name, floor={"sleep": 60, "seconds": 60, "counts": {"scanned": 5}}
                )
                process = build.start()
                file = build.folder / "out/results.json"
                deadline = time.monotonic() + 30
                while not file.exists() and time.monotonic() < deadline:
                    time.sleep(0.02)
                process.send_signal(number)
                out, _ = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 130)
                self.assertIn("1.50 s", out)
                self.assertIn(f"interrupted by {number.name}", out)
                self.assertEqual(build.report().interrupted, number.name)

    def test_python_engines_without_python_are_noted(self) -> None:
        build = FakeBuild(self.folder)
        code, out, _ = build.run(ENGINES="ours,lancedb")
        self.assertEqual(code, 0)
        self.assertIn("the Python package is not installed", out)

    def test_wrong_options(self) -> None:
        build = FakeBuild(self.folder)
        for variables, message in (
            ({"SIZES": "many"}, "'many' is not a valid size"),
            ({"SIZES": "1234"}, "not a multiple of 1000"),
            ({"WORKLOADS": "typo"}, "there is no workload typo"),
            ({"ENGINES": "spark"}, "there is no engine spark"),
            ({"SIZES": "100M"}, "no workload has these sizes"),
        ):
            with self.subTest(message):
                code, _, err = build.run(**variables)
                self.assertEqual(code, 2)
                self.assertIn(message, err)


class PublishTest(unittest.TestCase):
    """Figures that were measured beside other work are not published."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.build = FakeBuild(self.folder)
        (self.folder / "docs").mkdir()
        self.enterContext(mock.patch.dict(os.environ, {"METAXY_BENCH_VENV": "none"}))
        self.enterContext(mock.patch.object(run, "ROOT", self.folder))
        self.sleep = self.enterContext(mock.patch("time.sleep"))
        for stream in ("sys.stdout", "sys.stderr"):
            self.enterContext(mock.patch(stream))

    def run_at(self, *loads_per_core: float, publish: str = "yes", part: bool = True) -> int:
        """The last load stays."""
        loads = [load * machine.cores() for load in loads_per_core]
        arguments = [
            "--build",
            str(self.folder / "build"),
            "--output",
            str(self.folder / "out"),
            "--repeat",
            "1",
            "--quiet",
            "--publish",
            publish,
        ]
        if part:
            arguments += ["--workloads", "unchanged", "--sizes", "1k", "--engines", "ours,floor"]
        with mock.patch.object(machine, "load_average", lambda: loads.pop(0) if len(loads) > 1 else loads[0]):
            return run.main(arguments)

    def published(self) -> bool:
        return (self.folder / "docs/benchmarks/README.md").exists()

    def test_a_quiet_machine(self) -> None:
        self.assertEqual(self.run_at(0.5), 0)
        self.assertTrue(self.published())
        self.sleep.assert_not_called()

    def test_a_busy_machine(self) -> None:
        self.assertEqual(self.run_at(0.51), 2)
        self.assertFalse((self.folder / "out").exists(), "measured all the same")

    def test_a_whole_run_on_a_busy_machine(self) -> None:
        self.assertEqual(self.run_at(0.51, publish="whole", part=False), 2)

    def test_a_machine_that_comes_to_rest(self) -> None:
        self.assertEqual(self.run_at(3, 1, 0.2), 0)
        self.assertTrue(self.published())
        self.assertEqual(self.sleep.call_count, 2)

    def test_what_is_not_published_may_be_measured_at_any_time(self) -> None:
        for publish in ("no", "whole"):
            self.assertEqual(self.run_at(5, publish=publish), 0)
        self.assertFalse(self.published())
        self.assertTrue((self.folder / "out/report/README.md").exists())


class ReportTest(unittest.TestCase):
    def test_the_published_page_is_what_is_written(self) -> None:
        folder = HERE.parent / "docs/benchmarks"
        page = report.page(results.load(folder / "results.json"), list(report.CAPTIONS))
        self.assertEqual((folder / "README.md").read_text(), page)

    def test_prose_wraps(self) -> None:
        text = "word " * 40 + "\nnext\n- " + "item " * 40 + "\n  more\n- `" + "x " * 50 + "`"
        lines = report.wrapped(text).splitlines()
        self.assertLessEqual(max(map(len, lines)), 120)
        self.assertEqual(" ".join(" ".join(lines).split()), " ".join(text.split()))
        self.assertEqual(
            [line[:6] for line in lines if not line.startswith(("word", "next"))], ["- item", "  item", "- `x x"]
        )

    def test_a_busy_machine_is_told(self) -> None:
        for load, told in ((1.0, False), (1.1, True)):
            of = {"load at the start": load, "cores": 2}
            page = report.page(
                results.Report(settings={"repeat": 1}, machine=of, versions={}, started="2026-01-01"), []
            )
            self.assertEqual("the load was 1.1 on 2 cores" in page, told, page)


class CasesTest(unittest.TestCase):
    def test_table_is_consistent(self) -> None:
        table = json.loads(cases.FILE.read_text())
        for obj in table["cases"]:
            if "program" in obj:
                continue
            features = {f["spec"]["key"]: f for f in table["graphs"][obj["graph"]]}
            for step in [*obj["prepare"], obj["measure"]]:
                self.assertIn(step["feature"], features, obj["name"])
                if step["do"] in ("write", "append"):
                    self.assertIn("columns", features[step["feature"]], obj["name"])
            self.assertTrue(obj["expect"], obj["name"])

    def test_expectations(self) -> None:
        by_name = {case.name: case for case in cases.load()}
        for name, rows, expected in (
            ("changed", 100_000, {"new": 0, "stale": 1000, "orphaned": 0}),
            ("new", 10_000, {"new": 10_000, "stale": 0, "orphaned": 0}),
            ("aggregation", 1000, {"new": 0, "stale": 100, "orphaned": 0}),
            ("expansion", 100_000, {"new": 0, "stale": 100, "orphaned": 0}),
            ("after_appends", 10_000, {"new": 300, "stale": 0, "orphaned": 0}),
            ("write", 10_000, {"written": 10_000}),
        ):
            with self.subTest(name):
                self.assertEqual(by_name[name].expected(rows), expected)

    def test_sizes_that_are_asked_for_end_at_the_largest_that_makes_sense(self) -> None:
        chosen = cases.select(["wide_rows", "memory_limit"], ["1k", "100k", "1M"])
        self.assertEqual([(case.name, rows) for case, rows in chosen], [("wide_rows", 1000), ("wide_rows", 100_000)])

    def test_texts_of_sizes(self) -> None:
        for text in ("1k", "10k", "100k", "1M", "10M"):
            self.assertEqual(cases.size_text(cases.parse_size(text)), text)


class ProgressTest(unittest.TestCase):
    def test_remaining_time_grows_with_the_rows(self) -> None:
        small, large = progress.Task("w", 1000, "ours"), progress.Task("w", 10_000, "ours")
        counter = progress.Progress([small, small, large], quiet=True)
        self.assertIsNone(counter.remaining())
        counter.took[small] = [1.5]
        counter.done = 1
        self.assertAlmostEqual(counter.remaining(), 1.5 + 10.5)


class TablesTest(unittest.TestCase):
    def test_ratios(self) -> None:
        report = results.Report(settings={"repeat": 1}, machine={}, versions={}, started="2026-01-01")
        for engine, seconds, peak in (
            ("ours", 2.0, 100.0),
            ("lancedb", 20.0, 1000.0),
            ("scan", 1.6, 60.0),
            ("floor", 1.0, 50.0),
        ):
            report.results.append(results.Result("w", "work", 1000, engine, [{"seconds": seconds, "peak_mib": peak}]))
        self.assertEqual(
            tables.rows_of(report)[1],
            [
                "work",
                "1k",
                "2.00 s, 100 MiB",
                "20.0 s (10x), 1000 MiB (10x)",
                "1.60 s (ours 1.25x)",
                "1.00 s (ours 2.00x)",
            ],
        )
        self.assertTrue(tables.markdown(report).startswith("| workload | rows |"))

    def test_what_python_gains(self) -> None:
        report = results.Report(settings={"repeat": 1}, machine={}, versions={}, started="2026-01-01")
        for engine, seconds, added in (("ours", 1.0, None), ("python", 2.0, 50.0), ("lancedb", 40.0, 1000.0)):
            runs = [{"seconds": seconds, "peak_mib": 2000.0} | ({} if added is None else {"added_mib": added})]
            report.results.append(results.Result("w", "work", 1000, engine, runs))
        self.assertEqual(tables.python_rows_of(report)[1], ["work", "1k", "20x", "50 MiB of 1000 MiB", "5%"])
        self.assertIn("20x", tables.terminal(report))
        report.results.pop()
        self.assertEqual(tables.python_rows_of(report), [])

    def test_results_survive_the_file(self) -> None:
        report = results.Report(settings={"repeat": 1}, machine={}, versions={}, started="2026-01-01")
        report.results.append(results.Result("w", "work", 1000, "ours", [{"seconds": 1.0, "peak_mib": 2.0}]))
        with tempfile.TemporaryDirectory() as folder:
            report.save(Path(folder) / "r.json")
            self.assertEqual(results.load(Path(folder) / "r.json"), report)


class ProcessesTest(unittest.TestCase):
    def test_what_is_no_json_is_a_failure(self) -> None:
        with self.assertRaisesRegex(processes.Failed, "no JSON"):
            processes.Launcher(30).run_json([sys.executable, "-c", "print('hello')"])

    def test_signal_that_comes_between_processes_is_not_lost(self) -> None:
        launcher = processes.Launcher(30)
        with launcher.handles_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            with self.assertRaisesRegex(processes.Interrupted, "SIGTERM"):
                launcher.run([sys.executable, "-c", "pass"])


class RayResolveTest(unittest.TestCase):
    """What make bench-ray prints of its figures."""

    @staticmethod
    def ways(plain: float, one: float, two: float, shuffled: int, added: int) -> dict[str, dict]:
        def way(seconds: float, shuffled: int) -> dict:
            figures = {"seconds": seconds, "least": seconds, "most": seconds, "first": seconds}
            return {**figures, "shuffled": shuffled, "scanned": 1000 if shuffled else 0, "added": added}

        return {
            "plain 1": way(plain, 0),
            "plain 2": way(plain, 0),
            "ray 1": way(one, shuffled),
            "ray 2": way(two, shuffled),
        }

    def test_figures_are_compared_with_what_is_asked(self) -> None:
        good = ray_resolve.verdicts(
            {1000: self.ways(1, 2.5, 2.4, 64_000, 500), 2000: self.ways(1, 2.5, 2.4, 64_000, 2500)}
        )
        self.assertEqual([met for met, _ in good], [True] * 4)
        bad = ray_resolve.verdicts({1000: self.ways(1, 2, 1, 1, 500), 2000: self.ways(1, 2.6, 2.6, 64_100, 2600)})
        self.assertEqual([met for met, _ in bad], [False] * 4)
        self.assertEqual(len(ray_resolve.verdicts({1000: self.ways(1, 2, 1, 1, 500)})), 3)

    def test_each_way_has_a_line(self) -> None:
        lines = ray_resolve.tables({1000: self.ways(1, 2, 1.5, 27_000, 1 << 20)}).splitlines()
        self.assertEqual(lines[2], "| 1k | plain 1 | 1.00 (1.00, 1.00) | 1.00 | - | 1.0 MiB |")
        self.assertEqual(lines[4], "| 1k | ray 1 | 2.00 (2.00, 2.00) | 2.00 | 27.0 | 1.0 MiB |")
        self.assertEqual(len(lines), 6)


if __name__ == "__main__":
    unittest.main()
