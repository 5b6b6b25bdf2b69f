#!/usr/bin/env python3
"""A worker in Python, through the C interface: records failures of random samples, and clears some of them.

    worker.py LIBRARY CONFIG SAMPLES SEED ROUNDS

SAMPLES has a JSON object per line, with `id` and `metaxy_provenance`. Prints how many attempts it recorded and cleared.
"""

import ctypes
import json
import random
import sys
from pathlib import Path

import pyarrow as pa

FEATURE = b"crop"
KINDS = ("Broken", "Memory", "RateLimit", "Timeout")


class Error(ctypes.Structure):
    pass


Error._fields_ = [
    ("code", ctypes.c_int32),
    ("retryable", ctypes.c_int32),
    ("message", ctypes.c_char_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(Error))),
]


class RecordOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("kind", ctypes.c_char_p),
        ("message", ctypes.c_char_p),
        ("materialization_id", ctypes.c_char_p),
        ("dry_run", ctypes.c_int32),
        ("execution", ctypes.c_void_p),
    ]


class Selection(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("features", ctypes.POINTER(ctypes.c_char_p)),
        ("num_features", ctypes.c_size_t),
        ("kinds", ctypes.POINTER(ctypes.c_char_p)),
        ("num_kinds", ctypes.c_size_t),
        ("filters", ctypes.POINTER(ctypes.c_char_p)),
        ("num_filters", ctypes.c_size_t),
        ("execution", ctypes.c_void_p),
    ]


class Cleared(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("failures", ctypes.c_int64), ("attempts", ctypes.c_int64)]


class Store:
    def __init__(self, library: str, config: str) -> None:
        self.library = ctypes.CDLL(library)
        self.project, self.store = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("metaxy_project_load", config.encode(), None, ctypes.byref(self.project))
        write = 1
        self.call("metaxy_store_open", self.project, None, ctypes.c_int32(write), None, ctypes.byref(self.store))

    def call(self, name: str, *arguments: object) -> None:
        error = Error()
        if getattr(self.library, name)(*arguments, ctypes.byref(error)) != 0:
            sys.exit(f"{name}: {error.message.decode()}")

    def record(self, rows: pa.Table, kind: str) -> int:
        stream = ctypes.create_string_buffer(5 * ctypes.sizeof(ctypes.c_void_p))
        rows.to_reader()._export_to_c(ctypes.addressof(stream))
        options = RecordOptions(ctypes.sizeof(RecordOptions), kind.encode(), b"from Python", None, 0, None)
        recorded = ctypes.c_int64()
        self.call(
            "metaxy_store_record_failures", self.store, FEATURE, stream, ctypes.byref(options), ctypes.byref(recorded)
        )
        return recorded.value

    def clear(self, kind: str) -> int:
        kinds = (ctypes.c_char_p * 1)(kind.encode())
        selection = Selection(ctypes.sizeof(Selection), None, 0, kinds, 1, None, 0, None)
        cleared = Cleared(ctypes.sizeof(Cleared), 0, 0)
        self.call("metaxy_store_clear_failures", self.store, ctypes.byref(selection), ctypes.byref(cleared))
        return cleared.attempts

    def close(self) -> None:
        self.call("metaxy_store_close", self.store, None)


def main() -> None:
    library, config, samples, seed, rounds = sys.argv[1:]
    rows = pa.Table.from_pylist([json.loads(line) for line in Path(samples).read_text().splitlines()])
    rows = rows.select(["id", "metaxy_provenance"])
    chance = random.Random(int(seed))
    store = Store(library, config)
    recorded = cleared = 0
    for _ in range(int(rounds)):
        some = sorted(chance.sample(range(len(rows)), chance.randint(1, len(rows))))
        recorded += store.record(rows.take(some), chance.choice(KINDS))
        if chance.random() < 0.3:
            cleared += store.clear(chance.choice(KINDS))
    store.close()
    print(json.dumps({"recorded": recorded, "cleared": cleared}))


if __name__ == "__main__":
    main()
