"""clang_tidy.py checks what has changed since it passed, and nothing else. Another program stands in for clang-tidy."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).with_name("clang_tidy.py")

# Finds the word BAD in the file that comes last, or in what it includes from include/.
PROGRAM = f"""#!{sys.executable} -SE
import re, sys
from pathlib import Path
if sys.argv[1] == "--version":
    print("version 1")
    sys.exit()
source = Path(sys.argv[-1])
root = source.parent.parent
text = source.read_text()
text += "".join((root / "include" / name).read_text() for name in re.findall('"(.*)"', text))
with open(root / "calls", "a") as calls:
    print(source.name, file=calls)
print("found" if "BAD" in text else "")
sys.exit("BAD" in text)
"""

FILES = {
    ".clang-tidy": "Checks: '*'\n",
    "include/deep.h": "#pragma once\n",
    "include/a.h": '#include "deep.h"\n',
    "src/a.cc": '#include "a.h"\n',
    "src/b.cc": '#include "deep.h"\n#include <vector>\n',
    "src/c.cc": "int c;\n",
}


class ClangTidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name) / "cache"
        self.clone(Path(folder.name).resolve() / "first")

    def clone(self, root):
        self.root = root
        root.mkdir()
        for name, content in FILES.items():
            self.write(name, content)
        (self.root / "tools").mkdir()
        shutil.copy(SCRIPT, self.root / "tools")
        self.write("clang-tidy", PROGRAM)
        (self.root / "clang-tidy").chmod(0o755)
        self.compile("-O1")

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def compile(self, flag):
        command = f"c++ {flag} -I{self.root}/include -c "
        entries = [
            {
                "directory": str(self.root / "build"),
                "file": f"../src/{name}.cc",
                "command": command + f"../src/{name}.cc",
            }
            for name in "abc"
        ]
        self.write("build/compile_commands.json", json.dumps(entries))

    def run_tidy(self, *arguments, code=0):
        """The sources that were checked."""
        calls = self.root / "calls"
        calls.unlink(missing_ok=True)
        call = [
            sys.executable,
            self.root / "tools/clang_tidy.py",
            self.root / "build",
            "--program",
            self.root / "clang-tidy",
        ]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.cache)}
        done = subprocess.run(
            [*call, "--jobs", "1", *arguments], capture_output=True, text=True, check=False, env=environment
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.output = done.stdout
        return calls.read_text().split() if calls.exists() else []

    def test_what_has_passed_is_not_checked_again(self):
        self.assertEqual(self.run_tidy(), ["a.cc", "b.cc", "c.cc"])
        self.assertEqual(self.run_tidy(), [])
        self.assertIn("3 unchanged", self.output)

    def test_what_has_passed_in_another_clone_is_not_checked_again(self):
        self.run_tidy()
        self.clone(self.root.with_name("second"))
        self.assertEqual(self.run_tidy(), [])

    def test_what_nobody_has_asked_for_in_a_long_time_is_forgotten(self):
        self.run_tidy()
        old = next((self.cache / "metaxy" / "clang-tidy").iterdir())
        os.utime(old, (0, 0))
        self.assertEqual(len(self.run_tidy()), 1)

    def test_changes_are_checked(self):
        self.run_tidy()
        self.write("src/c.cc", "int d;\n")
        self.assertEqual(self.run_tidy(), ["c.cc"])
        self.write("include/deep.h", "int deep;\n")
        self.assertEqual(self.run_tidy(), ["a.cc", "b.cc"])
        self.compile("-O2")
        self.assertEqual(self.run_tidy(), ["a.cc", "b.cc", "c.cc"])
        self.write("src/.clang-tidy", "Checks: ''\n")
        self.assertEqual(self.run_tidy(), ["a.cc", "b.cc", "c.cc"])

    def test_findings_stay_until_they_are_mended(self):
        self.write("src/a.cc", "BAD\n")
        self.assertEqual(self.run_tidy(code=1), ["a.cc", "b.cc", "c.cc"])
        self.assertIn("found", self.output)
        self.assertEqual(self.run_tidy(code=1), ["a.cc"])
        self.write("src/a.cc", "good\n")
        self.assertEqual(self.run_tidy(), ["a.cc"])

    def test_without_the_analyzer(self):
        self.assertEqual(self.run_tidy("--without-analyzer"), ["a.cc", "b.cc", "c.cc"])
        self.assertEqual(self.run_tidy("--without-analyzer"), [])
        # What has passed with it has passed without it, and not the other way round.
        self.assertEqual(self.run_tidy(), ["a.cc", "b.cc", "c.cc"])
        self.write("src/c.cc", "int d;\n")
        self.assertEqual(self.run_tidy(), ["c.cc"])
        self.assertEqual(self.run_tidy("--without-analyzer"), [])

    def test_since_a_commit(self):
        git = ["git", "-C", str(self.root), "-c", "user.name=n", "-c", "user.email=e"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
            subprocess.run([*git, *command], check=True)
        self.assertEqual(self.run_tidy("--since", "HEAD"), [])
        self.write("src/c.cc", "int d;\n")
        self.assertEqual(self.run_tidy("--since", "HEAD"), ["c.cc"])
        # A header is read through one of the sources that include it.
        self.write("include/a.h", '#include "deep.h"\nint a;\n')
        self.write("include/deep.h", "int deep;\n")
        self.assertEqual(self.run_tidy("--since", "HEAD"), ["a.cc"])

    def test_a_limit_of_time(self):
        self.assertEqual(self.run_tidy("--seconds", "-1"), [])
        self.assertIn("3 sources are left", self.output)


if __name__ == "__main__":
    unittest.main()
