"""A project: its configuration, its features and its stores."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from metaxy_cpp import _native
from metaxy_cpp.graph import FeatureGraph
from metaxy_cpp.logs import LogFunction, log_to_logging, native_log
from metaxy_cpp.store import Store


class Project:
    """The configuration in `metaxy.toml`, the features that it names, and its stores.

    Features come from the `.toml` and `.json` files among the entrypoints, and from `metaxy.lock`. Python modules among
    the entrypoints are not imported: their features come through `metaxy push` and `metaxy-cpp lock`.

    Args:
        config_file: The file to read. If None: the one that METAXY_CONFIG names, else `metaxy.toml`, or a
            `pyproject.toml` with `[tool.metaxy]`, in the start directory or the nearest of its parents.
        start_directory: Where to look for it; the working directory if None.
        search_parents: Whether to look into the parents, too.
        on_log: Receives what the project and its stores have to say; None for silence.

    Raises:
        InvalidConfigError: The message names file and line.
        InvalidDefinitionError: A feature is not valid.
    """

    def __init__(
        self,
        config_file: str | Path | None = None,
        *,
        start_directory: str | Path | None = None,
        search_parents: bool = True,
        on_log: LogFunction | None = log_to_logging,
    ) -> None:
        self._config_file = None if config_file is None else os.path.abspath(config_file)
        self._start_directory = os.path.abspath(start_directory or os.getcwd())
        self._search_parents = search_parents
        self._on_log = on_log
        self._load()

    def _load(self) -> None:
        self._process = os.getpid()
        self._project = _native.Project.load(
            self._config_file, self._start_directory, self._search_parents, native_log(self._on_log)
        )

    @property
    def _native(self) -> _native.Project:
        if self._process != os.getpid():
            self._load()
        return self._project

    @property
    def config_file(self) -> Path | None:
        """The file that was read, if one was."""
        file = self._native.config_file
        return None if file is None else Path(file)

    @property
    def config(self) -> dict[str, Any]:
        """All settings with their values."""
        return json.loads(self._native.config())

    @property
    def name(self) -> str:
        """The configured project, or the one project of the features."""
        return self._native.name()

    @property
    def graph(self) -> FeatureGraph:
        """The features of the project."""
        return FeatureGraph(self._native.graph())

    def store(self, name: str | None = None) -> Store:
        """A store of the configuration, closed; the default one if no name is given.

        Raises:
            InvalidConfigError: There is none of this name, or fallback stores refer to each other in a circle.
        """
        return Store._of(_ProjectStore(self, name))

    def __repr__(self) -> str:
        return f"Project({str(self.config_file) if self.config_file else ''!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickled, (self._native.config_file, self._start_directory, self._search_parents, self._on_log))


class _ProjectStore:
    """Makes a store of a project. Can be pickled."""

    def __init__(self, project: Project, name: str | None) -> None:
        self._project = project
        self._name = name

    def __call__(self) -> _native.Store:
        return self._project._native.store(self._name)


def _unpickled(
    config_file: str | None, start_directory: str, search_parents: bool, on_log: LogFunction | None
) -> Project:
    return Project(config_file, start_directory=start_directory, search_parents=search_parents, on_log=on_log)


__all__ = ["Project"]
