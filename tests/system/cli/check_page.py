#!/usr/bin/env python3
"""Uses the page of `metaxy graph render --format html` as a person does, in headless Chromium.

    check_page.py --program build/release/bin/metaxy --chromium chromium [--screenshots DIR] [--page FILE]

With --page that page is used instead of one that the program makes of the graph "films" of the goldens.
"""

import argparse
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from browser import Browser

GOLDENS = Path(__file__).resolve().parents[2] / "reference/recorded/goldens" / "render.json"
ARGUMENTS = None
SIZES = [(1280, 800), (420, 800)]


def make_page(program, folder):
    films = next(g for g in json.loads(GOLDENS.read_text()) if g["name"] == "films")
    (folder / "metaxy.toml").write_text(
        'project = "films"\nhash_truncation_length = 16\nentrypoints = ["features.json"]\n'
    )
    (folder / "features.json").write_text(json.dumps(films["definitions"]))
    page = folder / "graph.html"
    command = [Path(program).resolve(), "graph", "render", "--all-projects", "--format", "html", "--output", str(page)]
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return page


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.page = ARGUMENTS.page or make_page(ARGUMENTS.program, Path(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def open(self, size=SIZES[0], target="", page=None):
        browser = self.enterContext(Browser(ARGUMENTS.chromium, *size))
        browser.open(Path(page or self.page).resolve().as_uri() + target)
        self.addCleanup(lambda: self.assertEqual(browser.errors, []))
        return browser

    def classes(self, browser, name):
        return browser.value(f"[...document.querySelectorAll('.feature.{name}')].map((e) => e.dataset.key).sort()")

    def test_is_drawn_whole_and_asks_for_nothing(self):
        for size in SIZES:
            browser = self.open(size)
            self.assertEqual(browser.value("document.querySelectorAll('.feature').length"), 7)
            self.assertEqual(browser.value("document.querySelectorAll('.edge').length"), 6)
            inside = """(() => { const d = document.getElementById('drawing').getBoundingClientRect();
                return [...document.querySelectorAll('.feature')].every((e) => { const b = e.getBoundingClientRect();
                    return b.left >= d.left && b.right <= d.right && b.top >= d.top && b.bottom <= d.bottom; }); })()"""
            self.assertTrue(browser.value(inside))
            texts = """[...document.querySelectorAll('.feature')].every((e) => { const card = e.querySelector('.card').getBBox();
                return [...e.querySelectorAll('text')].every((t) => { const b = t.getBBox(); return b.x >= 0 && b.x + b.width <= card.width; }); })"""
            self.assertTrue(browser.value(texts), "a string is wider than its card")
            self.assertEqual([r for r in browser.requests if not r.startswith("file:")], [])
            if ARGUMENTS.screenshots:
                browser.screenshot(Path(ARGUMENTS.screenshots) / f"page-{size[0]}x{size[1]}.png")
                browser.click('[data-key="transcript"] [data-field="text"]')
                browser.screenshot(Path(ARGUMENTS.screenshots) / f"field-{size[0]}x{size[1]}.png")

    def test_click_on_a_feature_shows_it(self):
        browser = self.open()
        browser.click('[data-key="crop"] .key')
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "crop")
        text = browser.value("document.getElementById('panel').innerText")
        for words in ("6ad9b0a9", "films", "id", "video/raw", "transcript", "code 2"):
            self.assertIn(words, text)
        self.assertEqual(self.classes(browser, "chosen"), ["crop"])
        self.assertEqual(self.classes(browser, "far"), ["alone", "video_x/b-c"])
        self.assertEqual(browser.value("document.querySelectorAll('.edge.line').length"), 4)
        self.assertEqual(browser.value("location.hash"), "#crop")
        browser.key("Escape")
        self.assertTrue(browser.value("document.getElementById('panel').hidden"))
        self.assertEqual(self.classes(browser, "far"), [])

    def test_the_panel_leaves_the_drawing_whole(self):
        browser = self.open()
        browser.click('[data-key="crop"] .key')
        inside = """new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const d = document.getElementById('drawing').getBoundingClientRect();
            done([...document.querySelectorAll('.feature')].every((e) => e.getBoundingClientRect().right <= d.right)); })))"""
        self.assertTrue(browser.value(inside))

    def test_click_on_a_field_shows_its_lineage(self):
        browser = self.open()
        browser.click('[data-key="video/raw"] [data-field="audio"]')
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "video/raw.audio")
        lines = browser.value(
            "[...document.querySelectorAll('.field.line, .field.chosen')].map((e) => e.closest('.feature').dataset.key + '.' + e.dataset.field).sort()"
        )
        self.assertEqual(
            lines, ["other_child.default", "transcript.language", "transcript.text", "video/raw.audio", "zebra.default"]
        )

    def test_fields_of_which_no_lineage_is_known(self):
        before, data, after = re.split(
            r'(?<="data">)(.*)(?=</script>\n<script>)', Path(self.page).read_text(), maxsplit=1, flags=re.DOTALL
        )
        graph = json.loads(data)
        for feature in graph["features"]:
            for field in feature["fields"]:
                field["parents"] = []
        page = Path(self.folder.name) / "compared.html"
        page.write_text(before + json.dumps(graph).replace("<", "\\u003c") + after)
        browser = self.open(page=page)
        browser.click('[data-key="crop"] [data-field="frames"]')
        self.assertEqual(browser.value("[...document.querySelectorAll('#panel h3')].map((e) => e.textContent)"), [])
        self.assertEqual(self.classes(browser, "far"), ["alone", "video_x/b-c"])

    def test_links_lead_on_and_back(self):
        browser = self.open(target="#zebra")
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "zebra")
        browser.click('#panel a[href="#transcript"]')
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "transcript")
        browser.value(
            "new Promise((done) => { addEventListener('popstate', () => setTimeout(done)); history.back(); })"
        )
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "zebra")

    def test_search(self):
        browser = self.open()
        browser.click("#search")
        browser.type("FRAMES")
        self.assertEqual(browser.value("document.getElementById('found').textContent"), "2 of 7")
        self.assertEqual(self.classes(browser, "match"), ["crop", "video/raw"])
        browser.key("Enter")
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "video/raw")
        browser.key("Enter")
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "crop")
        browser.key("Escape")
        self.assertEqual(self.classes(browser, "match"), [])

    def test_zoom_and_move(self):
        browser = self.open()
        scale = lambda: float(browser.value("document.querySelector('.view').transform.baseVal.consolidate().matrix.a"))
        fitted = scale()
        browser.click("#in")
        self.assertAlmostEqual(scale(), fitted * 1.25)
        x, y = browser.middle('[data-key="crop"] .card')
        browser.wheel(x, y, -400)
        self.assertGreater(scale(), fitted * 1.5)
        after = browser.middle('[data-key="crop"] .card')
        self.assertAlmostEqual(after[0], x, delta=2)  # what is under the pointer stays there
        self.assertAlmostEqual(after[1], y, delta=2)
        browser.drag(x, y, 60, -30)
        moved = browser.middle('[data-key="crop"] .card')
        self.assertAlmostEqual(moved[0], after[0] + 60, delta=2)
        self.assertAlmostEqual(moved[1], after[1] - 30, delta=2)
        self.assertTrue(browser.value("document.getElementById('panel').hidden"), "moving is not a click")
        browser.click("#fit")
        self.assertAlmostEqual(scale(), fitted)

    def test_keyboard_alone(self):
        browser = self.open()
        browser.value("document.querySelector('[data-key=\"zebra\"]').focus()")
        browser.key("Enter")
        self.assertEqual(browser.value("document.querySelector('#panel h2').textContent"), "zebra")


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program")
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--screenshots")
    parser.add_argument("--page")
    ARGUMENTS = parser.parse_args()
    unittest.main(argv=["check_page"], verbosity=1)


if __name__ == "__main__":
    main()
