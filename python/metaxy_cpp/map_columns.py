"""Maps of Arrow as `polars_map.Map`, which the Python package has for them where `enable_map_datatype` is set."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pyarrow as pa
from metaxy.config import MetaxyConfig
from metaxy.models.constants import METAXY_DATA_VERSION_BY_FIELD, METAXY_PROVENANCE_BY_FIELD
from metaxy.utils._arrow_map import convert_maps_to_polars_map, convert_structs_to_maps

BY_FIELD = [METAXY_PROVENANCE_BY_FIELD, METAXY_DATA_VERSION_BY_FIELD]

Conversion = Callable[[pl.DataFrame], pl.DataFrame]


def maps_enabled() -> bool:
    """Whether the configuration of this moment asks for maps."""
    return MetaxyConfig.get(_allow_default_config=True).enable_map_datatype


def keep_types(frame: pl.DataFrame) -> pl.DataFrame:
    """What Polars makes of the rows, which is right where there are no maps."""
    return frame


def as_maps(schema: pa.Schema, *, computed: bool = False) -> Conversion:
    """What gives frames of such rows their maps. Versions that were computed are maps in any case; stored ones are what
    their table has."""
    # Versions may be stored as lists of entries, which Polars cannot tell from maps.
    maps = [field.name for field in schema if pa.types.is_map(field.type) or field.name in BY_FIELD]

    def convert(frame: pl.DataFrame) -> pl.DataFrame:
        frame = convert_maps_to_polars_map(frame, columns=maps)
        return convert_structs_to_maps(frame, columns=BY_FIELD) if computed else frame

    return convert


__all__ = ["Conversion", "as_maps", "keep_types", "maps_enabled"]
