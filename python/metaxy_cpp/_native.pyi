"""The library in Python, as it is; see the modules of metaxy_cpp for the names that people use."""

from collections.abc import Callable, Sequence

def version() -> str: ...

class Execution:
    def __init__(
        self,
        *,
        batch_size: int | None = None,
        memory_limit: int | None = None,
        threads: int | None = None,
        spill_directory: str | None = None,
        timeout: float | None = None,
        on_progress: Callable[[str, int, int], None] | None = None,
    ) -> None: ...

class Expression:
    @staticmethod
    def field(name: str, /) -> Expression: ...
    @staticmethod
    def call(function: str, arguments: list[Expression], /) -> Expression: ...
    @staticmethod
    def null() -> Expression: ...
    @staticmethod
    def boolean(value: bool, /) -> Expression: ...
    @staticmethod
    def integer(value: int, /) -> Expression: ...
    @staticmethod
    def real(value: float, /) -> Expression: ...
    @staticmethod
    def text(value: str, /) -> Expression: ...
    @staticmethod
    def date(days: int, /) -> Expression: ...
    @staticmethod
    def time(micros: int, zone: str, /) -> Expression: ...

Condition = str | Expression

class FailurePolicy:
    @staticmethod
    def include() -> FailurePolicy: ...
    @staticmethod
    def skip() -> FailurePolicy: ...
    @staticmethod
    def retry(
        *, max_attempts: int, first_wait: float, backoff: float, max_wait: float, never_retry: list[str]
    ) -> FailurePolicy: ...

_SnapshotFeature = tuple[str, str, int | None, int]
_Snapshot = tuple[str, int, str, str, list[_SnapshotFeature]]
_SnapshotFinding = tuple[bool, str, str, str, int]

class Rows:
    def stream(self) -> object: ...
    def schema(self) -> object: ...
    def failure(self) -> BaseException | None: ...

class LazyUpdate:
    @property
    def counts(self) -> tuple[int, int, int]: ...
    @property
    def failed_counts(self) -> tuple[int, int]: ...
    @property
    def input_progress(self) -> float | None: ...
    @property
    def report(self) -> tuple[bool, str, int, int]: ...
    def slice(self, part: str, begin: int, rows: int) -> bytes: ...
    def new_samples(self) -> Rows: ...
    def stale(self) -> Rows: ...
    def orphaned(self) -> Rows: ...
    def failed(self) -> Rows: ...

class Graph:
    @staticmethod
    def parse(
        texts: list[tuple[str, str, str]], project: str, hash_truncation_length: int, validate: bool, /
    ) -> Graph: ...
    @property
    def hash_truncation_length(self) -> int: ...
    def features(self, project: str | None, /) -> list[str]: ...
    def sorted_features(self) -> list[str]: ...
    def parents(self, feature: str, /) -> list[str]: ...
    def id_columns(self, feature: str, /) -> list[str]: ...
    def feature_version(self, feature: str, /) -> str: ...
    def field_versions(self, feature: str, /) -> list[tuple[str, str]]: ...
    def project(self) -> str: ...
    def project_version(self, project: str, /) -> str: ...
    def definitions(self) -> str: ...

class Maintenance:
    def __init__(self, *, automatic: bool) -> None: ...

class StoreSettings:
    @staticmethod
    def parse(table: str, name: str, /) -> StoreSettings: ...
    @property
    def memory_limit(self) -> int | None: ...
    @property
    def maintenance(self) -> Maintenance: ...
    @property
    def allow_unconditional_writes(self) -> bool: ...
    @property
    def fallback(self) -> str: ...
    @property
    def delta(self) -> str: ...

class Store:
    @staticmethod
    def make(
        graph: Graph,
        *,
        uri: str,
        connect_kwargs: str,
        project: str,
        name: str,
        hash_algorithm: str,
        fallback_stores: Sequence[Store],
        materialization_id: str | None,
        enable_map_datatype: bool,
        memory_limit: int | None,
        allow_unconditional_writes: bool,
        sync: bool,
        maintenance: Maintenance,
        fallback: str,
        delta: str,
        on_log: Callable[[str, str, str, str], None] | None,
    ) -> Store: ...
    def view(
        self,
        graph: Graph,
        *,
        project: str,
        enable_map_datatype: bool,
        materialization_id: str | None,
        memory_limit: int | None,
        fallback_stores: Sequence[Store],
        fallback: str,
        delta: str,
        on_log: Callable[[str, str, str, str], None] | None,
    ) -> Store: ...
    def open(self, mode: str, execution: Execution) -> None: ...
    def close(self, execution: Execution) -> None: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def display(self) -> str: ...
    @property
    def hash_algorithm(self) -> str: ...
    def graph(self) -> Graph: ...
    def read(
        self,
        feature: str,
        *,
        filters: Sequence[Condition],
        columns: list[str],
        feature_version: str | None,
        allow_fallback: bool,
        with_feature_history: bool,
        with_sample_history: bool,
        include_soft_deleted: bool,
        execution: Execution,
    ) -> Rows: ...
    def count_rows(
        self,
        feature: str,
        *,
        filters: Sequence[Condition],
        feature_version: str | None,
        allow_fallback: bool,
        with_feature_history: bool,
        with_sample_history: bool,
        include_soft_deleted: bool,
        execution: Execution,
    ) -> int: ...
    def resolve_update(
        self,
        feature: str,
        *,
        samples: object | None,
        parents: Sequence[tuple[str, object]],
        filters: Sequence[tuple[str, Sequence[Condition]]],
        global_filters: Sequence[Condition],
        target_filters: Sequence[Condition],
        staleness_predicates: Sequence[Condition],
        skip_comparison: bool,
        failures: FailurePolicy,
        delta: str | None,
        execution: Execution,
    ) -> LazyUpdate: ...
    def find_write(self, feature: str, write_id: str, since_version: int, execution: Execution) -> int | None: ...
    def compute_provenance(self, feature: str, rows: object, execution: Execution) -> Rows: ...
    def has_feature(self, feature: str, check_fallback: bool, execution: Execution) -> bool: ...
    def store_metadata(self, feature: str, check_fallback: bool, execution: Execution) -> str: ...
    def list_tables(self, execution: Execution) -> list[str]: ...
    def table_statistics(self, table: str, execution: Execution) -> str: ...
    def graph_snapshots(self, project: str | None, execution: Execution) -> str: ...
    def write(
        self,
        feature: str,
        rows: object,
        *,
        materialization_id: str | None,
        preserve_feature_version: bool,
        time: int | None,
        write_id: str | None,
        execution: Execution,
    ) -> tuple[int, int | None]: ...
    def write_fragments(
        self,
        feature: str,
        rows: object,
        *,
        materialization_id: str | None,
        preserve_feature_version: bool,
        time: int | None,
        write_id: str | None,
        execution: Execution,
    ) -> bytes: ...
    def commit_fragments(
        self, feature: str, fragments: list[bytes], write_id: str, execution: Execution
    ) -> tuple[int, int | None]: ...
    def read_slice(self, slice: bytes, columns: list[str] | None, execution: Execution) -> Rows: ...
    def plan_resolve(
        self,
        feature: str,
        parts: int,
        *,
        filters: Sequence[tuple[str, Sequence[Condition]]],
        global_filters: Sequence[Condition],
        target_filters: Sequence[Condition],
        staleness_predicates: Sequence[Condition],
        skip_comparison: bool,
        failures: FailurePolicy,
        execution: Execution,
    ) -> tuple[bytes, list[tuple[str, list[int], bool]]]: ...
    def scan_part(self, plan: bytes, table: int, fragments: list[int], execution: Execution) -> list[bytes]: ...
    def exchange_part(
        self, plan: bytes, table: int, part: int, blocks: list[bytes], execution: Execution
    ) -> list[bytes]: ...
    def compare_part(
        self, plan: bytes, part: int, blocks: list[list[bytes]], most_rows: int, execution: Execution
    ) -> tuple[list[int], list[bytes], list[bytes], list[bytes], list[bytes]]: ...
    def append_system_rows(self, table: str, rows: object, execution: Execution) -> tuple[int, int | None]: ...
    def check_write(
        self, feature: str, rows: object, *, preserve_feature_version: bool, execution: Execution
    ) -> None: ...
    def write_multi(
        self, rows: list[tuple[str, object]], *, materialization_id: str | None, execution: Execution
    ) -> list[tuple[int, int | None]]: ...
    def delete(
        self,
        feature: str,
        *,
        filters: Sequence[Condition],
        soft: bool,
        with_feature_history: bool,
        with_sample_history: bool,
        execution: Execution,
    ) -> int: ...
    def copy(
        self,
        source: Store,
        *,
        features: list[str] | None,
        filters: Sequence[tuple[str, Sequence[Condition]]],
        global_filters: Sequence[Condition],
        with_feature_history: bool,
        with_sample_history: bool,
        execution: Execution,
    ) -> tuple[int, int]: ...
    def promote(
        self, source: Store, *, features: list[str] | None, conflicts: str, dry_run: bool, execution: Execution
    ) -> str: ...
    def drop(self, feature: str, execution: Execution) -> None: ...
    def rebase_version(
        self,
        feature: str,
        *,
        from_feature_version: str,
        to_feature_version: str | None,
        dry_run: bool,
        execution: Execution,
    ) -> int: ...
    def compact(
        self,
        feature: str,
        *,
        keep_history: int | None,
        keep_versions_for: int | None,
        drop_deleted_older_than: int | None,
        dry_run: bool,
        execution: Execution,
    ) -> str: ...
    def push(
        self, project: str, *, tags: list[tuple[str, str]], execution: Execution
    ) -> tuple[str, bool, list[str]]: ...
    def record_failures(
        self,
        feature: str,
        rows: object,
        *,
        kind: str | None,
        message: str | None,
        materialization_id: str | None,
        dry_run: bool,
        execution: Execution,
    ) -> int: ...
    def read_failures(
        self, *, features: list[str], kinds: list[str], filters: Sequence[Condition], execution: Execution
    ) -> Rows: ...
    def clear_failures(
        self, *, features: list[str], kinds: list[str], filters: Sequence[Condition], execution: Execution
    ) -> tuple[int, int]: ...
    def create_snapshot(self, name: str, *, features: list[str] | None, execution: Execution) -> _Snapshot: ...
    def list_snapshots(self, execution: Execution) -> list[_Snapshot]: ...
    def get_snapshot(self, name: str, execution: Execution) -> _Snapshot: ...
    def open_snapshot(self, name: str, execution: Execution) -> Store: ...
    def diff_snapshots(
        self, first: str, second: str | None, *, features: list[str] | None, execution: Execution
    ) -> str: ...
    def delete_snapshot(self, name: str, execution: Execution) -> None: ...
    def check_snapshots(self, execution: Execution) -> list[_SnapshotFinding]: ...
    def remove_snapshot_leftovers(
        self, *, older_than: int, dry_run: bool, execution: Execution
    ) -> list[_SnapshotFinding]: ...

class Project:
    @staticmethod
    def load(
        config_file: str | None,
        start_directory: str | None,
        search_parents: bool,
        on_log: Callable[[str, str, str, str], None] | None,
    ) -> Project: ...
    @property
    def config_file(self) -> str | None: ...
    def config(self) -> str: ...
    def name(self) -> str: ...
    def graph(self) -> Graph: ...
    def store(self, name: str | None) -> Store: ...
    def lock(self, store: Store, output: str | None, dry_run: bool, execution: Execution) -> str: ...
