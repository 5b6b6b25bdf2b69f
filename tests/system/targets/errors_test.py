#!/usr/bin/env python3
"""Each failure between a store and its server is reported in one line, with a message of its own and exit code 3."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers
import targets
from project import Done, Project, videos
from proxy import Answer, Proxy
from targets import s3_options

ROWS = {"a": "xy", "b": "xy"}
SECRET = "5ecr3t-that-nobody-may-see"
IMPATIENT = {"retry_config": {"retries": 1}, "timeout_config": {"timeout": 2, "connect_timeout": 2}}


def policy(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def s3_error(code: str, message: str, more: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>'
    )


def moto_key(server: servers.Server, name: str, *actions: str, role: bool = False) -> dict[str, str]:
    """A new key with this permission, of a user or of a role."""
    python = servers.environment() / "bin/python"
    script = Path(__file__).resolve().parent / "moto_keys.py"
    command = [str(python), "-B", str(script), server.url, policy(*actions), name, *(["role"] if role else [])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def moto_looks_at_keys(server: servers.Server) -> None:
    """From here on it refuses unknown keys and wrong signatures."""
    servers.request(f"{server.url}/moto-api/reset-auth", "POST", b"0", **{"Content-Type": "text/plain"})


class Case(unittest.TestCase):
    def commands(self, config: dict[str, Any]) -> list[tuple[str, Done]]:
        """A store with this configuration, written and read."""
        project = Project({"dev": config})
        with project.directory:
            file = project.file(videos(ROWS))
            written = project.call("metadata", "write", "raw/video", "--from", file)
            return [("write", written), ("read", project.call("metadata", "read", "raw/video"))]

    def assert_says(self, config: dict[str, Any], *texts: str, code: int = 3) -> None:
        for name, done in self.commands(config):
            with self.subTest(name):
                self.assertEqual(done.code, code, done.err)
                lines = done.err.strip().splitlines()
                self.assertEqual(len(lines), 1, done.err)
                for text in texts:
                    self.assertIn(text, lines[0])
                self.assertNotIn(SECRET, done.err + done.out)
                # Nothing of the libraries' own output.
                for noise in ("RetryError", "Location {", "<Error>", ".rs", "backtrace", "hyper", "Generic {"):
                    self.assertNotIn(noise, lines[0])


class S3ErrorsTest(Case):
    server: servers.Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = servers.start_s3()
        cls.addClassCleanup(cls.server.stop)
        servers.request(f"{cls.server.url}/bucket", "PUT")
        cls.keys = {
            name: moto_key(cls.server, name, actions) for name, actions in (("all", "s3:*"), ("look", "s3:List*"))
        }
        moto_looks_at_keys(cls.server)

    def config(self, bucket: str = "bucket", url: str | None = None, **options: Any) -> dict[str, Any]:
        kwargs = s3_options(url or self.server.url)
        kwargs["storage_options"].update({**self.keys["all"], **options})
        kwargs["client_config"] = IMPATIENT
        return {"uri": f"s3://{bucket}/{self.id()}", "connect_kwargs": kwargs}

    def test_right_key(self) -> None:
        for name, done in self.commands(self.config()):
            self.assertEqual(done.code, 0, f"{name}: {done.err}")

    def test_unknown_key(self) -> None:
        config = self.config(aws_access_key_id="AKIANOBODY", aws_secret_access_key=SECRET)
        self.assert_says(config, "does not accept the access key (InvalidAccessKeyId)", "correct the key")

    def test_wrong_secret(self) -> None:
        self.assert_says(
            self.config(aws_secret_access_key=SECRET), "does not accept the access key (SignatureDoesNotMatch)"
        )

    def test_key_without_rights(self) -> None:
        project = Project({"dev": self.config(**self.keys["look"])})
        with project.directory:
            done = project.call("metadata", "write", "raw/video", "--from", project.file(videos(ROWS)))
        self.assertEqual(done.code, 3)
        self.assertIn("these credentials lack the permission (AccessDenied)", done.err)

    def test_wrong_bucket(self) -> None:
        self.assert_says(self.config("nobodys"), "the bucket or container does not exist (NoSuchBucket)", "create it")

    def test_no_network(self) -> None:
        config = self.config(url=f"http://127.0.0.1:{servers.free_port()}")
        self.assert_says(config, "there is no connection to the store (127.0.0.1:", "check the network")

    def test_no_such_host(self) -> None:
        self.assert_says(self.config(url="http://nowhere.invalid:9"), "nowhere.invalid", "check the network")

    def test_secret_key_in_the_environment_is_not_told(self) -> None:
        self.assert_says(self.config("nobodys", aws_session_token=SECRET), "does not")

    def answered(self, status: int, body: str, *texts: str) -> None:
        """Amazon's own messages, where moto has none."""
        with Proxy(
            self.server.url, lambda request: Answer(status, body, (("Content-Type", "application/xml"),))
        ) as proxy:
            self.assert_says(self.config(url=proxy.url), *texts)

    def test_wrong_region(self) -> None:
        text = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
        malformed = s3_error("AuthorizationHeaderMalformed", text, "<Region>eu-west-1</Region>")
        self.answered(400, malformed, "the bucket is in another region (eu-west-1)", "set aws_region")

    def test_wrong_region_by_redirect(self) -> None:
        self.answered(
            301,
            s3_error("PermanentRedirect", "use the other endpoint"),
            "the bucket is in another region",
            "set aws_region",
        )

    def test_expired_token(self) -> None:
        expired = s3_error("ExpiredToken", "The provided token has expired.")
        self.answered(400, expired, "the credentials have expired (ExpiredToken)", "log in again")

    def test_wrong_clock(self) -> None:
        skewed = s3_error("RequestTimeTooSkewed", "The difference is too large.")
        self.answered(403, skewed, "this machine's clock differs", "set the clock")

    def test_forbidden_without_words(self) -> None:
        self.answered(403, "", "these credentials lack the permission (HTTP 403 of 127.0.0.1:")

    def test_overloaded(self) -> None:
        self.answered(
            503, s3_error("SlowDown", "Please reduce your request rate."), "the store is overloaded", "try again later"
        )

    def test_broken_server(self) -> None:
        self.answered(500, "", "the store failed to answer the request (HTTP 500 of 127.0.0.1:")


class ServerErrorsTest(Case):
    def setUp(self) -> None:
        self.target = self.enterContext(targets.lance_server())

    def config(self, uri: str, **kwargs: Any) -> dict[str, Any]:
        return {"uri": uri, "connect_kwargs": {"client_config": IMPATIENT, **kwargs}}

    def test_an_address_is_a_store(self) -> None:
        for name, done in self.commands(self.config(f"{self.target.server.url}/films", api_key=targets.API_KEY)):
            self.assertEqual(done.code, 0, f"{name}: {done.err}")

    def test_the_key_may_stand_in_the_environment(self) -> None:
        project = Project({"dev": self.config("db://films", host_override=self.target.server.url)})
        project.variables["LANCEDB_API_KEY"] = targets.API_KEY
        with project.directory:
            project.write("raw/video", videos(ROWS))
            self.assertEqual(project.ids("raw/video"), ["a", "b"])

    def test_wrong_key(self) -> None:
        wrong = self.config(f"{self.target.server.url}/films", api_key=SECRET)
        self.assert_says(wrong, "the store does not accept the credentials (HTTP 401 of ", "correct api_key")

    def test_a_short_key_hides_no_words(self) -> None:
        self.assert_says(
            self.config(f"{self.target.server.url}/films", api_key="chec"),
            "correct api_key in connect_kwargs or LANCEDB_API_KEY",
        )
        nobody = self.config(f"http://127.0.0.1:{servers.free_port()}/films", api_key="chec")
        self.assert_says(nobody, "check the network")

    def test_no_network(self) -> None:
        nobody = self.config(f"http://127.0.0.1:{servers.free_port()}/films", api_key="any-key")
        self.assert_says(nobody, "there is no connection to the store (127.0.0.1:", "check the network")

    def test_answers(self) -> None:
        for status, text in (
            (403, "lack the permission"),
            (429, "overloaded"),
            (500, "failed to answer"),
            (503, "overloaded"),
        ):
            answering = Proxy(self.target.server.url, lambda request, status=status: Answer(status))
            with self.subTest(status), answering as proxy:
                self.assert_says(self.config(f"{proxy.url}/films", api_key=targets.API_KEY), text)


class ConditionalWritesTest(Case):
    """A server that ignores `If-None-Match`, like some S3-compatible ones."""

    def setUp(self) -> None:
        self.server = servers.start_s3()
        self.addCleanup(self.server.stop)
        servers.request(f"{self.server.url}/bucket", "PUT")

        def ignore(request: Any) -> None:
            del request.headers["If-None-Match"]

        proxy = Proxy(self.server.url, ignore)
        self.enterContext(proxy)
        self.config = {"uri": "s3://bucket/store", "connect_kwargs": s3_options(proxy.url)}

    def test_is_refused(self) -> None:
        project = Project({"dev": self.config})
        with project.directory:
            done = project.call("metadata", "write", "raw/video", "--from", project.file(videos(ROWS)))
        self.assertEqual(done.code, 2)
        self.assertIn("allow_unconditional_writes = true", done.err)
        listing = servers.request(f"{self.server.url}/bucket?list-type=2").decode()
        self.assertNotIn("<Key>", listing)

    def test_however_the_server_is_named(self) -> None:
        endpoint = self.config["connect_kwargs"]["storage_options"].pop("aws_endpoint")
        home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(f"[profile minio]\nregion = us-east-1\nendpoint_url = {endpoint}\n")
        for options, variables in (
            ({"AWS_ENDPOINT_URL": endpoint}, {}),
            ({"Endpoint": endpoint}, {}),
            ({}, {"aws_endpoint_url": endpoint}),
            ({}, {"ENDPOINT_URL": endpoint}),
            ({}, {"AWS_PROFILE": "minio", "HOME": str(home)}),
        ):
            with self.subTest(f"{options} {variables}"):
                kwargs = {"storage_options": {**self.config["connect_kwargs"]["storage_options"], **options}}
                project = Project({"dev": {**self.config, "connect_kwargs": kwargs}})
                project.variables |= variables
                with project.directory:
                    done = project.call("metadata", "write", "raw/video", "--from", project.file(videos(ROWS)))
                self.assertEqual(done.code, 2)
                self.assertIn("allow_unconditional_writes = true", done.err)

    def test_where_nothing_may_be_deleted_one_object_is_left(self) -> None:
        def keep(request: Any) -> Answer | None:
            deletes = request.method == "DELETE" or (request.method == "POST" and "delete" in request.path)
            return Answer(403, s3_error("AccessDenied", "no")) if deletes else None

        with Proxy(self.server.url, keep) as proxy:
            project = Project({"dev": {"uri": "s3://bucket/kept", "connect_kwargs": s3_options(proxy.url)}})
            with project.directory:
                for name in ("a", "b", "c"):
                    project.write("raw/video", videos({name: "xy"}))
                self.assertEqual(project.ids("raw/video"), ["a", "b", "c"])
                self.assertIn(": 1 table", project.call("doctor").out)
        listing = servers.request(f"{self.server.url}/bucket?list-type=2&prefix=kept").decode()
        self.assertEqual(listing.count("_metaxy_probe"), 1)

    def test_unless_the_user_opts_in(self) -> None:
        project = Project({"dev": self.config}, extension={"dev": {"allow_unconditional_writes": True}})
        with project.directory:
            project.write("raw/video", videos(ROWS))
            self.assertEqual(project.ids("raw/video"), ["a", "b"])


class EnvironmentTest(unittest.TestCase):
    """The object store libraries also read variables without a service prefix as options of a store."""

    def setUp(self) -> None:
        self.target = self.enterContext(targets.s3())

    def calls(self, variables: dict[str, str], **options: Any) -> list[Done]:
        config = self.target.new_store()
        config["connect_kwargs"]["storage_options"] |= options
        config["connect_kwargs"]["client_config"] = {"retry_config": {"retries": 0}}
        project = Project({"dev": config})
        project.variables |= variables
        with project.directory:
            written = project.call("metadata", "write", "raw/video", "--from", project.file(videos(ROWS)))
            return [written, project.call("metadata", "read", "raw/video")]

    def assert_named(self, variables: dict[str, str], text: str, code: int = 3) -> None:
        for done in self.calls(variables):
            self.assertEqual(done.code, code, done.err)
            self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)
            self.assertIn(text, done.err)
            self.assertNotIn(SECRET, done.err)

    def test_one_that_makes_no_sense(self) -> None:
        text = "TIMEOUT in the environment is taken as an option of the store and must be a duration with its unit"
        self.assert_named({"TIMEOUT": ""}, text, code=2)
        self.assert_named({"TIMEOUT": ""}, ": unset it, or set storage_options.timeout", code=2)

    def test_several(self) -> None:
        wrong = {"PROXY_URL": f"http://127.0.0.1:{servers.free_port()}", "SESSION_TOKEN": SECRET}
        self.assert_named(
            wrong,
            "; PROXY_URL, SESSION_TOKEN in the environment are taken as options of the store: unset them, or set ",
        )

    def test_what_is_set_wins(self) -> None:
        self.assertEqual([done.code for done in self.calls({"TIMEOUT": ""}, timeout="30s")], [0, 0])

    def test_variables_of_others_are_not_named(self) -> None:
        config = {"uri": "s3://bucket/store", "connect_kwargs": s3_options(f"http://127.0.0.1:{servers.free_port()}")}
        project = Project(
            {"dev": {**config, "connect_kwargs": {**config["connect_kwargs"], "client_config": IMPATIENT}}}
        )
        with project.directory:
            done = project.call("metadata", "read", "raw/video")
        self.assertEqual(done.code, 3)
        self.assertNotIn("environment", done.err)


class OptionsTest(Case):
    def assert_refused(self, uri: str, kwargs: dict[str, Any], text: str) -> None:
        self.assert_says({"uri": uri, "connect_kwargs": kwargs}, text, code=2)

    def test_unknown_ones_are_errors_that_list_the_known_ones(self) -> None:
        for kwargs, text in (
            ({"storage_option": {}}, "connect_kwargs has no option 'storage_option'; it has: storage_options, api_key, region, "
             "host_override, client_config, read_consistency_interval"),
            ({"client_config": {"timeout": 1}}, "connect_kwargs.client_config has no option 'timeout'; it has: retry_config, "
             "timeout_config"),
            ({"client_config": {"retry_config": {"retry": 1}}}, "connect_kwargs.client_config.retry_config has no option 'retry'; "
             "it has: retries, connect_retries, read_retries, backoff_factor, backoff_jitter"),
            ({"client_config": {"retry_config": {"retries": -1}}}, "retry_config.retries must be a whole number from 0 to 255"),
            ({"client_config": {"timeout_config": {"timeout": "1"}}}, "timeout_config.timeout must be a number of seconds"),
            ({"client_config": {"retry_config": {"backoff_factor": 1}}}, "object stores support only retries"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assert_refused("s3://bucket/store", kwargs, text)

    def test_misspelt_options_of_object_stores(self) -> None:
        for uri, name, meant in (
            ("s3://bucket/store", "aws_acces_key_id", "aws_access_key_id"),
            ("gs://bucket/store", "google_service_acount", "google_service_account"),
            ("az://container/store", "azure_storage_acount_key", "azure_storage_account_key"),
        ):
            with self.subTest(name):
                kwargs = {"storage_options": {name: SECRET}}
                self.assert_refused(
                    uri, kwargs, f"storage_options has no option '{name}' for {uri[:5]}; did you mean '{meant}'? It has"
                )

    def test_servers(self) -> None:
        for uri, kwargs, text in (
            ("http://127.0.0.1:9/db", {}, "set LANCEDB_API_KEY or connect_kwargs.api_key"),
            ("db://name", {}, "set LANCEDB_API_KEY or connect_kwargs.api_key"),
            (f"http://me:{SECRET}@127.0.0.1:9/db", {"api_key": "k"}, "put a key in connect_kwargs.api_key"),
            ("http://127.0.0.1:9/db", {"api_key": "k", "host_override": "http://x"}, "use only one of them"),
        ):
            with self.subTest(text):
                self.assert_refused(uri, kwargs, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
