"""Our failures as the exceptions of the Python package metaxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from metaxy.metadata_store import exceptions

from metaxy_cpp import errors

_KINDS: dict[type[errors.MetaxyError], type[Exception]] = {
    errors.FeatureNotFoundError: exceptions.FeatureNotFoundError,
    errors.FieldNotFoundError: exceptions.FieldNotFoundError,
    errors.HashAlgorithmNotSupportedError: exceptions.HashAlgorithmNotSupportedError,
    errors.HashAlgorithmMismatchError: ValueError,
    errors.InvalidInputError: ValueError,
    errors.MetadataSchemaError: exceptions.MetadataSchemaError,
    errors.StoreNotOpenError: exceptions.StoreNotOpenError,
    errors.SystemDataNotFoundError: exceptions.SystemDataNotFoundError,
    errors.TableNotFoundError: exceptions.TableNotFoundError,
}


@contextmanager
def as_reference() -> Iterator[None]:
    """Raises what is raised in the block as the exception that the Python package has for it."""
    try:
        yield
    except errors.MetaxyError as error:
        kind = _KINDS.get(type(error))
        if kind is None:
            raise
        raise kind(str(error)) from error


__all__ = ["as_reference"]
