"""What is computed of pictures, by actors of a cluster: each makes one object of a class and calls it with batches."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

SIDE = 64
COLOURS, GRID, DIRECTIONS = 4, 4, 8
VECTOR = COLOURS**3 + GRID * GRID * DIRECTIONS


class Thumbnail:
    """Small versions of files, as JPEG: `path` is relative to a folder that all nodes see."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def __call__(self, batch: pa.Table) -> pa.Table:
        made = [self._shrink(path) for path in batch["path"].to_pylist()]
        widths, heights, thumbnails = zip(*made, strict=True)
        return pa.table(
            {
                "width": pa.array(widths, pa.int32()),
                "height": pa.array(heights, pa.int32()),
                "thumbnail": pa.array(thumbnails, pa.binary()),
            }
        )

    def _shrink(self, path: str) -> tuple[int, int, bytes]:
        with Image.open(self._folder / path) as picture:
            width, height = picture.size
            small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
        content = io.BytesIO()
        small.save(content, "JPEG", quality=85)
        return width, height, content.getvalue()


class Embedding:
    """Vectors of length 1 that are close where pictures are alike: a histogram of their colours, and one of the
    directions of their edges in each of 16 places. An object that loads a model in its `__init__` takes its place."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        vectors = [self._embed(thumbnail) for thumbnail in batch["thumbnail"].to_pylist()]
        flat = pa.array(np.concatenate(vectors), pa.float32())
        return pa.table({"vector": pa.FixedSizeListArray.from_arrays(flat, VECTOR)})

    def _embed(self, thumbnail: bytes) -> np.ndarray:
        with Image.open(io.BytesIO(thumbnail)) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(np.int32)
        bins = pixels * COLOURS // 256
        colours = np.bincount((bins @ (COLOURS**2, COLOURS, 1)).ravel(), minlength=COLOURS**3)
        parts = [colours / np.linalg.norm(colours), self._edges(pixels.mean(axis=2))]
        return (np.concatenate(parts) / np.sqrt(2)).astype(np.float32)

    def _edges(self, grey: np.ndarray) -> np.ndarray:
        down, right = np.gradient(grey)
        direction = ((np.arctan2(down, right) / (2 * np.pi) + 0.5) * DIRECTIONS).astype(int) % DIRECTIONS
        y, x = np.mgrid[0:SIDE, 0:SIDE] * GRID // SIDE
        place = (y * GRID + x) * DIRECTIONS + direction
        strength = np.bincount(place.ravel(), np.hypot(down, right).ravel(), minlength=GRID * GRID * DIRECTIONS)
        return strength / max(np.linalg.norm(strength), 1e-9)
