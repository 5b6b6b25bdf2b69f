#!/usr/bin/env python3
"""Tests of third_party_licenses.py, with a script in place of cargo."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).with_name("third_party_licenses.py")


class ThirdPartyLicensesTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = Path(self.directory.name)
        self.packages = []
        self.deps = []
        self.crate("bridge", "0.1.0", "Apache-2.0", {})
        rust = self.root / "rust/share/doc/rust/licenses"
        rust.mkdir(parents=True)
        (rust / "MIT.txt").write_text("Rust's own terms")
        self.tool("rustc", f'[ "$1" = --print ] && echo "{self.root}/rust" || echo "rustc 1.0.0"')
        (self.root / "Cargo.toml").write_text("")

    def tearDown(self):
        self.directory.cleanup()

    def tool(self, name, script):
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def crate(self, name, version, terms, texts, kind=None, links=None):
        folder = self.root / name
        for file, text in texts.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        folder.mkdir(exist_ok=True)
        self.packages.append(
            {
                "id": name,
                "name": name,
                "version": version,
                "license": terms,
                "license_file": None,
                "links": links,
                "authors": ["Somebody"],
                "manifest_path": str(folder / "Cargo.toml"),
            }
        )
        if name != "bridge":
            self.deps.append({"pkg": name, "dep_kinds": [{"kind": kind}]})

    def run_script(self, library=b""):
        nodes = [{"id": "bridge", "deps": self.deps}] + [{"id": p["id"], "deps": []} for p in self.packages[1:]]
        (self.root / "metadata.json").write_text(
            json.dumps({"packages": self.packages, "resolve": {"root": "bridge", "nodes": nodes}})
        )
        cargo = self.tool("cargo", f'cat "{self.root}/metadata.json"')
        (self.root / "bridge.so").write_bytes(b"ELF" + library)
        result = subprocess.run(
            [
                sys.executable,
                SCRIPT,
                self.root / "out",
                "--bridge",
                self.root / "bridge.so",
                "--cargo",
                cargo,
                "--manifest",
                self.root / "Cargo.toml",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        return result, (self.root / "out").read_text() if result.returncode == 0 else ""

    def test_names_each_crate_and_each_text_once(self):
        self.crate("one", "1.0.0", "MIT", {"LICENSE": "the same\nterms", "NOTICE": "a notice"})
        self.crate("two", "2.0.0", "MIT", {"LICENSE-MIT": "the  same terms"})
        result, text = self.run_script(b"/registry/src/index-1/one-1.0.0/src/lib.rs\0")
        self.assertEqual(result.stderr, "")
        self.assertIn("  one 1.0.0 (MIT)\n  two 2.0.0 (MIT)\n", text)
        self.assertIn("one 1.0.0 (MIT)\ntwo 2.0.0 (MIT)\n====", text)
        self.assertEqual(text.count("terms"), 2)  # theirs and Rust's
        self.assertIn("a notice", text)
        self.assertNotIn("bridge 0.1.0", text)

    def test_what_only_builds_is_not_linked(self):
        self.crate("builder", "1.0.0", "MIT", {"LICENSE": "terms"}, kind="build")
        self.assertNotIn("builder", self.run_script()[1])

    def test_a_c_library_further_down_has_its_text(self):
        self.crate(
            "z-sys", "1.0.0", "MIT", {"LICENSE": "of the crate", "vendor/z/COPYING": "of the library"}, links="z"
        )
        self.assertIn("of the library", self.run_script()[1])

    def test_terms_without_a_text_are_known_ones(self):
        self.crate("bare", "1.0.0", "MIT", {})
        text = self.run_script()[1]
        self.assertIn("Copyright (c) Somebody\n\nPermission is hereby granted", text)
        self.crate("odd", "1.0.0", "Odd-1.0", {})
        result, _ = self.run_script()
        self.assertIn("odd 1.0.0 (Odd-1.0) has no licence text", result.stderr)

    def test_a_library_of_other_crates_is_refused(self):
        self.crate("one", "1.0.0", "MIT", {"LICENSE": "terms"})
        result, _ = self.run_script(b"/registry/src/index-1/one-1.0.1/src/lib.rs\0")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("it contains one 1.0.1", result.stderr)


if __name__ == "__main__":
    unittest.main()
