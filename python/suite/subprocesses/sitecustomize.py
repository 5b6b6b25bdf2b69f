"""The stores of the suite in processes that its tests start; this directory is in PYTHONPATH there."""

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _AfterMetaxy(MetaPathFinder, Loader):
    """Puts the stores in place when metaxy has been imported, and costs nothing where it is not."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "metaxy":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        self._inner = spec.loader
        spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        from suite_stores import put_stores_in_place

        put_stores_in_place()


if "METAXY_SUITE_STORE" in os.environ or "METAXY_SUITE_STAND_IN" in os.environ:
    sys.meta_path.insert(0, _AfterMetaxy())
