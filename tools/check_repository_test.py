"""check_repository.py finds every violation, and nothing else."""

import unittest
from pathlib import Path

from check_test_case import CheckTestCase

PACKAGE = r"""
[project]
dynamic = ["version"]
[tool.scikit-build.metadata.version]
input = "../CMakeLists.txt"
regex = '(?m)^\s*VERSION (?P<value>\d+\.\d+\.\d+)$'
"""
TREE = {
    "python/pyproject.toml": PACKAGE,
    "CMakeLists.txt": "project(\n  metaxy\n  VERSION 1.2.3\n  LANGUAGES CXX)\n",
    "bridge/Cargo.toml": '[package]\nname = "metaxy-lancedb"\nversion = "1.2.3"\n\n[dependencies]\nother = { version = "9" }\n',
    "bridge/Cargo.lock": '[[package]]\nname = "a"\nversion = "9"\n\n[[package]]\nname = "metaxy-lancedb"\nversion = "1.2.3"\n',
    "src/CMakeLists.txt": "target_sources(x PRIVATE a.cc\n  b.cc\n  sub/c.cc)\n",
    "src/sub/c.cc": "",
    "src/a.cc": "",
    "src/b.cc": "",
    "README.md": "Look into $HOME/work/x or <dir>/root/y, see docs/work/z.\n",
}

# (name, file, its content, what the message contains)
VIOLATIONS = [
    (
        "manifest",
        "bridge/Cargo.toml",
        TREE["bridge/Cargo.toml"].replace("1.2.3", "1.2.4"),
        "bridge/Cargo.toml: version 1.2.4",
    ),
    (
        "lock",
        "bridge/Cargo.lock",
        TREE["bridge/Cargo.lock"].replace("1.2.3", "1.2.4"),
        "bridge/Cargo.lock: version 1.2.4",
    ),
    (
        "package",
        "python/pyproject.toml",
        PACKAGE.replace("VERSION", "LANGUAGES"),
        "python/pyproject.toml: version None",
    ),
    (
        "its own",
        "python/pyproject.toml",
        PACKAGE.replace('dynamic = ["version"]', 'version = "1.2.2"'),
        "version 1.2.2",
    ),
    ("unlisted", "src/aa.cc", "", "src/aa.cc: not listed in src/CMakeLists.txt"),
    ("no list", "src/x/a.cc", "", "src/x/a.cc: not listed in src/CMakeLists.txt"),
    ("path", "a.md", "x\nin /" + "work/main/x\n", "a.md:2: /" + "work/ is a path of one machine"),
    ("root", "a.md", "`/" + "root/x`\n", "is a path of one machine"),
    ("home", "a.md", f"`{Path.home()}/.cache`\n", "is a path of"),
    ("host", "a.txt", "https://" + "pypi" + ".org/simple\n", "is the name of a package host"),
]


class CheckRepository(CheckTestCase):
    program = Path(__file__).with_name("check_repository.py")

    def test_accepts_a_tree_in_order(self):
        self.assert_accepts(TREE)

    def test_finds_each_violation(self):
        self.assert_finds_each(TREE, VIOLATIONS)


if __name__ == "__main__":
    unittest.main()
