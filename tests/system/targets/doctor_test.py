#!/usr/bin/env python3
"""`metaxy doctor` names the step that fails between the program and a store, and the remedy; it reveals no secret."""

from __future__ import annotations

import email.utils
import http.server
import json
import sys
import time
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers
import targets
from errors_test import IMPATIENT, SECRET, moto_key, moto_looks_at_keys, s3_error
from project import Done, Project, videos
from proxy import Answer, Delay, Proxy
from targets import s3_options

STEPS = ["name", "network", "credentials", "list", "read", "conditional write", "clock"]


class WrongTime(Proxy):
    """In front of a server: shifts the date of its responses by this many seconds."""

    seconds = 0

    def ask(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> Any:
        status, headers, content = super().ask(handler, body)
        date = email.utils.formatdate(time.time() + self.seconds, usegmt=True)
        return status, [(name, date if name.lower() == "date" else value) for name, value in headers], content


class Case(unittest.TestCase):
    def doctor(
        self, config: dict[str, Any], *options: str, write: bool = False, **project: Any
    ) -> tuple[Done, dict[str, str]]:
        """The output for a store with this configuration, which is written to first if `write`; and the results of the
        steps.
        """
        self.project = Project({"dev": config}, **project)
        self.enterContext(self.project.directory)
        if write:
            self.project.write("raw/video", videos({"a": "xy"}))
        done = self.project.call("doctor", "--format", "json", *options)
        self.assertNotIn(SECRET, done.out + done.err)
        if not done.out:
            return done, {}
        self.report = json.loads(done.out)
        if "error" in self.report:
            return done, {}
        check = self.report["checks"][0]
        self.assertEqual(check["check"], "connection")
        outcomes = {step["step"]: step["outcome"] for step in check["steps"]}
        self.assertEqual(list(outcomes), STEPS)
        return done, outcomes

    def assert_well(self, config: dict[str, Any], skipped: set[str], *options: str, **more: Any) -> None:
        done, outcomes = self.doctor(config, *options, write=True, **more)
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertTrue(self.report["healthy"])
        found = {step for step, outcome in outcomes.items() if not outcome.startswith("ok")}
        self.assertEqual(found, skipped, outcomes)
        self.assertEqual([table["table"] for table in self.report["checks"][1]["tables"]], ["raw__video"])

    def assert_fails(
        self, step: str, config: dict[str, Any], *texts: str, options: tuple[str, ...] = (), **more: Any
    ) -> None:
        done, outcomes = self.doctor(config, *options, **more)
        self.assertEqual(done.code, 3, done.out + done.err)
        self.assertFalse(self.report["healthy"])
        self.assertEqual([name for name, outcome in outcomes.items() if outcome == "failed"], [step])
        for after in STEPS[STEPS.index(step) + 1 :]:
            self.assertEqual(outcomes[after], "not reached")
        self.assertEqual(len(self.report["checks"]), 1)
        finding = self.report["checks"][0]["findings"][-1]
        self.assertEqual((finding["level"], finding["subject"]), ("problem", step))
        for text in texts:
            self.assertIn(text, f"{finding['text']}; {finding['remedy']}")
        self.assertTrue(finding["remedy"])


class DirectoryTest(Case):
    def test_is_well(self) -> None:
        with targets.local() as local:
            self.assert_well(local.new_store(), {"name", "network", "credentials", "conditional write", "clock"})
            self.assert_well(local.new_store(), {"name", "network", "credentials", "clock"}, "--write")

    def test_is_not_made_by_looking(self) -> None:
        with targets.local() as local:
            config = local.new_store()
            done, outcomes = self.doctor(config, "--write")
            self.assertEqual(done.code, 0, done.err)
            self.assertIn("the first write creates the directory", outcomes["conditional write"])
            self.assertIn("there are no tables", outcomes["read"])
            self.assertFalse(Path(config["uri"]).exists())

    def test_nothing_is_left_of_a_try(self) -> None:
        with targets.local() as local:
            config = local.new_store()
            self.assert_well(config, {"name", "network", "credentials", "clock"}, "--write")
            self.assertEqual([path.name for path in Path(config["uri"]).iterdir()], ["raw__video.lance"])


class S3Test(Case):
    server: servers.Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = servers.start_s3()
        cls.addClassCleanup(cls.server.stop)
        servers.request(f"{cls.server.url}/bucket", "PUT")
        rights = {"all": ["s3:*"], "look": ["s3:Get*", "s3:List*"], "nothing": ["sqs:*"]}
        cls.keys = {name: moto_key(cls.server, name, *actions) for name, actions in rights.items()}
        moto_looks_at_keys(cls.server)

    def config(
        self, bucket: str = "bucket", url: str | None = None, store: str | None = None, **options: Any
    ) -> dict[str, Any]:
        kwargs = s3_options(url or self.server.url)
        kwargs["storage_options"].update({**self.keys["all"], **options})
        kwargs["client_config"] = IMPATIENT
        return {"uri": f"s3://{bucket}/{store or self.id()}", "connect_kwargs": kwargs}

    def test_is_well(self) -> None:
        self.assert_well(self.config(), {"conditional write"})
        self.assert_well(self.config(), set(), "--write")

    def test_wrong_key(self) -> None:
        config = self.config(aws_access_key_id="AKIANOBODY", aws_secret_access_key=SECRET)
        self.assert_fails(
            "credentials", config, "does not accept the access key (InvalidAccessKeyId)", "correct the key"
        )
        plain = self.project.call("doctor")
        self.assertEqual(plain.code, 3)
        for line in (
            "network             ok",
            "credentials         failed",
            "list                not reached",
            "problem credentials: ",
        ):
            self.assertIn(f"\n{line}", plain.out)
        self.assertNotIn(SECRET, plain.out + plain.err)

    def test_wrong_secret(self) -> None:
        self.assert_fails("credentials", self.config(aws_secret_access_key=SECRET), "SignatureDoesNotMatch")

    def test_wrong_bucket(self) -> None:
        self.assert_fails("list", self.config("nobodys"), "the bucket or container does not exist", "create it")

    def test_key_without_rights(self) -> None:
        self.assert_fails(
            "list", self.config(**self.keys["nothing"]), "these credentials lack the permission", "let them list"
        )

    def test_no_such_host(self) -> None:
        self.assert_fails("name", self.config(url="http://nowhere.invalid:9"), "has no address", "check the network")

    def test_nobody_listens(self) -> None:
        nobody = f"http://127.0.0.1:{servers.free_port()}"
        self.assert_fails("network", self.config(url=nobody), "there is no connection", "check the network")

    def test_a_silent_host(self) -> None:
        with Proxy(self.server.url, lambda request: Delay(5)) as silent:
            config = self.config(url=silent.url)
            config["connect_kwargs"]["client_config"] = {
                "retry_config": {"retries": 0},
                "timeout_config": {"timeout": 1},
            }
            self.assert_fails("network", config, "did not answer in time", "allow more time")

    def test_a_key_that_may_only_read(self) -> None:
        self.assert_well(self.config(store="shared"), {"conditional write"})
        reader = self.config(store="shared", **self.keys["look"])
        done, outcomes = self.doctor(reader)
        self.assertEqual((done.code, outcomes["read"]), (0, "ok"), done.out)
        self.assert_fails("conditional write", reader, "these credentials lack the permission", options=("--write",))

    def test_clocks_that_differ(self) -> None:
        for seconds, code, text in (
            (3600, 3, "behind the store's"),
            (-3600, 3, "ahead of the store's"),
            (120, 0, "behind"),
            (5, 0, None),
        ):
            with self.subTest(seconds), WrongTime(self.server.url) as proxy:
                proxy.seconds = seconds
                done, outcomes = self.doctor(self.config(url=proxy.url))
                self.assertEqual(done.code, code, done.out)
                findings = self.report["checks"][0]["findings"]
                self.assertEqual([finding["subject"] for finding in findings], ["clock"] if text else [])
                self.assertIn(text or "ok", findings[0]["text"] if text else outcomes["clock"])

    def test_a_store_that_refuses_the_time(self) -> None:
        skewed = Answer(
            403,
            s3_error("RequestTimeTooSkewed", "The difference is too large."),
            (("Content-Type", "application/xml"),),
        )
        with Proxy(self.server.url, lambda request: skewed) as proxy:
            self.assert_fails("clock", self.config(url=proxy.url), "clock differs", "set the clock")

    def test_what_is_wrong_with_the_configuration_has_no_steps(self) -> None:
        done, outcomes = self.doctor(self.config(aws_regoin="x"))
        self.assertEqual((done.code, outcomes), (2, {}), done.err)
        self.assertEqual(self.report["error"], "INVALID_CONFIG")


class ConditionalWritesTest(Case):
    def test_a_server_that_ignores_the_condition(self) -> None:
        def ignore(request: Any) -> None:
            del request.headers["If-None-Match"]

        target = self.enterContext(targets.s3())
        with Proxy(target.url, ignore) as proxy:
            config = {"uri": "s3://bucket/store", "connect_kwargs": s3_options(proxy.url)}
            allowed = {"dev": {"allow_unconditional_writes": True}}
            self.assert_fails(
                "conditional write", config, "concurrent writers", options=("--write",), extension=allowed
            )


class ServerTest(Case):
    def setUp(self) -> None:
        self.target = self.enterContext(targets.lance_server())

    def config(self, url: str | None = None, **kwargs: Any) -> dict[str, Any]:
        options = {"client_config": IMPATIENT, "api_key": targets.API_KEY, **kwargs}
        return {"uri": f"{url or self.target.server.url}/films", "connect_kwargs": options}

    def test_is_well(self) -> None:
        self.assert_well(self.config(), {"conditional write"}, "--write")
        table = self.report["checks"][1]["tables"][0]
        self.assertEqual((table["rows"], table["layout"], table["fragments"]), (1, "struct", None))

    def test_wrong_key(self) -> None:
        self.assert_fails(
            "credentials", self.config(api_key=SECRET), "does not accept the credentials", "correct api_key"
        )

    def test_no_such_host(self) -> None:
        self.assert_fails("name", self.config("http://nowhere.invalid:9"), "has no address")

    def test_a_silent_host(self) -> None:
        with Proxy(self.target.server.url, lambda request: Delay(5)) as silent:
            self.assert_fails("network", self.config(silent.url), "did not answer in time")


if __name__ == "__main__":
    unittest.main(verbosity=2)
