#!/usr/bin/env python3
"""Uses the page of `metaxy report` as a person does, in headless Chromium.

check_report.py --program build/release/bin/metaxy --chromium chromium [--screenshots DIR]
"""

import argparse
import base64
import json
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

from browser import Browser

ARGUMENTS = None
SIZES = [(1280, 800), (420, 800)]
EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"

CONFIG = """project = "films"
entrypoints = ["features.toml"]
[stores.dev]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.dev.config]
uri = "data"
"""


def png(width, height):
    """A grey picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Project:
    """Videos with pictures, transcripts of which one is stale, one new, one orphaned and one failed, and features without rows."""

    def __init__(self, program, folder, more=0):
        self.program, self.folder = Path(program).resolve(), folder
        (folder / "metaxy.toml").write_text(CONFIG)
        toml = [
            f"""[[feature]]
key = "video"
id_columns = ["id"]
fields = ["audio", "frames"]
description = {json.dumps(EVIL)}
[[feature]]
key = "transcript"
id_columns = ["id"]
deps = ["video"]
[[feature.fields]]
key = "text"
code_version = {json.dumps(EVIL)}
deps = [{{ feature = "video", fields = ["audio"] }}]
[[feature]]
key = "never/written"
id_columns = ["id"]
deps = ["transcript"]
"""
        ]
        for i in range(more):
            toml.append(
                f'[[feature]]\nkey = "part{i % 10}/step{i}"\nid_columns = ["id"]\ndeps = ["{"video" if i < 10 else f"part{i % 10}/step{i - 10}"}"]\n'
            )
        (folder / "features.toml").write_text("".join(toml))

    def run(self, *words, code=0):
        finished = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True, text=True)
        assert finished.returncode == code, (words, finished.stderr)
        return finished.stdout

    def rows(self, name, rows):
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return name

    def fill(self):
        (self.folder / "pictures").mkdir()
        (self.folder / "pictures/a.png").write_bytes(png(12, 8))
        (self.folder / "pictures/large.png").write_bytes(png(2, 2) + bytes(300_000))
        videos = [
            {"id": "a", "path": "pictures/a.png", "note": EVIL},
            {"id": "b", "path": "pictures/large.png", "<b>name</b>": "of a column"},
            {"id": "c", "path": "pictures/missing.png", "note": None},
            {"id": "d", "path": "no picture", "note": "last"},
        ]
        provenance = lambda audio: {"metaxy_provenance_by_field": {"audio": audio, "frames": "f"}}
        write = lambda feature, file: self.run("metadata", "write", feature, "--from", file)
        write("video", self.rows("v.jsonl", [{**video, **provenance("1")} for video in videos]))
        self.run("metadata", "resolve", "transcript", "--to", "todo")
        write("transcript", "todo/new.parquet")
        write(
            "video",
            self.rows(
                "v.jsonl",
                [{**videos[0], **provenance("2")}, {"id": "e", **provenance("1")}, {"id": "f", **provenance("1")}],
            ),
        )
        self.run("metadata", "delete", "video", "--filter", "id = 'd'")
        self.run("metadata", "resolve", "transcript", "--to", "todo", "--file-format", "ndjson")
        new = [json.loads(line) for line in (self.folder / "todo/new.ndjson").read_text().splitlines()]
        failed = [
            {
                "id": row["id"],
                "metaxy_provenance": row["metaxy_provenance"],
                "metaxy_failure_kind": "Oops",
                "metaxy_failure_message": EVIL,
            }
            for row in new
            if row["id"] == "f"
        ]
        self.run("metadata", "write", "transcript", "--failures", self.rows("f.jsonl", failed))

    def report(self, *options):
        self.run("report", "--output", "report.html", *options)
        return self.folder / "report.html"


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        (cls.folder / "films").mkdir()
        project = Project(ARGUMENTS.program, cls.folder / "films")
        project.fill()
        cls.page = project.report("--title", "Films " + EVIL)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def open(self, size=SIZES[0], target="", page=None):
        browser = self.enterContext(Browser(ARGUMENTS.chromium, *size))
        browser.open(Path(page or self.page).resolve().as_uri() + target)
        self.addCleanup(lambda: self.assertEqual(browser.errors, []))
        return browser

    def text(self, browser, selector):
        return browser.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def shown(self, browser):
        return browser.value(
            "[...document.querySelectorAll('.feature-card')].filter((e) => !e.hidden).map((e) => e.querySelector('.key').textContent)"
        )

    def card(self, key):
        return f"[...document.querySelectorAll('.feature-card')].find((e) => e.querySelector('.key').textContent === {json.dumps(key)})"

    def body(self, browser, key):
        return browser.value(f"{self.card(key)}.querySelector('.body')?.innerText ?? null")

    def press(self, browser, key, text=None):
        codes = {"Enter": 13, "Escape": 27}
        more = {"text": text} if text else {}
        browser.call(
            "Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=codes.get(key, 0), **more
        )
        browser.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=codes.get(key, 0))

    def test_shows_the_state_of_all_features(self):
        for size in SIZES:
            browser = self.open(size)
            self.assertEqual(self.shown(browser), ["video", "transcript", "never/written"])
            states = browser.value("[...document.querySelectorAll('.state')].map((e) => e.textContent)")
            self.assertEqual(states[0], "5 stored")
            self.assertEqual(states[1], "2 new, 1 stale, 1 orphaned, 1 failed")
            totals = browser.value(
                "Object.fromEntries([...document.querySelectorAll('.total')].map((e) => [e.lastChild.textContent, e.firstChild.textContent]))"
            )
            self.assertEqual(
                {name: totals[name] for name in ("features", "samples stored", "stale", "orphaned", "failed")},
                {"features": "3", "samples stored": "9", "stale": "1", "orphaned": "1", "failed": "1"},
            )
            self.assertEqual(browser.value("document.querySelectorAll('#drawing .feature').length"), 3)
            self.assertEqual([r for r in browser.requests if not r.startswith(("file:", "data:"))], [])
            self.assertTrue(
                browser.value("document.documentElement.scrollWidth <= window.innerWidth"),
                "the page is wider than the window",
            )
            if ARGUMENTS.screenshots:
                browser.screenshot(Path(ARGUMENTS.screenshots) / f"report-{size[0]}x{size[1]}.png")

    def test_a_feature_opens_and_closes(self):
        browser = self.open()
        self.assertIsNone(self.body(browser, "transcript"))
        browser.click(".feature-card:nth-child(2) button")
        text = self.body(browser, "transcript")
        for words in (
            "id = a is stale",
            "because video.audio changed",
            "id = d is orphaned",
            "VERSIONS",
            "current",
            "ROWS OVER TIME",
            "Oops",
            "SOME ROWS",
            "transcript",
        ):
            self.assertIn(words, text)
        self.assertGreater(browser.value("document.querySelectorAll('.bars rect').length"), 0)
        if ARGUMENTS.screenshots:
            browser.screenshot(Path(ARGUMENTS.screenshots) / "report-open.png")
        browser.click(".feature-card:nth-child(2) button")
        self.assertTrue(browser.value(f"{self.card('transcript')}.querySelector('.body').hidden"))

    def test_text_stays_text(self):
        browser = self.open()
        browser.click("#expand")
        self.assertEqual(
            browser.value(
                "[document.title.includes('</script>'), document.querySelector('h1').textContent.includes('onerror')]"
            ),
            [True, True],
        )
        for key in ("video", "transcript"):
            self.assertIn("</script><script>", self.body(browser, key))
        self.assertIsNone(browser.value("window.hacked ?? null"))
        self.assertEqual(
            browser.value("[document.scripts.length, document.querySelectorAll('img[src=x]').length]"), [2, 0]
        )

    def test_pictures_are_part_of_the_page(self):
        browser = self.open(target="#video")
        images = browser.value(
            """Promise.all([...document.querySelectorAll('td img')].map((image) => image.decode().then(() => [image.alt, image.naturalWidth, image.naturalHeight])))"""
        )
        self.assertEqual(images, [["pictures/a.png", 12, 8]])
        self.assertIn("picture too large for this page", self.body(browser, "video"))
        self.assertIn("pictures/missing.png", self.body(browser, "video"))

    def test_search_and_filters(self):
        browser = self.open()
        browser.click("#search")
        for typed, found in (
            ("TRANS cript", ["transcript", "never/written"]),
            ("oops", ["transcript"]),
            ("pictures/large", ["video", "transcript"]),
            ("history", []),
            ("frames", ["video"]),
        ):
            browser.value("document.getElementById('search').value = ''")
            browser.type(typed)
            self.assertEqual(self.shown(browser), found, typed)
            self.assertEqual(self.text(browser, "#found"), f"{len(found)} of 3")
            self.assertEqual(browser.value("document.querySelectorAll('#drawing .far').length"), 3 - len(found))
            self.assertEqual(browser.value("document.getElementById('nothing').hidden"), bool(found))
        self.press(browser, "Enter")
        self.assertIsNotNone(self.body(browser, "video"))
        browser.click("#search")
        self.press(browser, "Escape")
        self.assertEqual(len(self.shown(browser)), 3)
        browser.click("#filters [data-filter=failed]")
        self.assertEqual(self.shown(browser), ["transcript"])
        self.assertEqual(browser.value("document.querySelector('#filters [data-filter=failed]').ariaPressed"), "true")
        browser.click("#filters [data-filter=all]")
        self.assertEqual(len(self.shown(browser)), 3)

    def test_a_click_in_the_drawing_opens_the_feature(self):
        browser = self.open()
        browser.click('#drawing [data-key="transcript"] .key')
        self.assertIsNotNone(self.body(browser, "transcript"))
        browser.value("location.hash = '#never%2Fwritten'; new Promise((done) => setTimeout(done))")
        self.assertIsNotNone(self.body(browser, "never/written"))

    def test_links_lead_to_other_features(self):
        browser = self.open(target="#transcript")
        browser.value(
            f"{self.card('transcript')}.querySelector('dd a').click(); new Promise((done) => addEventListener('hashchange', () => setTimeout(done)))"
        )
        self.assertIsNotNone(self.body(browser, "video"))

    def test_keyboard(self):
        browser = self.open()
        focused = lambda: browser.value(
            "document.activeElement.id || document.activeElement.querySelector('.key').textContent"
        )
        self.press(browser, "j")
        self.assertEqual(focused(), "video")
        self.press(browser, "j")
        self.assertEqual(focused(), "transcript")
        self.press(browser, "Enter", "\r")
        self.assertIsNotNone(self.body(browser, "transcript"))
        self.press(browser, "k")
        self.assertEqual(focused(), "video")
        self.press(browser, "k")
        self.assertEqual(focused(), "video")
        self.press(browser, "/")
        self.assertEqual(focused(), "search")
        browser.type("video")
        self.press(browser, "j")  # a letter in the field, not a command
        self.assertEqual(focused(), "search")
        self.press(browser, "Escape")
        self.press(browser, "g")
        self.assertEqual(focused(), "drawing")
        self.press(browser, "e")
        self.assertEqual(browser.value("[...document.querySelectorAll('.body')].filter((e) => !e.hidden).length"), 3)
        self.press(browser, "e")
        self.assertEqual(browser.value("[...document.querySelectorAll('.body')].filter((e) => !e.hidden).length"), 0)
        self.press(browser, "?")
        self.assertFalse(browser.value("document.getElementById('help').hidden"))
        self.press(browser, "Escape")
        self.assertTrue(browser.value("document.getElementById('help').hidden"))

    def test_colours(self):
        browser = self.open()
        colour = lambda: browser.value("getComputedStyle(document.body).backgroundColor")
        card = lambda: browser.value("getComputedStyle(document.querySelector('#drawing .card')).fill")
        light, light_card = colour(), card()
        self.press(browser, "t")
        dark, dark_card = colour(), card()
        self.assertNotEqual((light, light_card), (dark, dark_card))
        self.assertNotEqual(light_card, dark_card)
        browser.click("#theme")
        self.assertEqual((colour(), card()), (light, light_card))
        browser = self.open()
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.assertEqual((colour(), card()), (dark, dark_card))
        if ARGUMENTS.screenshots:
            browser.click("#expand")
            browser.screenshot(Path(ARGUMENTS.screenshots) / "report-dark.png")
        browser.click("#theme")
        self.assertEqual((colour(), card()), (light, light_card))

    def test_paper_has_everything(self):
        browser = self.open()
        browser.value(
            "window.sizes = []; addEventListener('beforeprint', () => window.sizes.push([...document.querySelectorAll('.body')].filter((e) => !e.hidden).length)); 0"
        )
        document = base64.b64decode(browser.call("Page.printToPDF")["data"])
        self.assertTrue(document.startswith(b"%PDF"))
        if ARGUMENTS.screenshots:
            (Path(ARGUMENTS.screenshots) / "report.pdf").write_bytes(document)
        self.assertEqual(browser.value("window.sizes"), [3])
        self.assertEqual(browser.value("[...document.querySelectorAll('.body')].filter((e) => !e.hidden).length"), 0)
        browser.call(
            "Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}]
        )
        self.assertEqual(
            browser.value(
                "[getComputedStyle(document.querySelector('.tools')).display, getComputedStyle(document.body).backgroundColor]"
            ),
            ["none", "rgb(255, 255, 255)"],
        )

    def test_a_hundred_features(self):
        folder = self.folder / "hundred"
        folder.mkdir()
        page = Project(ARGUMENTS.program, folder, more=97).report()
        browser = self.open(page=page)
        self.assertEqual(len(self.shown(browser)), 100)
        self.assertRegex(
            browser.value("document.querySelectorAll('.state')[99].textContent"), r"^waits for part\d/step\d+$"
        )
        self.assertEqual(
            browser.value("document.querySelector('#filters [data-filter=problems]').textContent"), "Problems 0"
        )
        browser.click("#search")
        browser.type("step42")
        self.assertIn("part2/step42", self.shown(browser))
        self.assertLess(len(self.shown(browser)), 10)
        if ARGUMENTS.screenshots:
            browser.value("document.getElementById('search').value = ''; update()")
            browser.screenshot(Path(ARGUMENTS.screenshots) / "report-hundred.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--screenshots", help="where to put pictures of the page")
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[__file__, *rest])
