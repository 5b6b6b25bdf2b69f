"""Computing samples one by one: what is raised for one of them is recorded, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Union

from metaxy_cpp import errors
from metaxy_cpp.failures import Failures
from metaxy_cpp.graph import FeatureKeyLike
from metaxy_cpp.rows import Rows, table_of

if TYPE_CHECKING:
    import pyarrow

Caught = Union[type[Exception], tuple[type[Exception], ...]]
"""Exceptions that are recorded."""


# Of which dicts are made.
_ROWS_AT_ONCE = 1024


class _Failure(NamedTuple):
    kind: str
    message: str
    attempts: int
    time: datetime


class _Batch:
    """Rows, and what has become of each."""

    def __init__(self, rows: pyarrow.RecordBatch) -> None:
        self.rows = rows
        # By the number of the row; a row that was not tried, or was left, is in neither.
        self.computed: dict[int, dict[str, Any]] = {}
        self.failed: dict[int, _Failure] = {}

    def fail(self, row: int, error: Exception) -> None:
        before = self.failed.get(row)
        attempts = 1 if before is None else before.attempts + 1
        self.computed.pop(row, None)
        self.failed[row] = _Failure(type(error).__name__, _text_of(error), attempts, datetime.now(UTC))

    def succeed(self, row: int, computed: dict[str, Any]) -> None:
        self.failed.pop(row, None)
        self.computed[row] = computed

    def take(self, numbers: list[int]) -> pyarrow.Table:
        import pyarrow

        table = pyarrow.Table.from_batches([self.rows])
        try:
            return table.take(pyarrow.array(numbers, pyarrow.int64()))
        except pyarrow.ArrowNotImplementedError:  # For some types, such as views.
            return pyarrow.concat_tables([table.slice(0, 0), *[table.slice(number, 1) for number in numbers]])


class Attempt:
    """A sample that is to be computed, as a context in which it is: what is raised there is its failure.

        with attempt as row:
            row["text"] = transcribe(row["path"])

    What is set in the row becomes columns of `Attempts.results`. The context may be entered again to try the sample
    once more: the last attempt counts, and the failed ones are counted. Each may be used by another thread.

    Attributes:
        error: What the last attempt has raised; None if it has succeeded.
    """

    error: Exception | None

    def __init__(self, batch: _Batch, number: int, given: dict[str, Any], catch: Caught) -> None:
        self._batch = batch
        self._number = number
        self._given = given
        self._catch = catch
        self._row: dict[str, Any] = {}
        self.error = None

    def __enter__(self) -> dict[str, Any]:
        self._row = dict(self._given)
        return self._row

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            self.error = None
            given = self._given
            computed = {
                name: value for name, value in self._row.items() if name not in given or value is not given[name]
            }
            self._batch.succeed(self._number, computed)
            return False
        if not isinstance(error, Exception) or not isinstance(error, self._catch):
            return False
        self.error = error
        self._batch.fail(self._number, error)
        return True


class Attempts:
    """The samples of an increment, one by one. From `Store.catch_errors`, as a context; the rows can be taken once.

    Attributes:
        recorded: The number of failed attempts that were recorded; known at the end of the block.
    """

    recorded: int

    def __init__(
        self,
        failures: Failures,
        feature: FeatureKeyLike,
        rows: Any,
        catch: Caught,
        materialization_id: str | None,
        timeout: float | None,
    ) -> None:
        self._failures = failures
        self._feature = feature
        self._rows = rows
        self._catch = _checked(catch)
        self._options: dict[str, Any] = {"materialization_id": materialization_id, "timeout": timeout}
        self._readers: list[pyarrow.RecordBatchReader] = []
        self._schemas: list[pyarrow.Schema] = []
        self._batches: list[_Batch] = []
        self.recorded = 0

    def __enter__(self) -> Self:
        self._readers = [_reader_of(rows) for rows in _parts_of(self._rows)]
        self._schemas = [reader.schema for reader in self._readers]
        for schema in self._schemas:
            # Nothing is recorded, but what would keep failures from being recorded is raised before the work is done.
            self._failures.record(self._feature, schema.empty_table(), timeout=self._options["timeout"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._readers = []
        if self.failed == 0:
            return
        try:
            self.recorded = self._failures.record(self._feature, self._failed_rows(), **self._options)
        except Exception as failure:
            if error is None:
                raise
            error.add_note(f"Of {self.failed} samples, the failures could not be recorded: {failure}")

    def __iter__(self) -> Iterator[Attempt]:
        """The samples; take them within the block."""
        readers, self._readers = self._readers, []
        if not readers:
            raise errors.InvalidInputError(
                "the samples of catch_errors are taken once, within its block: with store.catch_errors(...) as attempts"
            )
        for reader in readers:
            for rows in reader:
                batch = _Batch(rows)
                self._batches.append(batch)
                for start in range(0, rows.num_rows, _ROWS_AT_ONCE):
                    for number, row in enumerate(rows.slice(start, _ROWS_AT_ONCE).to_pylist(), start):
                        yield Attempt(batch, number, row, self._catch)

    def map(self, function: Callable[[dict[str, Any]], Mapping[str, Any] | None]) -> pyarrow.Table:
        """Calls a function for each sample, with its row as a dict, and gives the results. The function returns the
        computed columns as a dict, or sets them in the row."""
        for attempt in self:
            with attempt as row:
                row.update(function(row) or {})
        return self.results()

    @property
    def succeeded(self) -> int:
        """The number of samples that were computed so far."""
        return sum(len(batch.computed) for batch in self._batches)

    @property
    def failed(self) -> int:
        """The number of samples that have failed so far."""
        return sum(len(batch.failed) for batch in self._batches)

    def results(self) -> pyarrow.Table:
        """The rows that were computed so far, with the columns that were set in them: what is to be written. Columns
        that were not touched are as they were given; a value that was not set in a row is null."""
        import pyarrow

        tables = [schema.empty_table() for schema in self._schemas]
        computed: list[dict[str, Any]] = []
        for batch in self._batches:
            numbers = sorted(batch.computed)
            tables.append(batch.take(numbers))
            computed.extend(batch.computed[number] for number in numbers)
        table = pyarrow.concat_tables(tables, promote_options="permissive")
        for name in dict.fromkeys(name for columns in computed for name in columns):
            table = _with_column(table, name, _column_of(table, name, computed))
        return table

    def _failed_rows(self) -> pyarrow.Table:
        """What has failed, at least one sample, as `Failures.record` takes it."""
        import pyarrow

        found = [(batch, sorted(batch.failed)) for batch in self._batches if batch.failed]
        tables = [batch.take(numbers) for batch, numbers in found]
        failures = [batch.failed[number] for batch, numbers in found for number in numbers]
        table = pyarrow.concat_tables(tables, promote_options="permissive")
        text = pyarrow.string()
        for name, values in (
            ("metaxy_failure_kind", pyarrow.array([failure.kind for failure in failures], text)),
            ("metaxy_failure_message", pyarrow.array([failure.message for failure in failures], text)),
            ("metaxy_failure_attempts", pyarrow.array([failure.attempts for failure in failures])),
            ("metaxy_failed_at", pyarrow.array([failure.time for failure in failures])),
        ):
            table = _with_column(table, name, values)
        return table


def _checked(catch: Caught) -> Caught:
    kinds = catch if isinstance(catch, tuple) else (catch,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise TypeError(f"catch is a class derived from Exception, or a tuple of such classes, not {catch!r}")
    return kinds


def _parts_of(rows: Any) -> list[Any]:
    """The tables whose rows are to be computed."""
    if hasattr(rows, "__arrow_c_stream__"):
        return [rows]
    # An increment, of this package or of the Python package metaxy.
    if hasattr(rows, "new") and hasattr(rows, "stale"):
        return [rows.new, rows.stale]
    return [rows]


def _reader_of(rows: Any) -> pyarrow.RecordBatchReader:
    import pyarrow

    if not hasattr(rows, "__arrow_c_stream__") and hasattr(rows, "collect"):
        rows = rows.collect()  # A lazy frame.
    if not hasattr(rows, "__arrow_c_stream__"):
        rows = _table_of_dicts(rows)
    elif hasattr(rows, "to_arrow") and not isinstance(rows, Rows):
        rows = rows.to_arrow()  # In the types that most functions of Arrow know, where Polars' own stream has views.
    return pyarrow.RecordBatchReader.from_stream(table_of(rows))


def _table_of_dicts(rows: Any) -> pyarrow.Table:
    import pyarrow

    values = list(rows) if isinstance(rows, Iterable) and not isinstance(rows, str | bytes | Mapping) else [rows]
    if not all(isinstance(row, Mapping) for row in values):
        raise TypeError(f"rows are an increment, a table with __arrow_c_stream__ or a list of dicts, not {type(rows)}")
    names = dict.fromkeys(name for row in values for name in row)
    return pyarrow.table({name: [row.get(name) for row in values] for name in names})


def _with_column(table: pyarrow.Table, name: str, values: Any) -> pyarrow.Table:
    place = table.schema.get_field_index(name)
    return table.append_column(name, values) if place < 0 else table.set_column(place, name, values)


def _column_of(table: pyarrow.Table, name: Any, computed: list[dict[str, Any]]) -> Any:
    """A column that was set in some of the rows; of the type that it had, if it has one and the values fit."""
    import pyarrow

    if not isinstance(name, str):
        raise TypeError(f"columns are named by texts, not by {name!r}")
    before = table.column(name) if name in table.schema.names else None
    known = [None] * table.num_rows if before is None else before.to_pylist()
    values = [columns.get(name, value) for columns, value in zip(computed, known, strict=True)]
    try:
        if before is not None:
            try:
                return pyarrow.array(values, before.type)
            except (pyarrow.ArrowException, TypeError, ValueError):
                pass
        return pyarrow.array(values)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        error.add_note(f"These are the values of the column {name!r}.")
        raise


def _text_of(error: Exception) -> str:
    """The message of an exception, in valid UTF-8; names of files may be none."""
    try:
        text = str(error)
    except Exception as failure:
        text = f"a {type(error).__name__} whose text cannot be made: {type(failure).__name__}"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


__all__ = ["Attempt", "Attempts", "Caught"]
