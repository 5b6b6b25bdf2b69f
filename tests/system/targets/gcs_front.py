"""The part of Google's XML interface that fake-gcs-server lacks and the program uses for writing: putting objects
without a signed URL.
"""

from __future__ import annotations

import http.client
import http.server
import json
import urllib.parse

from proxy import Proxy

Response = tuple[int, list[tuple[str, str]], bytes]


class GcsFront(Proxy):
    """In front of a fake-gcs-server: an object put through the XML interface becomes an upload through the JSON one."""

    def ask(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> Response:
        url = urllib.parse.urlsplit(handler.path)
        if handler.command != "PUT" or url.query:
            # It answers only to its own name.
            handler.headers.replace_header("Host", self.upstream)
            return super().ask(handler, body)
        bucket, name = url.path.lstrip("/").split("/", 1)
        query = {"uploadType": "media", "name": urllib.parse.unquote(name)}
        generation = handler.headers.get("x-goog-if-generation-match")
        if generation is not None:
            query["ifGenerationMatch"] = generation
        connection = http.client.HTTPConnection(self.upstream, timeout=120)
        try:
            path = f"/upload/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}"
            connection.request("POST", path, body, {"Content-Type": "application/octet-stream"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            return response.status, [], content
        described = json.loads(content)
        return 200, [("ETag", described["etag"]), ("x-goog-generation", str(described["generation"]))], b""
