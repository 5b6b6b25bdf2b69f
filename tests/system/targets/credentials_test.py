#!/usr/bin/env python3
"""Platform credentials: without a key in the configuration the store is opened with those of a profile, a web identity,
a container or an instance, each from its own source, which is a local server here.
"""

from __future__ import annotations

import datetime
import http.server
import json
import re
import sys
import threading
import unittest
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers
import targets
from errors_test import moto_key, moto_looks_at_keys
from project import Project, videos
from proxy import Answer, Proxy

ROWS = {"a": "xy", "b": "xy"}


class Identity:
    """A local server that provides keys in the way of the platform."""

    def __init__(self, answer: Callable[[str, str, Any], str | None]):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def reply(self) -> None:
                text = answer(self.command, self.path, self.headers)
                content = (text or "").encode()
                self.send_response(200 if text is not None else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = reply  # noqa: N815

        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def __enter__(self) -> Identity:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()


class Case(unittest.TestCase):
    server: servers.Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = servers.start_s3()
        cls.addClassCleanup(cls.server.stop)
        servers.request(f"{cls.server.url}/bucket", "PUT")

    def setUp(self) -> None:
        self.proxy = self.enterContext(Proxy(self.server.url))
        self.project = Project({"dev": {"uri": f"s3://bucket/{self.id()}"}})
        self.enterContext(self.project.directory)
        self.project.variables |= {
            "AWS_ENDPOINT": self.proxy.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            # No credentials of this machine, and no waiting for an instance metadata service.
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.project.folder / "no-credentials"),
            "AWS_CONFIG_FILE": str(self.project.folder / "no-config"),
        }

    def assert_works(self) -> None:
        self.project.write("raw/video", videos(ROWS))
        self.assertEqual(self.project.ids("raw/video"), ["a", "b"])

    def signers(self) -> set[str]:
        """The keys that requests were signed with."""
        found = (
            re.search(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))
            for request in self.proxy.requests
        )
        return {match[1] if match else "" for match in found}


class PlatformsTest(Case):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.key = moto_key(cls.server, "all", "s3:*")
        cls.role = moto_key(cls.server, "all", "s3:*", role=True)
        # A request that succeeds has the right secret: moto checks signatures.
        moto_looks_at_keys(cls.server)

    def as_json(self) -> str:
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        return json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "AccessKeyId": self.role["aws_access_key_id"],
                "SecretAccessKey": self.role["aws_secret_access_key"],
                "Token": self.role["aws_session_token"],
                "LastUpdated": later.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Expiration": later.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def test_variables(self) -> None:
        for key in (self.key, self.role):
            with self.subTest(list(key)):
                self.project.variables |= {name.upper(): value for name, value in key.items()}
                self.assert_works()

    def test_a_profile(self) -> None:
        lines = ["[other]", "aws_access_key_id = AKIANOBODY", "aws_secret_access_key = nothing", "[films]"]
        lines += [f"{name} = {value}" for name, value in self.key.items()]
        file = self.project.folder / "credentials"
        file.write_text("\n".join(lines) + "\n")
        self.project.variables |= {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_PROFILE": "films"}
        self.assert_works()
        self.assertEqual(self.signers(), {self.key["aws_access_key_id"]})

    def test_a_container(self) -> None:
        def answer(method: str, path: str, headers: Any) -> str | None:
            return self.as_json() if (path, headers["Authorization"]) == ("/role", "let-me-in") else None

        identity = self.enterContext(Identity(answer))
        self.project.variables |= {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{identity.url}/role",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let-me-in",
        }
        self.assert_works()
        self.assertEqual(self.signers(), {self.role["aws_access_key_id"]})

    def test_an_instance(self) -> None:
        def answer(method: str, path: str, headers: Any) -> str | None:
            if method == "PUT":
                return "a-session" if path == "/latest/api/token" else None
            if headers["x-aws-ec2-metadata-token"] != "a-session":
                return None
            roles = "/latest/meta-data/iam/security-credentials/"
            return {roles: "a-role", roles + "a-role": self.as_json()}.get(path)

        identity = self.enterContext(Identity(answer))
        del self.project.variables["AWS_EC2_METADATA_DISABLED"]
        self.project.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = identity.url
        self.assert_works()
        self.assertEqual(self.signers(), {self.role["aws_access_key_id"]})

    def test_nobody_gives_any(self) -> None:
        done = self.project.call("doctor", "--format", "json")
        self.assertEqual(done.code, 3, done.out + done.err)
        finding = json.loads(done.out)["checks"][0]["findings"][0]
        self.assertEqual(
            (finding["subject"], "no credentials were found" in finding["text"]), ("credentials", True), finding
        )


class WebIdentityTest(Case):
    """A workload token is exchanged for keys by moto's own token service; moto gives these all permissions."""

    def test_a_web_identity(self) -> None:
        token = self.project.folder / "token"
        token.write_text("a-token-of-this-workload")
        self.project.variables |= {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/films",
            "AWS_ENDPOINT_URL_STS": self.server.url,
        }
        self.assert_works()
        self.assertTrue(all(signer.startswith("ASIA") for signer in self.signers()), self.signers())


class TokensTest(unittest.TestCase):
    """Google's and Azure's machines get tokens, which are sent with every request."""

    def project(self, uri: str, **variables: str) -> Project:
        project = Project({"dev": {"uri": uri}})
        self.enterContext(project.directory)
        # No credentials of this machine.
        project.variables |= {"HOME": str(project.folder), **variables}
        return project

    def tokens(self, proxy: Proxy) -> set[str]:
        return {request.headers.get("Authorization", "") for request in proxy.requests}

    def test_google(self) -> None:
        def answer(method: str, path: str, headers: Any) -> str | None:
            right = (
                path.startswith("/computeMetadata/v1/instance/service-accounts/default/token")
                and headers["Metadata-Flavor"] == "Google"
            )
            return (
                json.dumps({"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"}) if right else None
            )

        identity = self.enterContext(Identity(answer))
        target = self.enterContext(targets.gcs())
        proxy = self.enterContext(Proxy(target.url))
        host = identity.url.removeprefix("http://")
        variables = {"GOOGLE_BASE_URL": proxy.url, "GOOGLE_ALLOW_HTTP": "true", "GCE_METADATA_HOST": host}
        project = self.project("gs://bucket/store", **variables)
        project.write("raw/video", videos(ROWS))
        self.assertEqual(project.ids("raw/video"), ["a", "b"])
        self.assertEqual(self.tokens(proxy), {"Bearer a-token"})

    def test_azure(self) -> None:
        def answer(method: str, path: str, headers: Any) -> str | None:
            right = path.startswith("/token?") and headers["metadata"] == "true"
            later = int(datetime.datetime.now().timestamp()) + 3600
            return json.dumps({"access_token": "a-token", "expires_on": str(later)}) if right else None

        identity = self.enterContext(Identity(answer))
        # Azurite accepts no tokens over plain HTTP.
        proxy = self.enterContext(Proxy("http://127.0.0.1:9", lambda request: Answer(403)))
        project = self.project(
            "az://container/store",
            AZURE_STORAGE_ACCOUNT_NAME="films",
            AZURE_STORAGE_ENDPOINT=proxy.url,
            AZURE_ALLOW_HTTP="true",
            AZURE_MSI_ENDPOINT=f"{identity.url}/token",
        )
        done = project.call("metadata", "read", "raw/video")
        self.assertEqual((done.code, "these credentials lack the permission" in done.err), (3, True), done.err)
        self.assertEqual(self.tokens(proxy), {"Bearer a-token"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
