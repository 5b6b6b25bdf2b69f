#!/usr/bin/env python3
"""Writes to tables of a store with the lancedb package, as others do: one command per line of JSON on standard input,
answered by a line "ok", or the failure.

    {"uri": DIRECTORY, "table": NAME, "do": WHAT, "seed": N}
"""

import json
import random
import sys

import lancedb
import pyarrow as pa


def append(table, rng: random.Random) -> None:
    """Rows that are there already: the same, or with another time."""
    rows = table.to_arrow()
    if rows.num_rows == 0:
        return
    picked = rows.take(pa.array([rng.randrange(rows.num_rows) for _ in range(rng.randrange(1, 4))]))
    table.add(picked)


def delete(table, rng: random.Random) -> None:
    column = next((name for name in table.schema.names if name.endswith("_n")), None)
    if column is not None:
        table.delete(f"{column} > {rng.randrange(0, 100)}")


def update(table, rng: random.Random) -> None:
    """Rewrites the rows in question: their provenance is another one."""
    column = next((name for name in table.schema.names if name.endswith("_n")), None)
    if column is not None and "metaxy_provenance" in table.schema.names:
        table.update(
            where=f"{column} > {rng.randrange(0, 100)}", values={"metaxy_provenance": f"by-python-{rng.randrange(3)}"}
        )


def optimize(table, _: random.Random) -> None:
    table.optimize()


def restore(table, rng: random.Random) -> None:
    versions = [version["version"] for version in table.list_versions()]
    table.restore(rng.choice(versions))


def fill_column(table, rng: random.Random) -> None:
    """A column with values in files of its own, which nothing reads; nullable, for rows that lack it."""
    table.add_columns({f"extra_{rng.randrange(10**9)}": "metaxy_provenance"})


def drop_column(table, _: random.Random) -> None:
    extra = next((name for name in table.schema.names if name.startswith("extra_")), None)
    if extra is not None:
        table.drop_columns([extra])


DO = {f.__name__: f for f in (append, delete, update, optimize, restore, fill_column, drop_column)}


def main() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        try:
            table = lancedb.connect(command["uri"]).open_table(command["table"])
            DO[command["do"]](table, random.Random(command["seed"]))
            answer = "ok"
        except Exception as error:  # noqa: BLE001
            answer = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(answer, flush=True)


if __name__ == "__main__":
    main()
