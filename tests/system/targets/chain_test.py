#!/usr/bin/env python3
"""Fallback chains across targets: a directory, then S3, then a LanceDB server."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers
import targets
from project import Project, videos

ROWS = {"a": "xy", "b": "xy"}
IMPATIENT = {"retry_config": {"retries": 0}, "timeout_config": {"connect_timeout": 2}}


class ChainTest(unittest.TestCase):
    def setUp(self) -> None:
        self.s3 = self.enterContext(targets.s3())
        self.remote = self.enterContext(targets.lance_server())
        self.local = self.enterContext(targets.local())

    def chain(self, staging: dict[str, Any], prod: dict[str, Any]) -> Project:
        stores = {
            "dev": {**self.local.new_store(), "fallback_stores": ["staging"]},
            "staging": {**staging, "fallback_stores": ["prod"]},
            "prod": prod,
        }
        project = Project(stores)
        self.enterContext(project.directory)
        return project

    def owners(self, project: Project) -> dict[str, str]:
        features = project.json("metadata", "status", "--all-features")["features"]
        return {key: each["store_metadata"]["resolved_from"]["name"] for key, each in features.items()}

    def test_the_nearest_store_that_has_a_feature_answers(self) -> None:
        project = self.chain(self.s3.new_store(), self.remote.new_store())
        project.write("raw/video", videos(ROWS), "--store", "prod")
        read = project.call("metadata", "read", "raw/video")
        self.assertEqual(read.code, 0, read.err)
        self.assertIn("raw/video: read from fallback store prod (db://", read.err)
        parts = project.resolve("crop", "--store", "staging")
        self.assertEqual(parts["new"].height, 2)
        project.write("crop", parts["new"], "--store", "staging")
        self.assertEqual(self.owners(project), {"raw/video": "prod", "crop": "staging"})
        # A write goes to the store itself, which answers from then on.
        project.write("raw/video", videos({"c": "uv"}))
        self.assertEqual(self.owners(project), {"raw/video": "dev", "crop": "staging"})
        self.assertEqual(project.ids("raw/video"), ["c"])
        self.assertNotIn("fallback", project.call("metadata", "read", "raw/video").err)
        self.assertEqual(project.ids("raw/video", "--store", "prod"), ["a", "b"])

    def test_a_store_out_of_reach_is_an_error_that_names_it(self) -> None:
        nowhere = f"http://127.0.0.1:{servers.free_port()}"
        lost_s3 = {
            "uri": "s3://bucket/store",
            "connect_kwargs": {**targets.s3_options(nowhere), "client_config": IMPATIENT},
        }
        lost_server = {"uri": f"{nowhere}/db", "connect_kwargs": {"api_key": "any-key", "client_config": IMPATIENT}}
        for lost, chain in (
            ("staging", self.chain(lost_s3, self.remote.new_store())),
            ("prod", self.chain(self.s3.new_store(), lost_server)),
        ):
            for command in (("read", "raw/video"), ("resolve", "crop", "--count"), ("status", "raw/video")):
                with self.subTest(f"{lost} {command[0]}"):
                    done = chain.call("metadata", *command)
                    self.assertEqual(done.code, 3, done.err)
                    self.assertIn(f"fallback store '{lost}'", done.err + done.out)
                    self.assertNotIn("has no table", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
