"""merge_wheels.py makes one wheel of two, for the Pythons of both."""

import base64
import hashlib
import tempfile
import unittest
import zipfile
from pathlib import Path

import merge_wheels

INFO = "metaxy_cpp-1.0.dist-info"


def make_wheel(folder, tag, module):
    path = folder / f"metaxy_cpp-1.0-{tag}.whl"
    files = {
        "metaxy_cpp/__init__.py": b"",
        f"metaxy_cpp/{module}": tag.encode(),
        "metaxy_cpp/bin/metaxy": b"program",
        f"{INFO}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n\n".encode(),
        f"{INFO}/RECORD": b"stale",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if "/bin/" in name else 0o644) << 16
            wheel.writestr(info, content)
    return path


class MergeWheels(unittest.TestCase):
    def test_has_both_modules_under_both_tags(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            old = make_wheel(folder, "cp311-cp311-linux_x86_64", "_native.cpython-311-x86_64-linux-gnu.so")
            new = make_wheel(folder, "cp312-abi3-linux_x86_64", "_native.abi3.so")
            (folder / "merged").mkdir()
            merged = merge_wheels.merge(old, new, folder / "merged")
            self.assertEqual(merged.name, "metaxy_cpp-1.0-cp311.cp312-cp311.abi3-linux_x86_64.whl")
            with zipfile.ZipFile(merged) as wheel:
                self.assertEqual(wheel.read("metaxy_cpp/_native.abi3.so"), b"cp312-abi3-linux_x86_64")
                self.assertEqual(
                    wheel.read("metaxy_cpp/_native.cpython-311-x86_64-linux-gnu.so"), b"cp311-cp311-linux_x86_64"
                )
                self.assertEqual(wheel.getinfo("metaxy_cpp/bin/metaxy").external_attr >> 16, 0o755)
                tags = [line for line in wheel.read(f"{INFO}/WHEEL").decode().splitlines() if line.startswith("Tag")]
                self.assertEqual(tags, ["Tag: cp311-cp311-linux_x86_64", "Tag: cp312-abi3-linux_x86_64"])
                record = dict(line.split(",", 1) for line in wheel.read(f"{INFO}/RECORD").decode().splitlines())
                self.assertEqual(record.keys(), set(wheel.namelist()))
                self.assertEqual(record.pop(f"{INFO}/RECORD"), ",")
                for name, line in record.items():
                    content = wheel.read(name)
                    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                    self.assertEqual(line, f"sha256={digest},{len(content)}")


if __name__ == "__main__":
    unittest.main()
