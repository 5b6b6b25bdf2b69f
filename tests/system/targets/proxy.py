"""A proxy between the program and a target's server: it counts requests, and disturbs them on demand."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
import time
from dataclasses import dataclass
from typing import Callable


@dataclass
class Request:
    number: int
    method: str
    path: str
    headers: http.client.HTTPMessage
    sent: int
    status: int = 0
    received: int = 0


@dataclass
class Answer:
    """Instead of the server's response."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Cut:
    """Closes the connection: before the server sees the request, or with only this part of its response."""

    before: bool = True
    part: float = 0.0


@dataclass
class Delay:
    seconds: float


@dataclass
class Hang:
    """No answer until the proxy ends: before the server sees the request, or with only its headers and this part of its body."""

    before: bool = False
    part: float | None = None


Harm = Answer | Cut | Delay | Hang | None
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}


class Proxy:
    """`harm` decides about each request; it is called by several threads, one at a time."""

    def __init__(self, upstream: str, harm: Callable[[Request], Harm] = lambda request: None, port: int = 0):
        self.upstream = upstream.removeprefix("http://")
        self.harm = harm
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.hangs = threading.Event()  # a request does
        self.ended = threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def pass_on(self) -> None:
                proxy.pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self.listener = Listener(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()

    def pass_on(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = read_body(handler)
        with self.lock:
            request = Request(len(self.requests), handler.command, handler.path, handler.headers, len(body))
            self.requests.append(request)
            harm = self.harm(request)
        if isinstance(harm, Delay):
            time.sleep(harm.seconds)
        elif isinstance(harm, Answer):
            request.status = harm.status
            answer(handler, harm.status, harm.headers, harm.body.encode())
            return
        elif isinstance(harm, Cut) and harm.before:
            cut(handler)
            return
        elif isinstance(harm, Hang) and harm.before:
            self.hang()
            return
        status, headers, content = self.ask(handler, body)
        request.status, request.received = status, len(content)
        if isinstance(harm, Hang) and harm.part is None:
            self.hang()
            return
        part = harm.part if isinstance(harm, (Cut, Hang)) else None
        answer(handler, status, headers, content, part)
        if isinstance(harm, Hang):
            self.hang()
        if part is not None:
            cut(handler)

    def hang(self) -> None:
        self.hangs.set()
        self.ended.wait()

    def ask(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=120)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)
            if body or handler.command in ("PUT", "POST"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
            headers = response.getheaders()
            if handler.command == "HEAD":
                headers = [(n, v) for n, v in headers if n.lower() != "transfer-encoding"]
            return response.status, headers, content
        finally:
            connection.close()


def read_body(handler: http.server.BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Expect", "").lower() == "100-continue":
        handler.send_response_only(100)
        handler.end_headers()
    if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
        chunks = []
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            chunks.append(handler.rfile.read(size))
            handler.rfile.readline()
        handler.rfile.readline()
        return b"".join(chunks)
    return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


def answer(handler, status: int, headers, content: bytes, part: float | None = None) -> None:
    handler.send_response_only(status)
    head = handler.command == "HEAD"
    for name, value in headers:
        if name.lower() not in HOP_BY_HOP or (head and name.lower() == "content-length"):
            handler.send_header(name, value)
    if not head:
        handler.send_header("Content-Length", str(len(content)))
    if part is not None:
        handler.end_headers()
        handler.wfile.write(content[: int(len(content) * part)])
        handler.wfile.flush()
        return
    handler.end_headers()
    handler.wfile.write(content)


def cut(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
