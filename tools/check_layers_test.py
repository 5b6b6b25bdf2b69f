"""check_layers.py finds every violation, and nothing else."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from check_test_case import CheckTestCase

# A valid tree; each case below adds one file to it.
TREE = {
    "include/metaxy/key.h": "#pragma once\n#include <string>\n#include <arrow/api.h>\n",
    "include/metaxy/graph.h": '#include "metaxy/key.h"\n#include "arrow/result.h"\n',
    "src/json/json.h": '#include "metaxy/key.h"\n',
    "src/json/json.cc": '#include "json/json.h"\n#include <fmt/format.h>\n',
    "src/models/rules.h": '#include "json/json.h"\n',
    "src/graph/graph.cc": '#include "graph/plan.h"\n#include "models/rules.h"\n#include "metaxy/graph.h"\n',
    "src/graph/plan.h": "#pragma once\n",
    "src/graph/render/svg.cc": '#include "graph/plan.h"\n',
    "src/versioning/hash/wyhash.h": "#pragma once\n",
    "src/versioning/summary/row_table.cc": '#include "versioning/hash/wyhash.h"\n',
    "src/versioning/summary/row_table.h": "#pragma once\n",
    "src/lancedb/store.cc": '#include "metaxy_lancedb.h"\n#include "graph/plan.h"\n',
    "src/cli/main.cc": '#include <CLI/CLI.hpp>\n#include "models/rules.h"\n',
}

# (name, file, its content, what the message contains)
VIOLATIONS = [
    (
        "lower folder",
        "src/models/a.cc",
        '\n#include "graph/plan.h"\n',
        "src/models/a.cc:2: src/models includes graph/plan.h",
    ),
    ("spaces", "src/models/a.cc", '  #  include "graph/plan.h"\n', "src/graph is below it"),
    (
        "lower subfolder",
        "src/versioning/hash/a.cc",
        '#include "versioning/summary/row_table.h"\n',
        "src/versioning/summary is below it",
    ),
    ("folder with layers", "src/versioning/a.cc", "int x;\n", "src/versioning/a.cc is in none of the folders"),
    ("root file", "src/text.cc", "int x;\n", "src/text.cc is in none of the folders"),
    ("unknown folder", "src/utils/a.cc", "int x;\n", "src/utils/a.cc is in none of the folders"),
    ("parent", "src/graph/a.cc", '#include "../models/rules.h"\n', "leaves its folder"),
    ("bridge", "src/store/a.cc", '#include "metaxy_lancedb.h"\n', "belongs to src/lancedb"),
    ("command line", "src/project/a.cc", "#include <CLI/CLI.hpp>\n", "belongs to src/cli"),
    ("printing", "src/store/a.cc", "void F() { std::cerr << 1; }\n", "std::cerr prints"),
    (
        "printing to a file",
        "src/json/json.cc",
        '#include <cstdio>\nvoid F() { fprintf(stderr, "x"); }\n',
        "fprintf(std prints",
    ),
    (
        "private in public",
        "include/metaxy/a.h",
        '#include "models/rules.h"\n',
        "a public header includes models/rules.h",
    ),
    ("library in public", "include/metaxy/a.h", "#include <nlohmann/json.hpp>\n", "a public header includes nlohmann"),
    ("missing public", "include/metaxy/a.h", '#include "metaxy/none.h"\n', "metaxy/none.h does not exist"),
]


class CheckLayers(CheckTestCase):
    program = Path(__file__).with_name("check_layers.py")

    def test_accepts_a_tree_in_order(self):
        self.assert_accepts(TREE)

    def test_finds_each_violation(self):
        self.assert_finds_each(TREE, VIOLATIONS)

    def test_refuses_a_folder_without_sources(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([sys.executable, self.program, folder], capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
