#!/usr/bin/env python3
"""Presses TAB in bash, zsh or fish, with the completions that `metaxy completions` prints.

check_completions.py --program build/release/bin/metaxy --shell zsh
"""

import argparse
import os
import pty
import subprocess
import tempfile
import unittest
from pathlib import Path

ARGUMENTS = None
# The input, and the expected line after TAB. fish lists its candidates instead.
CASES = [
    ("metaxy meta", "metaxy metadata ", ["metadata"]),
    ("metaxy list st", "metaxy list stores ", ["stores"]),
    ("metaxy metadata read vi", "metaxy metadata read video/raw ", ["video/raw"]),
    ("metaxy metadata write video/raw --fro", "metaxy metadata write video/raw --from ", ["--from"]),
    ("metaxy metadata write video/raw --from row", "metaxy metadata write video/raw --from rows.csv ", ["rows.csv"]),
    ("metaxy list features --format j", "metaxy list features --format json ", ["json"]),
    ("metaxy list features --format=j", "metaxy list features --format=json ", ["--format=json"]),
    ("metaxy push --store p", "metaxy push --store prod ", ["prod"]),
]
# Keys: TAB completes, Ctrl-U empties the line.
START = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        "PS1='$ '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
    ),
    "zsh": (
        ["-f", "-i"],
        "PS1='$ '; unsetopt zle_bracketed_paste prompt_cr prompt_sp; setopt no_beep; autoload -U compinit; compinit -u -D",
    ),
}


class Terminal:
    """A shell with typed input. The expected output appears, or the test runs into its time limit."""

    def __init__(self, shell, folder, path):
        words, setup = START[shell]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", COLUMNS="200", HOME=str(folder), ZDOTDIR=str(folder), PATH=path)
            os.execvp(shell, [shell, *words])
        self.text = ""
        self.type(setup + "; source <(metaxy completions " + shell + "); print=rea; echo ${print}dy\n")
        self.wait_for("ready")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, words):
        while words not in self.text:
            try:
                chunk = os.read(self.terminal, 4096)
            except OSError:
                raise AssertionError(f"the shell has ended; it showed {self.text!r}") from None
            for byte in chunk.decode(errors="replace"):
                if byte == "\b":
                    self.text = self.text[:-1]
                elif byte not in "\a\r":
                    self.text += byte

    def close(self):
        self.type("\x15exit\n")
        os.close(self.terminal)
        os.waitpid(self.process, 0)


class CompletionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        store = "type = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
        (self.folder / "metaxy.toml").write_text(
            f"project = 'p'\nentrypoints = ['f.toml']\nstore = 'dev'\n[stores.dev]\n{store}[stores.prod]\n{store}"
        )
        (self.folder / "f.toml").write_text("[[feature]]\nkey = 'video/raw'\nid_columns = ['id']\n")
        (self.folder / "rows.csv").write_text("id\n")
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "metaxy").symlink_to(Path(ARGUMENTS.program).resolve())
        self.path = f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def test_tab_completes(self):
        if ARGUMENTS.shell == "fish":
            return self.check_fish()
        terminal = Terminal(ARGUMENTS.shell, self.folder, self.path)
        self.addCleanup(terminal.close)
        for typed, expected, _ in CASES:
            with self.subTest(typed):
                terminal.text = ""
                terminal.type(typed + "\t")
                terminal.wait_for(expected)
                terminal.type("\x15")

    # `complete -C` is what fish itself evaluates when TAB is pressed.
    def check_fish(self):
        environment = {**os.environ, "PATH": self.path, "HOME": str(self.folder)}
        for typed, _, offered in CASES:
            with self.subTest(typed):
                command = f"metaxy completions fish | source; complete -C '{typed}'"
                result = subprocess.run(
                    ["fish", "--no-config", "-c", command],
                    cwd=self.folder,
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                )
                self.assertEqual([line.split("\t")[0] for line in result.stdout.splitlines()], offered)
                self.assertEqual(result.stderr, "")


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--shell", required=True, choices=["bash", "zsh", "fish"])
    ARGUMENTS = parser.parse_args()
    unittest.main(argv=["check_completions"], verbosity=1)


if __name__ == "__main__":
    main()
