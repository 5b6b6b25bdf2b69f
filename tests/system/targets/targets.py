"""The targets that a store's uri can name, each with everything needed to run it locally."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterator

import servers
from gcs_front import GcsFront

Configuration = dict[str, Any]


@dataclass
class Target:
    """Where stores can be created: `root` is the prefix of their names."""

    name: str
    title: str
    root: str
    connect_kwargs: Configuration = field(default_factory=dict)
    server: servers.Server | None = None
    # Operations that it refuses, and how the program says so.
    unsupported: dict[str, str] = field(default_factory=dict)
    # The same settings as variables, for programs that are not given any.
    environment: dict[str, str] = field(default_factory=dict)
    join: str = "/"
    # The address in connect_kwargs, if it differs from the server's own.
    front: str = ""
    # A root that works with just the environment, if it is a different one.
    plain_root: str = ""
    # Operations that cannot be tried, as they are not the same each time.
    untried: frozenset[str] = frozenset()
    # Whether the table in the docs has a column for it.
    documented: bool = True

    @property
    def url(self) -> str:
        return self.front or self.server.url

    def new_store(self) -> Configuration:
        """The `[stores.NAME.config]` of a store that does not exist yet."""
        uri = f"{self.root}{self.join}{uuid.uuid4().hex[:12]}"
        return {"uri": uri, **({"connect_kwargs": self.connect_kwargs} if self.connect_kwargs else {})}


@contextlib.contextmanager
def local() -> Iterator[Target]:
    folder = tempfile.mkdtemp(prefix="metaxy-targets-")
    try:
        yield Target("local", "a directory", folder)
    finally:
        shutil.rmtree(folder)


S3_KEY = "AKIAIOSFODNN7EXAMPLE"
S3_SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"


def s3_options(url: str) -> Configuration:
    return {
        "storage_options": {
            "aws_access_key_id": S3_KEY,
            "aws_secret_access_key": S3_SECRET,
            "aws_region": "us-east-1",
            "aws_endpoint": url,
            "allow_http": True,
        }
    }


@contextlib.contextmanager
def s3() -> Iterator[Target]:
    with servers.start_s3() as server:
        servers.request(f"{server.url}/bucket", "PUT")
        variables = {
            "AWS_ACCESS_KEY_ID": S3_KEY,
            "AWS_SECRET_ACCESS_KEY": S3_SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT": server.url,
            "AWS_ALLOW_HTTP": "true",
        }
        yield Target(
            "s3", "`s3://` (moto)", "s3://bucket/stores", s3_options(server.url), server, environment=variables
        )


API_KEY = "a-key-of-the-tests"
# What clients cannot ask for, as servers look after their tables themselves.
BY_SERVERS = {"compact": "not supported by this target", "snapshots": "snapshots are not supported by store"}


def on_server(name: str, title: str, server: servers.Server, unsupported: dict[str, str]) -> Target:
    variables = {"LANCEDB_API_KEY": API_KEY}
    kwargs = {"api_key": API_KEY, "host_override": server.url}
    plain = f"{server.url}/db_"
    return Target(name, title, "db://db_", kwargs, server, unsupported, variables, join="", plain_root=plain)


@contextlib.contextmanager
def lance_server() -> Iterator[Target]:
    with (
        tempfile.TemporaryDirectory(prefix="metaxy-targets-") as folder,
        servers.start_lance(folder, API_KEY) as server,
    ):
        yield on_server("remote", "`db://`, `http(s)://` (test server)", server, BY_SERVERS)


# It takes new columns as SQL expressions only, where clients send their types, and no request beyond 2 MB.
BY_LANCE = {**BY_SERVERS, "evolve": "cannot do it in one commit", "read_large": "HTTP 413"}
# Of several who create a table at once, it tells several that they did, and keeps the rows of one.
LOST = frozenset({"many_writers"})


@contextlib.contextmanager
def lance_adapter() -> Iterator[Target]:
    with tempfile.TemporaryDirectory(prefix="metaxy-targets-") as folder, servers.start_lance_adapter(folder) as server:
        target = on_server("adapter", "`db://` (Lance's REST adapter)", server, BY_LANCE)
        yield replace(target, untried=LOST, documented=False)


@contextlib.contextmanager
def azure() -> Iterator[Target]:
    with servers.start_azure() as server:
        servers.make_azure_container(server, "container")
        options = {
            "azure_storage_account_name": servers.AZURE_ACCOUNT,
            "azure_storage_account_key": servers.AZURE_KEY,
            "azure_storage_endpoint": f"{server.url}/{servers.AZURE_ACCOUNT}",
            "allow_http": True,
        }
        variables = {name.upper(): value for name, value in options.items() if name != "allow_http"} | {
            "AZURE_STORAGE_ALLOW_HTTP": "true"
        }
        yield Target(
            "azure",
            "`az://` (Azurite)",
            "az://container/stores",
            {"storage_options": options},
            server,
            environment=variables,
        )


@contextlib.contextmanager
def gcs() -> Iterator[Target]:
    with servers.start_gcs() as server, GcsFront(server.url) as front:
        account = {
            "gcs_base_url": front.url,
            "disable_oauth": True,
            "client_email": "",
            "private_key": "",
            "private_key_id": "",
        }
        options = {"google_service_account_key": json.dumps(account), "allow_http": True}
        variables = {"GOOGLE_SERVICE_ACCOUNT_KEY": options["google_service_account_key"], "GOOGLE_ALLOW_HTTP": "true"}
        title = "`gs://` (fake-gcs-server)"
        yield Target(
            "gcs",
            title,
            "gs://bucket/stores",
            {"storage_options": options},
            server,
            environment=variables,
            front=front.url,
        )


TARGETS: dict[str, Callable[[], contextlib.AbstractContextManager[Target]]] = {
    "local": local,
    "s3": s3,
    "gcs": gcs,
    "azure": azure,
    "remote": lance_server,
    "adapter": lance_adapter,
}
QUICK = ("local", "s3", "remote")
