#!/usr/bin/env python3
"""A LanceDB server for tests: the routes of the published REST specification that LanceDB's clients use, over a directory.

    lance_server.py PORT DIRECTORY KEY

Databases are folders of the directory, named by the header x-lancedb-database. Lists come in small pages
and rows in small batches, so that clients have something to put together. What it does not have is 501.
"""

from __future__ import annotations

import http.server
import io
import json
import re
import sys
import threading
import urllib.parse
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
from lance_schema import UnsupportedType, schema_to_json
from proxy import read_body

PAGE = 2
UNBOUNDED = 2**62
STREAM = "application/vnd.apache.arrow.stream"
FILE = "application/vnd.apache.arrow.file"


class Refused(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class Database:
    """The tables of one folder; writes are serialised."""

    def __init__(self, folder: Path):
        self.connection = lancedb.connect(folder)
        self.lock = threading.RLock()

    def names(self) -> list[str]:
        return sorted(self.connection.table_names(limit=10_000))

    def open(self, name: str, version: int | None = None) -> Any:
        # Not while it is only half created.
        with self.lock:
            if name not in self.names():
                raise Refused(404, f"Table {name} was not found")
            table = self.connection.open_table(name)
        if version is not None:
            table.checkout(version)
        return table

    def list(self, query: dict[str, str], body: bytes) -> dict[str, Any]:
        after = [name for name in self.names() if name > query.get("page_token", "")]
        page = after[: int(query.get("limit", PAGE))]
        return {"tables": page, "page_token": page[-1] if len(after) > len(page) else None}

    def create(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        rows = pa.ipc.open_stream(body).read_all()
        with self.lock:
            if name in self.names():
                raise Refused(400, f"Table {name} already exists")
            return {"version": self.connection.create_table(name, rows).version}

    def drop(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        with self.lock:
            self.open(name)
            self.connection.drop_table(name)
        return {}

    def describe(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        table = self.open(name, json.loads(body or b"{}").get("version"))
        return {"table": name, "version": table.version, "schema": schema_to_json(table.schema), "location": None}

    def insert(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        rows = pa.ipc.open_stream(body).read_all()
        with self.lock:
            table = self.open(name)
            table.add(rows)
            return {"version": table.version}

    def delete(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        with self.lock:
            table = self.open(name)
            before = table.count_rows()
            table.delete(json.loads(body)["predicate"])
            return {"version": table.version, "num_deleted_rows": before - table.count_rows()}

    def add_columns(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        schema = pa.ipc.open_stream(body).schema
        with self.lock:
            table = self.open(name)
            table.add_columns(schema)
            return {"version": table.version}

    def count_rows(self, name: str, query: dict[str, str], body: bytes) -> int:
        wanted = json.loads(body)
        return self.open(name, wanted.get("version")).count_rows(wanted.get("predicate"))

    def query(self, name: str, query: dict[str, str], body: bytes) -> bytes:
        wanted = json.loads(body)
        rows = self.open(name, wanted.get("version")).search()
        if wanted.get("filter"):
            rows = rows.where(wanted["filter"], prefilter=True)
        if wanted.get("columns") is not None:
            rows = rows.select(wanted["columns"])
        if wanted.get("with_row_id"):
            rows = rows.with_row_id(True)
        if wanted.get("offset"):
            rows = rows.offset(wanted["offset"])
        if wanted.get("k", UNBOUNDED) < UNBOUNDED:
            rows = rows.limit(wanted["k"])
        found = rows.to_arrow()
        sink = io.BytesIO()
        with pa.ipc.new_file(sink, found.schema) as writer:
            writer.write_table(found, max_chunksize=1000)
        return sink.getvalue()

    def versions(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        listed = self.open(name).list_versions()
        return {
            "versions": [
                {"version": v["version"], "timestamp_millis": int(v["timestamp"].timestamp() * 1000)} for v in listed
            ]
        }

    def tags(self, name: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        self.open(name)
        return {}


ROUTES = {
    "create": Database.create, "drop": Database.drop, "describe": Database.describe, "insert": Database.insert,
    "delete": Database.delete, "add_columns": Database.add_columns, "count_rows": Database.count_rows,
    "query": Database.query, "version/list": Database.versions, "tags/list": Database.tags,
}  # fmt: skip


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    directory: Path
    key: str
    databases: dict[str, Database] = {}
    opening = threading.Lock()

    def database(self) -> Database:
        name = self.headers.get("x-lancedb-database", "")
        if self.headers.get("x-api-key") != self.key:
            raise Refused(401, "Unauthorized")
        if not re.fullmatch(r"[\w-]+", name):
            raise Refused(400, f"no database can be named {name!r}")
        with self.opening:
            return self.databases.setdefault(name, Database(self.directory / name))

    def answer(self, body: bytes) -> Any:
        database = self.database()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = url.path.strip("/").split("/", 3)
        if parts == ["v1", "table"] and self.command == "GET":
            return database.list(query, body)
        route = ROUTES.get(parts[3]) if len(parts) == 4 and parts[:2] == ["v1", "table"] else None
        if route is None or self.command != "POST":
            raise Refused(501, f"{self.command} {url.path} is not supported by this server")
        return route(database, urllib.parse.unquote(parts[2]), query, body)

    def handle_request(self) -> None:
        body = read_body(self)
        status, kind = 200, "application/json"
        try:
            answer = self.answer(body)
            if isinstance(answer, bytes):
                kind = FILE
            else:
                answer = json.dumps(answer).encode()
        except Refused as refused:
            status, kind, answer = refused.status, "text/plain", str(refused).encode()
        except UnsupportedType as unsupported:
            status, kind, answer = 501, "text/plain", str(unsupported).encode()
        except Exception as e:  # the client's fault, as far as this server can tell
            status, kind, answer = 400, "text/plain", f"{type(e).__name__}: {e}".encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = handle_request  # noqa: N815


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    Handler.directory, Handler.key = Path(sys.argv[2]), sys.argv[3]
    Listener(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
