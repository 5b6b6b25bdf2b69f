#!/usr/bin/env python3
"""Lance's own server of its REST protocol, so that LanceDB's clients can use it.

    lance_adapter.py PORT DIRECTORY

The server is `lance.namespace.RestAdapter` of the package pylance, one for each database, which is a folder of the
directory. It and the clients of lancedb 0.40 and 0.41 do not understand each other in some places; a front mends these and
nothing else:

- a table's version and schema come only if they are asked for (`load_detailed_metadata`);
- a schema has other names of types than clients read, and timestamps without their units;
- a query has a vector and columns as lists, which are wanted in objects, and its greatest number of rows does not fit;
- a request without a body is refused, as it is not JSON;
- tags come inside of an object `tags`.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from pathlib import Path
from typing import Any

import lance
import lance.namespace
from lance_schema import schema_to_json
from proxy import HOP_BY_HOP, Proxy


def as_wanted(query: dict[str, Any]) -> dict[str, Any]:
    columns = query.pop("columns", None)
    if columns is not None:
        query["columns"] = {"column_names": columns}
    return {**query, "vector": {}, "k": min(query["k"], 2**31 - 1)}


class Front(Proxy):
    def __init__(self, directory: Path, port: int):
        self.directory = directory
        self.adapters: dict[str, Any] = {}
        self.opening = threading.Lock()
        super().__init__("", port=port)

    def adapter(self, database: str) -> Any:
        with self.opening:
            if database not in self.adapters:
                folder = self.directory / database
                folder.mkdir(exist_ok=True)
                options = {"root": str(folder), "manifest_enabled": "false", "dir_listing_enabled": "true"}
                self.adapters[database] = lance.namespace.RestAdapter("dir", options, port=0)
                self.adapters[database].start()
            return self.adapters[database]

    def ask(self, handler: Any, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        adapter = self.adapter(handler.headers.get("x-lancedb-database", "none"))
        route, _, query = handler.path.partition("?")
        route = route.rstrip("/")
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        if route.endswith("/describe"):
            query += "&load_detailed_metadata=true"
        if handler.command == "POST" and not body:
            body, headers["Content-Type"] = b"{}", "application/json"
        if route.endswith("/query"):
            body = json.dumps(as_wanted(json.loads(body))).encode()
        connection = http.client.HTTPConnection("127.0.0.1", adapter.port, timeout=120)
        try:
            connection.request(handler.command, f"{route}?{query}", body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status == 200 and route.endswith("/describe"):
            table = json.loads(content)
            table["schema"] = schema_to_json(lance.dataset(table["location"], version=table["version"]).schema)
            content = json.dumps(table).encode()
        if response.status == 200 and route.endswith("/tags/list"):
            content = json.dumps(json.loads(content)["tags"]).encode()
        return response.status, response.getheaders(), content


if __name__ == "__main__":
    front = Front(Path(sys.argv[2]), int(sys.argv[1]))
    front.thread.join()
