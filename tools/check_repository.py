#!/usr/bin/env python3
"""Rules for the checkout as a whole: `check_repository.py <root of the checkout>`.

- CMakeLists.txt holds the project's version; bridge/Cargo.toml and bridge/Cargo.lock must agree, and
  python/pyproject.toml must take it from there.
- Each source of src/ is listed in the nearest CMakeLists.txt: an unlisted one would be dead code.
- No file names a package host or a machine-specific path: they differ for everyone who clones the repository.

Prints one line per violation and exits with 1 if there is one.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

# Written so that this file does not match itself.
FORBIDDEN = {
    r"(?<![\w.~$}>/-])/(?:[w]ork|[r]oot)/": "a path of one machine",
    r"\b(?:[p]ypi\.org|files\.[p]ythonhosted\.org|(?:static|index)\.[c]rates\.io|deb\.[d]ebian\.org|[p]roxy\.golang\.org)\b": "the name of a package host",
}

# Generated or external: cargo names its registry in the lock file, a licence its home.
EXEMPT = {"bridge/Cargo.lock", "LICENSE"}


def files(root):
    """The files that git tracks or would add; without git, everything outside build/ and target/."""
    try:
        listed = (
            subprocess.run(
                ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                capture_output=True,
                check=True,
            )
            .stdout.decode()
            .split("\0")
        )
        names = {name for name in listed if name}
    except (OSError, subprocess.CalledProcessError):
        names = set()
    if not names:
        names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    names = {name for name in names if not re.search(r"(^|/)(build|target|\.git)/", name)}
    return sorted(name for name in names if (root / name).is_file())


def check_names(root):
    here = {re.escape(str(path)) + "/": "a path of this machine" for path in (root, Path.home()) if len(path.parts) > 2}
    forbidden = FORBIDDEN | here
    for name in files(root):
        path = root / name
        if name in EXEMPT:
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue  # Not text.
        text = content.decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            for pattern, what in forbidden.items():
                match = re.search(pattern, line)
                if match:
                    yield f"{name}:{number}: {match.group(0)} is {what}"


def version_in(path, pattern):
    """The first group of the pattern in the file, or None."""
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE) if path.is_file() else None
    return match.group(1) if match else None


def version_of_package(path):
    """The version that the wheel gets, or None."""
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
        source = project["tool"]["scikit-build"]["metadata"]["version"]
        text = (path.parent / source["input"]).read_text(encoding="utf-8")
        return project["project"].get("version") or re.search(source["regex"], text)["value"]
    except (OSError, KeyError, TypeError, ValueError):
        return None


def check_versions(root):
    version = version_in(root / "CMakeLists.txt", r"^\s*VERSION (\S+)$")
    if version is None:
        yield "CMakeLists.txt: no line `VERSION x.y.z` in project()"
        return
    others = {
        "bridge/Cargo.toml": r'\A\[package\][^\[]*?^version = "([^"]+)"',
        "bridge/Cargo.lock": r'^name = "metaxy-lancedb"\nversion = "([^"]+)"',
    }
    for name, pattern in others.items():
        found = version_in(root / name, pattern)
        if found != version:
            yield f"{name}: version {found} differs from {version} in CMakeLists.txt"
    package = version_of_package(root / "python/pyproject.toml")
    if package != version:
        yield f"python/pyproject.toml: version {package} differs from {version} in CMakeLists.txt"


def check_listed(root):
    for file in sorted((root / "src").rglob("*.cc")):
        # The folder's own list, or that of the parent folder.
        script = next(
            folder / "CMakeLists.txt"
            for folder in file.parents
            if folder == root / "src" or (folder / "CMakeLists.txt").is_file()
        )
        listed = script.read_text(encoding="utf-8") if script.is_file() else ""
        name = file.relative_to(script.parent).as_posix()
        if not re.search(rf"(?<![\w/.]){re.escape(name)}\b", listed):
            yield f"{file.relative_to(root)}: not listed in {script.relative_to(root)}"


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("usage: check_repository.py <root of the checkout>", file=sys.stderr)
        return 2
    root = Path(sys.argv[1]).resolve()
    found = [*check_versions(root), *check_listed(root), *check_names(root)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
