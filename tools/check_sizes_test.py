"""What check_sizes.py finds, and what it lets pass."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_sizes

CPP = """\
// A brace in a comment: {
#include "x.h"
#define TWICE(x) { x; \\
  x; }
namespace metaxy {
namespace {

const char kBrace[] = "} {", kQuote = '"', kOpen = '{';
const char* kRaw = R"x({ " })x";

struct Row {
  int a = 1;
  int Sum() const { return a; }
};

constexpr auto kSteps = std::to_array<Step>({
    {"name", [](int x) {
       return x;
     }},
});

class Table : public Base {
 public:
  explicit Table(int rows)
      : rows_{rows},
        columns_(3) {
    Fill();
  }
  ~Table() override;
  Table& operator=(Table&& other) noexcept = default;
};

template <typename T>
std::vector<T> Select(const std::vector<T>& all,
                      std::function<bool(const T&)> wanted) {
  std::vector<T> found;
#if ARROW_VERSION_MAJOR >= 25
  for (const T& each : all) {
    if (wanted(each)) found.push_back(each);
  }
#else
  for (const T& each : all) {
  }
#endif
  return found;
}

INSTANTIATE_TEST_SUITE_P(All, SelectTest,
                         ::testing::Values(Case{1}, Case{2}));

TEST_F(SelectTest, Works) {
  const auto twice = [](int x) {
    return 2 * x;
  };
}

}  // namespace
}  // namespace metaxy

extern "C" {
int metaxy_answer(void) {
  return 42;
}
}
"""

RUST = """\
impl<'a> Reader<'a> {
    /// A brace: {
    fn next(&self, c: char) -> Option<char> {
        if c == '{' { None } else { Some('\\'') }
    }
}
"""


class CheckSizesTest(unittest.TestCase):
    def test_functions_of_cpp(self) -> None:
        found = [(name, last - first + 1) for name, first, last in check_sizes.functions(CPP)]
        self.assertEqual(
            found,
            [("Sum", 1), ("Table", 5), ("Select", 14), ("SelectTest.Works", 5), ("metaxy_answer", 3)],
        )

    def test_functions_of_rust(self) -> None:
        self.assertEqual(list(check_sizes.functions(RUST)), [("next", 3, 5)])

    def test_functions_of_python(self) -> None:
        text = "class A:\n    def one(self):\n        pass\n\n\nasync def two():\n    def three():\n        pass\n"
        self.assertEqual(sorted(check_sizes.python_functions(text)), [("one", 2, 3), ("three", 7, 8), ("two", 6, 8)])

    def found(self, text: str, name: str, exceptions: dict[str, str] | None = None) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_text(text)
            return list(check_sizes.check(Path(folder), exceptions or {}))

    def test_files(self) -> None:
        for name, most in {"a.cc": 500, "a.h": 250, "a.rs": 500, "a.py": 500}.items():
            self.assertEqual(self.found("\n" * most, name), [])
            self.assertEqual(self.found("\n" * (most + 1), name), [f"{name} has {most + 1} lines; the limit is {most}"])

    def test_function_that_is_too_long(self) -> None:
        self.assertEqual(self.found("void F() {\n" + "  G();\n" * 58 + "}\n", "a.cc"), [])
        too_long = "\n\nvoid F() {\n" + "  G();\n" * 59 + "}\n"
        self.assertEqual(self.found(too_long, "a.cc"), ["a.cc:3: F has 61 lines; the limit is 60"])
        self.assertEqual(self.found(too_long, "a.cc", {"a.cc: F": "why"}), [])

    def test_an_exception_that_is_not_needed(self) -> None:
        self.assertEqual(len(self.found("", "a.cc", {"a.cc": "why"})), 1)

    def test_of_a_checkout(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.h").write_text("\n" * 251)
            done = subprocess.run([sys.executable, check_sizes.__file__, folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("a.h has 251 lines; the limit is 250\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
