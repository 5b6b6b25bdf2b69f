#!/usr/bin/env python3
"""Writes what others wrote and our binaries contain: who, which licence, and its text.

    third_party_licenses.py OUTPUT [--bridge LIBRARY --cargo CARGO --manifest bridge/Cargo.toml] [--header NAME=FILE]...

- The crates of the bridge: all that Cargo.lock lets be linked on Linux, from `cargo metadata --offline`, with the texts
  that lie in the packages as cargo downloaded them. A crate without a text is named with its authors, and the licence's
  own text, where it offers Apache-2.0 or MIT; otherwise this fails.
- LIBRARY was made from just these: the paths of sources that a panic would name are compared, and a library that names
  another crate or version is refused. So a bridge that was built elsewhere is not passed off as what it is not.
- The Rust standard library, from the toolchain.
- Header-only C++ libraries, from the copyright file of the Debian package that owns FILE.
"""

import argparse
import json
import mmap
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

TEXT = re.compile(r"(un)?licen[sc]e|copying|copyright|notice", re.IGNORECASE)
# Where rustc records the sources of a crate from the registry.
SOURCE = re.compile(rb"/registry/src/[^/\0]{1,80}/([A-Za-z0-9_-]+?)-(\d+\.\d+\.\d+[A-Za-z0-9.+-]*)/")
LINE = "=" * 100

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def metadata(cargo, manifest):
    """What cargo knows about the crates, without the network."""
    if not shutil.which(cargo):
        sys.exit("the licences of the bridge's crates are not known: there is no cargo")
    command = [
        cargo,
        "metadata",
        "--offline",
        "--locked",
        "--format-version",
        "1",
        "--manifest-path",
        manifest,
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(manifest).parent, check=False)
    if result.returncode != 0:
        sys.exit(f"cargo metadata failed: {result.stderr.strip()}")
    return json.loads(result.stdout)


def linked(known):
    """The packages linked by our crate, without itself, by name and version."""
    packages = {package["id"]: package for package in known["packages"]}
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    root = known["resolve"]["root"]
    seen, waiting = set(), [root]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        waiting += [
            dep["pkg"] for dep in nodes[current]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])
        ]
    return sorted((packages[current] for current in seen - {root}), key=lambda p: (p["name"], p["version"]))


def named_in(library):
    """The crates whose sources a library names."""
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {(name.decode(), version.decode()) for name, version in SOURCE.findall(content)}


def texts_of(package):
    """The licence files in a package; of one that builds a C library also those further down."""
    folder = Path(package["manifest_path"]).parent
    files = folder.rglob("*") if package["links"] else [*folder.glob("*"), *folder.glob("LICENSES/*")]
    texts = []
    for file in sorted(files):
        if (
            file.is_file()
            and (TEXT.match(file.name) or file.parent.name == "LICENSES")
            and file.suffix not in (".rs", ".h", ".c")
        ):
            texts.append(file.read_text(encoding="utf-8", errors="replace").strip())
    return texts


def crate_entries(packages):
    """Yields (title, texts) per crate."""
    apache = (Path(__file__).resolve().parent.parent / "LICENSE").read_text(encoding="utf-8").strip()
    for package in packages:
        terms = package["license"] or f"see {package['license_file']}"
        title = f"{package['name']} {package['version']} ({terms})"
        texts = texts_of(package)
        if not texts and "Apache-2.0" in terms:
            texts = [apache]
        elif not texts and "MIT" in terms:
            authors = ", ".join(package["authors"]) or f"the authors of {package['name']}"
            texts = [f"Copyright (c) {authors}\n\n{MIT}"]
        if not texts:
            sys.exit(f"{title} has no licence text, and this script knows none of these terms")
        yield title, texts


def rust_entry(cargo, folder):
    """The standard library, which is part of every Rust library."""

    def ask(*command):
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True).stdout.strip()

    rustc = str(Path(cargo).with_name("rustc"))
    rustc = rustc if Path(rustc).exists() else "rustc"
    documents = Path(ask(rustc, "--print", "sysroot")) / "share/doc/rust"
    files = sorted([*documents.glob("licenses/*"), *documents.glob("LICENSE*")])
    if not files:
        sys.exit(f"{documents} has no licence of the Rust standard library")
    page = documents / "COPYRIGHT-library.html"
    notices = unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))) if page.exists() else ""
    notices = re.sub(r"\n\s*\n+", "\n\n", notices).strip()
    return f"The Rust standard library, {ask(rustc, '--version')}", [notices] if notices else [
        f.read_text() for f in files
    ]


def header_entries(headers):
    """Yields (title, texts) per header-only library."""
    for header in headers:
        name, _, file = header.partition("=")
        if not shutil.which("dpkg-query"):
            sys.exit(f"the licence of {name} is not known: this machine has no dpkg-query, which knows whose it is")
        owner = subprocess.run(
            ["dpkg-query", "--search", str(Path(file).resolve())], capture_output=True, text=True, check=False
        )
        package = owner.stdout.split(":")[0]
        copyright_file = Path("/usr/share/doc") / package / "copyright"
        if owner.returncode != 0 or not copyright_file.exists():
            sys.exit(f"no Debian package owns {file}, so the licence of {name} is not known")
        version = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=True
        ).stdout
        yield f"{name}, Debian {package} {version}", [copyright_file.read_text(encoding="utf-8").strip()]


def write(output, entries):
    """Each text once, below the names of everything it applies to."""
    titles, texts = [], {}
    for title, its_texts in entries:
        titles.append(title)
        for text in its_texts:
            names, _ = texts.setdefault(re.sub(r"\s+", " ", text), ([], text))
            if title not in names:
                names.append(title)
    with open(output, "w", encoding="utf-8") as file:
        file.write(
            "Third-party software in the binaries of metaxy.\n\nArrow's licence and notices are in arrow/ beside this "
            "file, where Arrow is installed with metaxy; those of\nsystem libraries that a tarball takes along in licenses/.\n\n"
        )
        file.write("".join(f"  {title}\n" for title in titles))
        for names, text in texts.values():
            file.write("\n".join(["", LINE, *names, LINE, "", text, ""]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--bridge")
    parser.add_argument("--cargo")
    parser.add_argument("--manifest")
    parser.add_argument("--header", action="append", default=[])
    arguments = parser.parse_args()
    arguments.manifest = arguments.manifest and str(Path(arguments.manifest).resolve())
    entries = list(header_entries(arguments.header))
    if arguments.bridge:
        packages = linked(metadata(arguments.cargo, arguments.manifest))
        strangers = named_in(arguments.bridge) - {(package["name"], package["version"]) for package in packages}
        if strangers:
            sys.exit(
                f"{arguments.bridge} was not built from {arguments.manifest}: it contains "
                + ", ".join(" ".join(stranger) for stranger in sorted(strangers))
            )
        entries.append(rust_entry(arguments.cargo, Path(arguments.manifest).parent))
        entries += crate_entries(packages)
    write(arguments.output, entries)


if __name__ == "__main__":
    main()
