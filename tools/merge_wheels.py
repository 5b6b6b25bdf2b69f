"""Adds the extension module of one wheel to another one of the same package, which then serves the Pythons of both.

    merge_wheels.py INTO FROM DIRECTORY     writes the merged wheel there, and prints its path

Each Python looks for the module under the names that it can load, the most special one first: 3.11 takes
_native.cpython-311-*.so, later ones _native.abi3.so.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path


def record_line(name: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def tags_of(metadata: str) -> list[str]:
    return re.findall(r"(?m)^Tag: (\S+)$", metadata)


def merge(into: Path, other: Path, directory: Path) -> Path:
    with zipfile.ZipFile(into) as first, zipfile.ZipFile(other) as second:
        contents = {info.filename: (info, first.read(info)) for info in first.infolist() if not info.is_dir()}
        for info in second.infolist():
            if re.fullmatch(r"metaxy_cpp/_native\.[^/]*\.so", info.filename):
                contents.setdefault(info.filename, (info, second.read(info)))
        wheel = next(name for name in contents if name.endswith(".dist-info/WHEEL"))
        tags = tags_of(contents[wheel][1].decode()) + tags_of(second.read(wheel).decode())
    metadata = re.sub(r"(?m)^Tag: .*\n", "", contents[wheel][1].decode())
    metadata = metadata.rstrip("\n") + "\n" + "".join(f"Tag: {tag}\n" for tag in dict.fromkeys(tags))
    contents[wheel] = (contents[wheel][0], metadata.encode())
    record = next(name for name in contents if name.endswith(".dist-info/RECORD"))
    lines = [record_line(name, content) for name, (_, content) in contents.items() if name != record]
    contents[record] = (contents[record][0], "\n".join([*lines, f"{record},,", ""]).encode())
    # Of each part of the tags all that there are: metaxy_cpp-1.0-cp311.cp312-cp311.abi3-linux_x86_64.whl.
    parts = [
        ".".join(dict.fromkeys(part)) for part in zip(*(tag.split("-") for tag in dict.fromkeys(tags)), strict=True)
    ]
    merged = directory / "-".join([*into.stem.split("-")[:2], *parts])
    merged = merged.with_name(merged.name + ".whl")
    with zipfile.ZipFile(merged, "w", zipfile.ZIP_DEFLATED) as out:
        for info, content in contents.values():
            out.writestr(info, content, zipfile.ZIP_DEFLATED)
    return merged


if __name__ == "__main__":
    print(merge(*map(Path, sys.argv[1:4])))
