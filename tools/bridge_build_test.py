"""cmake/MetaxyCargoBuild.cmake in a target directory that is new, its own, or shared with another clone; cargo is a stand-in."""

import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path("cmake/MetaxyCargoBuild.cmake").resolve()
CARGO = """#!/bin/sh
test ! -e broken || exit 101
mkdir -p "$CARGO_TARGET_DIR/release/.fingerprint/metaxy-lancedb-1" "$CARGO_TARGET_DIR/release/.fingerprint/lance-2"
echo library > "$CARGO_TARGET_DIR/release/libbridge.so"
echo "$CARGO_TARGET_DIR/release/libbridge.so: /a/lib.rs" > "$CARGO_TARGET_DIR/release/libbridge.d"
"""


class BridgeBuild(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="metaxy-bridge-build-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cargo = self.folder / "cargo"
        self.cargo.write_text(CARGO)
        self.cargo.chmod(0o755)
        self.target = self.folder / "target"

    def build(self, clone):
        """The finished process; the library is in the clone's folder."""
        crate = self.folder / clone
        crate.mkdir(exist_ok=True)
        values = {
            "CARGO": self.cargo,
            "MANIFEST": crate / "Cargo.toml",
            "TARGET_DIR": self.target,
            "FILE": "libbridge.so",
            "OUTPUT": crate / "build" / "libbridge.so",
            "DEPFILE": crate / "bridge.d",
        }
        options = [f"-D{name}={value}" for name, value in values.items()]
        return subprocess.run(["cmake", *options, "-P", str(SCRIPT)], capture_output=True, text=True)

    def fingerprints(self):
        return sorted(path.name for path in (self.target / "release" / ".fingerprint").iterdir())

    def test_a_machine_that_has_built_nothing(self):
        done = self.build("first")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "first" / "build" / "libbridge.so").read_text(), "library\n")
        self.assertEqual(
            (self.folder / "first" / "bridge.d").read_text(), f"{self.folder}/first/build/libbridge.so: /a/lib.rs\n"
        )

    def test_another_clone_compiles_its_own_crate_only(self):
        self.build("first")
        self.cargo.write_text("#!/bin/sh\n")
        self.assertEqual(self.build("first").returncode, 0)
        self.assertEqual(self.fingerprints(), ["lance-2", "metaxy-lancedb-1"])
        self.assertEqual(self.build("second").returncode, 0)
        self.assertEqual(self.fingerprints(), ["lance-2"])

    def test_a_failure_of_cargo_is_a_failure(self):
        (self.folder / "first").mkdir()
        (self.folder / "first" / "broken").touch()
        done = self.build("first")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cargo could not build the bridge (101)", done.stderr)


if __name__ == "__main__":
    unittest.main()
