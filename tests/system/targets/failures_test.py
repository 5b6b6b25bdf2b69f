#!/usr/bin/env python3
"""Responses that are not from the store, and obstacles between it and the program: each provoked on the loopback
interface, each reported in one line with a remedy and exit code 3.

An unreachable store is never mistaken for one without tables: reading, resolving, a chain of stores and `doctor` fail
alike.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers
from project import Done, Project, videos
from targets import s3_options

ROWS = {"a": "xy", "b": "xy"}
PAGE = "<!doctype html><html><head><title>Console</title></head><body>please log in</body></html>"
IMPATIENT = {"retry_config": {"retries": 0}, "timeout_config": {"timeout": 2, "connect_timeout": 2}}
NOISE = ("RetryError", "Generic {", ".rs", "hyper", "panicked", "request_id", "<html", "Error performing", "reqwest")


@contextlib.contextmanager
def http_server(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                super().handle_one_request()
                return
            self.close_connection = True

        def any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = any  # noqa: N815

    class Listener(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # A client that does not accept a certificate.

    listener = Listener(("127.0.0.1", 0), Handler)
    if context:
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def answering(
    status: int, body: str = PAGE, kind: str = "text/html", **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body.encode())

    return answer


def of_a_static_server(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A page for the bucket, and "not found" as a page for all below it."""
    answering(200 if handler.path.split("?")[0].count("/") == 1 else 404)(handler)


@contextlib.contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Each connection is passed to `serve`, and closed afterwards."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    kept.append(connection)
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for connection in kept:
            connection.close()


def cut(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.shutdown(socket.SHUT_RDWR)


def cut_in_the_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 5000\r\n\r\n<?xml version")
    connection.shutdown(socket.SHUT_RDWR)


def hang_in_the_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 5000\r\n\r\n<?xml version")
    never(connection)


def never(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def of_ssh(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    connection.recv(65536)
    connection.shutdown(socket.SHUT_RDWR)


def certificate(folder: Path, days: str) -> ssl.SSLContext:
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    names = [
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days, *files, *names],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


NOT_THE_STORE = ("is not from the store, but from a web page, a proxy or another service", "check the address")


class Case(unittest.TestCase):
    def config(self, url: str) -> dict[str, Any]:
        raise NotImplementedError

    def assert_fails(self, url: str, *texts: str, written: tuple[str, ...] | None = None) -> None:
        """Each command fails with one line of these words, `written` if it writes; the chain names the store, and does
        not continue with the next.
        """
        folder = self.enterContext(tempfile.TemporaryDirectory())
        stores = {
            "dev": {"uri": f"{folder}/dev", "fallback_stores": ["staging"]},
            "staging": {**self.config(url), "fallback_stores": ["old"]},
            "old": {"uri": f"{folder}/old"},
        }
        project = Project(stores)
        with project.directory:
            project.write("raw/video", videos(ROWS), "--store", "old")
            for name, command in {
                "read": ("metadata", "read", "raw/video", "--store", "staging"),
                "write": ("metadata", "write", "raw/video", "--store", "staging", "--from", project.file(videos(ROWS))),
                "chain": ("metadata", "resolve", "crop", "--count"),
                "read in a chain": ("metadata", "read", "raw/video"),
                "doctor": ("doctor", "staging"),
            }.items():
                with self.subTest(name):
                    done = project.call(*command)
                    self.assertEqual(done.code, 3, done.err + done.out)
                    said = done.out + done.err
                    for text in written if written is not None and name == "write" else texts:
                        self.assertIn(text, said)
                    for noise in NOISE:
                        self.assertNotIn(noise, said)
                    if name != "doctor":
                        self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)
                        self.assertIn("; ", done.err, "there is no remedy")
                    if "chain" in name:
                        self.assertIn("fallback store 'staging'", done.err)

    def assert_answer(self, answer: Callable[[http.server.BaseHTTPRequestHandler], None], *texts: str) -> None:
        with http_server(answer) as url:
            self.assert_fails(url, *texts)

    def assert_raw(
        self, serve: Callable[[socket.socket], None], *texts: str, written: tuple[str, ...] | None = None
    ) -> None:
        with raw_server(serve) as url:
            self.assert_fails(url, *texts, written=written)


class S3FailuresTest(Case):
    def config(self, url: str) -> dict[str, Any]:
        return {"uri": "s3://bucket/store", "connect_kwargs": {**s3_options(url), "client_config": IMPATIENT}}

    def test_a_page(self) -> None:
        self.assert_answer(answering(200), *NOT_THE_STORE)

    def test_a_page_with_the_kind_of_xml(self) -> None:
        self.assert_answer(answering(200, PAGE, "application/xml"), *NOT_THE_STORE)

    def test_a_page_for_the_bucket_alone(self) -> None:
        self.assert_answer(of_a_static_server, *NOT_THE_STORE)

    def test_other_xml(self) -> None:
        self.assert_answer(answering(200, "<feed><title>news</title></feed>", "application/xml"), *NOT_THE_STORE)

    def test_json(self) -> None:
        self.assert_answer(answering(200, '{"status": "ok"}', "application/json"), *NOT_THE_STORE)

    def test_nothing(self) -> None:
        self.assert_answer(answering(200, ""), *NOT_THE_STORE)

    def test_a_redirect_to_a_login(self) -> None:
        with http_server(answering(200)) as login:
            self.assert_answer(answering(302, PAGE, Location=f"{login}/login"))

    def test_statuses(self) -> None:
        for status, texts in {
            400: ("the store refused the request (HTTP 400 of 127.0.0.1:",),
            404: NOT_THE_STORE,
            405: NOT_THE_STORE,
            407: ("a proxy requires authentication (HTTP 407 of 127.0.0.1:", "proxy_url"),
            410: NOT_THE_STORE,
            418: ("the store refused the request (HTTP 418 of 127.0.0.1:",),
            451: ("the store refused the request (HTTP 451 of 127.0.0.1:",),
            500: ("the store failed to answer the request (HTTP 500 of 127.0.0.1:",),
            511: ("the network requires a login", "(HTTP 511 of 127.0.0.1:"),
            599: ("the store failed to answer the request (HTTP 599 of 127.0.0.1:",),
        }.items():
            with self.subTest(status):
                self.assert_answer(answering(status), *texts)

    def test_nobody_listens(self) -> None:
        self.assert_fails(
            f"http://127.0.0.1:{servers.free_port()}",
            "there is no connection to the store (127.0.0.1:",
            "check the network",
        )

    def test_no_such_host(self) -> None:
        self.assert_fails(
            "http://nowhere.invalid:9", "the store's host name has no address (nowhere.invalid:9)", "check the network"
        )

    def test_cut(self) -> None:
        self.assert_raw(cut, "the connection was closed", "try again")

    def test_cut_in_the_body(self) -> None:
        self.assert_raw(cut_in_the_body, "the connection was closed", "try again", written=NOT_THE_STORE)

    def test_silence(self) -> None:
        self.assert_raw(never, "the store did not answer in time (127.0.0.1:", "try again, or allow more time")

    def test_silence_in_the_body(self) -> None:
        self.assert_raw(
            hang_in_the_body, "the store did not answer in time", "try again, or allow more time", written=NOT_THE_STORE
        )

    def test_another_protocol(self) -> None:
        # Whether its greeting or the end of the connection is seen first depends on timing.
        self.assert_raw(of_ssh)

    def test_tls_on_a_plain_port(self) -> None:
        with http_server(answering(200)) as url:
            self.assert_fails(
                url.replace("http://", "https://"),
                "the server does not speak TLS",
                "check the address, its scheme and port",
            )

    def test_certificates(self) -> None:
        for days, text in (
            ("30", "it is not signed by a trusted authority"),
            ("-1", "certificate is not accepted (127.0.0.1:"),
        ):
            with self.subTest(days), tempfile.TemporaryDirectory() as folder:
                try:
                    context = certificate(Path(folder), days)
                except subprocess.CalledProcessError:
                    print(f"skipped: openssl makes no certificate of {days} days; take a newer one", flush=True)
                    continue
                with http_server(answering(200), context) as url:
                    self.assert_fails(url, text, "check the address, its scheme and port")

    def test_a_certificate_of_ones_own(self) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            http_server(answering(200), certificate(Path(folder), "30")) as url,
        ):
            os.environ["SSL_CERT_FILE"] = f"{folder}/cert.pem"
            self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
            self.assert_fails(url, *NOT_THE_STORE)

    def test_plain_on_a_tls_port(self) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            http_server(answering(200), certificate(Path(folder), "30")) as url,
        ):
            self.assert_fails(url.replace("https://", "http://"))


class ServerFailuresTest(Case):
    def config(self, url: str) -> dict[str, Any]:
        return {"uri": f"{url}/films", "connect_kwargs": {"api_key": "any-key", "client_config": IMPATIENT}}

    def test_a_page(self) -> None:
        self.assert_answer(answering(200), *NOT_THE_STORE)

    def test_other_json(self) -> None:
        self.assert_answer(answering(200, '{"status": "ok"}', "application/json"), *NOT_THE_STORE)

    def test_statuses(self) -> None:
        for status, texts in {
            404: NOT_THE_STORE,
            407: ("a proxy requires authentication (HTTP 407 of 127.0.0.1:",),
            413: ("the server does not accept requests of this size (HTTP 413 of 127.0.0.1:", "write fewer rows"),
            418: ("the store refused the request (HTTP 418 of 127.0.0.1:",),
            511: ("the network requires a login", "(HTTP 511 of 127.0.0.1:"),
            599: ("the store failed to answer the request (HTTP 599 of 127.0.0.1:",),
        }.items():
            with self.subTest(status):
                self.assert_answer(answering(status), *texts)

    def test_cut(self) -> None:
        self.assert_raw(cut, "the connection was closed", "try again")

    def test_silence(self) -> None:
        self.assert_raw(never, "the store did not answer in time", "try again, or allow more time")

    def test_silence_in_the_body(self) -> None:
        self.assert_raw(hang_in_the_body, "the store did not answer in time", "try again, or allow more time")

    def test_tls_on_a_plain_port(self) -> None:
        with http_server(answering(200)) as url:
            self.assert_fails(
                url.replace("http://", "https://"),
                "the server does not speak TLS",
                "check the address, its scheme and port",
            )


class OneRequestTest(unittest.TestCase):
    """`retries = 0` is one request, whatever sends it."""

    def requests(self, serve: Callable[[socket.socket], None], *command: str) -> int:
        seen: list[None] = []

        def count(connection: socket.socket) -> None:
            seen.append(None)
            serve(connection)

        with raw_server(count) as url:
            project = Project(
                {"dev": {"uri": "s3://bucket/store", "connect_kwargs": {**s3_options(url), "client_config": IMPATIENT}}}
            )
            with project.directory:
                self.assertEqual(project.call(*command).code, 3)
        return len(seen)

    def test_of_a_store_that_does_not_answer(self) -> None:
        for serve in (never, cut):
            for command in (("metadata", "read", "raw/video"), ("doctor",)):
                with self.subTest(f"{serve.__name__} {command}"):
                    self.assertEqual(self.requests(serve, *command), 1)


WITHOUT_LINKS = """
#include <errno.h>
int link(const char* from, const char* to) { errno = ERROR; return -1; }
int linkat(int from, const char* name, int to, const char* new_name, int flags) { errno = ERROR; return -1; }
"""


class DirectoriesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = self.folder / "store"
        self.project = Project({"dev": {"uri": str(self.store)}})
        self.enterContext(self.project.directory)
        self.project.write("raw/video", videos({f"{n:05}": "xy" for n in range(2000)}))

    def assert_fails(self, done: Done, *texts: str) -> None:
        self.assertEqual((done.code, done.out), (3, ""), done.err)
        self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)
        for text in (*texts, "; "):
            self.assertIn(text, done.err)

    def test_a_temporary_directory_that_is_not_there(self) -> None:
        self.project.variables["TMPDIR"] = "/nonexistent/spill"
        done = self.project.call("metadata", "resolve", "crop", "--count", "--memory-limit", "1KiB")
        self.assert_fails(done, "'/nonexistent/spill', which TMPDIR names")

    def test_without_a_home(self) -> None:
        for variables in ({}, {"HOME": ""}, {"HOME": "/nonexistent"}):
            with self.subTest(variables):
                self.project.variables.pop("HOME", None)
                self.project.variables.update(variables)
                self.assertEqual(self.project.call("metadata", "resolve", "crop", "--count").code, 0)
                self.project.write("raw/video", videos({"new": "xy"}))

    def test_a_store_below_a_home_that_is_not_known(self) -> None:
        project = Project({"dev": {"uri": "~nobody-of-this-name/store"}})
        with project.directory:
            done = project.call("metadata", "read", "raw/video")
            self.assertEqual(done.code, 2, done.err)
            self.assertIn("nobody-of-this-name", done.err)

    def test_file_systems_without_hard_links(self) -> None:
        """A commit is a link to a finished file. vfat and some network file systems have none; here the calls fail as there."""
        compiler = shutil.which("cc")
        if compiler is None:
            print("skipped: no C compiler was found to make a library that forbids hard links; install gcc", flush=True)
            return
        before = self.project.ids("raw/video")
        rows = {"raw/video": videos({"new": "xy"}), "crop": self.project.resolve("crop")["new"]}
        writes = {
            feature: ("metadata", "write", feature, "--from", self.project.file(frame))
            for feature, frame in rows.items()
        }
        for error in ("EPERM", "EOPNOTSUPP", "ENOSYS"):
            library = self.folder / f"{error}.so"
            source = WITHOUT_LINKS.replace("ERROR", error).encode()
            subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)], input=source, check=True)
            self.project.variables["LD_PRELOAD"] = str(library)
            for feature, write in writes.items():
                with self.subTest(f"{error} {feature}"):
                    self.assert_fails(self.project.call(*write), "does not support hard links", "move the store")
            # To read it needs none.
            self.assertEqual(self.project.ids("raw/video"), before)
            del self.project.variables["LD_PRELOAD"]
        done = self.project.call("metadata", "read", "crop")
        self.assertEqual(done.code, 2, "the first write left a table")
        self.assertIn("has no table", done.err)

    def test_files_with_odd_names_beside_those_of_a_table(self) -> None:
        table = next(self.store.glob("raw*.lance"))
        for folder in (self.store, table, table / "data", table / "_versions", table / "_transactions"):
            for name in ("a b", "ü%20", ".nfs0001", "x.tmp", "#1.manifest~"):
                folder.joinpath(name).write_bytes(b"not of the table")
            folder.joinpath("a folder").mkdir()
        self.assertEqual(len(self.project.ids("raw/video")), 2000)
        self.project.write("raw/video", videos({"new": "xy"}))
        self.assertEqual(len(self.project.ids("raw/video")), 2001)
        self.project.run("metadata", "compact", "raw/video", "--older-than", "0s")
        self.assertEqual(len(self.project.ids("raw/video")), 2001)
        self.assertEqual(self.project.call("doctor").code, 0)
        self.assertEqual(self.project.call("metadata", "resolve", "crop", "--count").code, 0)

    def test_a_file_whose_name_is_no_text(self) -> None:
        """What lists the folder says which file it is; reading and writing list nothing."""
        table = next(self.store.glob("raw*.lance"))
        for folder, name in itertools.product(
            (table, table / "data", table / "_versions"), ("name-\udcff", "name-\n2")
        ):
            with self.subTest(f"{folder.name} {name!r}"):
                file = folder / name
                file.write_bytes(b"not of the table")
                self.assertEqual(self.project.call("metadata", "read", "raw/video", "--limit", "1").code, 0)
                self.project.write("raw/video", videos({"new": "xy"}))
                compact = ("metadata", "compact", "raw/video", "--older-than", "0s")
                done = self.project.call(*compact)
                if done.code != 0:
                    self.assert_fails(done, "is not UTF-8 or has control characters", "/name-", "rename or delete it")
                file.unlink()
                self.project.run(*compact)


if __name__ == "__main__":
    unittest.main(verbosity=2)
