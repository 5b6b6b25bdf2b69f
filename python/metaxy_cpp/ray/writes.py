"""Writing a dataset to a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metaxy_cpp.ray.datasink import MetaxyDatasink
from metaxy_cpp.ray.fragments import OnError
from metaxy_cpp.ray.reports import WriteReport

if TYPE_CHECKING:
    from ray.data import Dataset


def write(
    dataset: Dataset,
    store: Any,
    feature: Any,
    *,
    write_id: str | None = None,
    on_error: OnError = "raise",
    materialization_id: str | None = None,
    ray_remote_args: dict[str, Any] | None = None,
) -> WriteReport:
    """Writes all rows of a dataset to a feature, in one commit; see `MetaxyDatasink`.

    Args:
        dataset: Rows with id columns and `metaxy_provenance_by_field`, as an increment has them. A column
            `metaxy_status` is not written.
        store: A store that is open for writing, native or drop-in.
        feature: The feature.
        write_id: An id of your own for the commit; see `MetaxyDatasink`.
        on_error: "raise", or "record" to record rows that the store refuses as failures and to write the others.
        materialization_id: Written with the rows, instead of the store's own.
        ray_remote_args: Arguments of `ray.remote` for the tasks that write.

    Raises:
        MetaxyError: What the store raises in the driver.
        ray.exceptions.RayTaskError: What is raised in a worker. Nothing was written.
    """
    sink = MetaxyDatasink(feature, store, write_id=write_id, on_error=on_error, materialization_id=materialization_id)
    dataset.write_datasink(sink, ray_remote_args=ray_remote_args)
    return sink.report or WriteReport()


__all__ = ["write"]
