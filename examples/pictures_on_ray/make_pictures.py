"""Pictures to try the example with: landscapes with a sky, hills and a sun, the same ones at every call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

BROKEN = "0007.jpg"
"""This one breaks off in the middle, as after a failed download."""


def landscape(number: int, width: int = 160, height: int = 120) -> np.ndarray:
    """The pixels of a picture: height x width x 3 bytes."""
    random = np.random.default_rng(number)
    y, x = np.mgrid[0:height, 0:width]
    above, below, ground = random.integers(0, 256, (3, 3))
    share = (y / height)[..., None]
    pixels = above * (1 - share) + below * share
    for distance in range(3):
        waves = random.uniform(5, 20) * np.sin(x / random.uniform(10, 45) + random.uniform(0, 6))
        pixels[y > height * (0.5 + 0.15 * distance) + waves] = ground * (0.9 - 0.25 * distance)
    centre_x, centre_y, radius = random.uniform(0, width), random.uniform(0, height / 2), random.uniform(4, 15)
    pixels[(x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2] = (255, 240, 180)
    return np.clip(pixels + random.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)


def make_pictures(folder: Path, count: int) -> None:
    """Writes 0000.jpg, 0001.jpg and so on into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:04}.jpg"
        Image.fromarray(landscape(number)).save(path, quality=90)
        if path.name == BROKEN:
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2])
