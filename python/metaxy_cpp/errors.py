"""The exceptions of metaxy_cpp.

Every exception is a [`MetaxyError`][metaxy_cpp.errors.MetaxyError]. Those that the Python package `metaxy` has, too,
have its names; the others are named after the library's error codes. Where Python has an exception of the same
meaning (`TimeoutError`, `PermissionError`, ...), ours is one of that kind as well.
"""

from __future__ import annotations


class MetaxyError(Exception):
    """What all failures of the library have in common.

    Attributes:
        code: The name of the error code, such as "FeatureNotFound".
        retryable: Whether the same call may succeed later (a conflict, a timeout).
    """

    code: str = "Internal"
    retryable: bool = False

    def __reduce__(self) -> tuple[object, ...]:
        return (from_code, (self.code, str(self), self.retryable))


class MetadataStoreError(MetaxyError):
    """A store cannot do what it was asked for."""


class InvalidInputError(MetaxyError, ValueError):
    """A bad argument, key, option or file."""


class InvalidConfigError(MetaxyError, ValueError):
    """metaxy.toml or a METAXY_* variable is wrong; the message names file and line."""


class InvalidDefinitionError(MetaxyError, ValueError):
    """A feature definition that breaks the rules of the models."""


class FilterParseError(MetaxyError, ValueError):
    """Text that is not a filter."""


class FeatureNotInGraphError(MetaxyError, LookupError):
    """No feature with this key in the graph."""


class MetaxyMissingFeatureDependency(MetaxyError):  # noqa: N818 (the name in the Python package)
    """A feature depends on one that is not in the graph."""


class CycleError(MetaxyError, ValueError):
    """Features depend on each other in a circle."""


class MetadataSchemaError(MetadataStoreError):
    """Rows lack a column, or a column has the wrong type."""


class HashAlgorithmNotSupportedError(MetadataStoreError):
    """The store cannot use this hash algorithm."""


class HashAlgorithmMismatchError(MetadataStoreError):
    """Stores of one fallback chain use different hash algorithms."""


class ExternalFeatureVersionMismatchError(MetaxyError):
    """An external feature differs from what the store holds."""


class LossyCastError(MetadataStoreError, ValueError):
    """A value does not fit the type of the stored column."""


class FeatureNotFoundError(MetadataStoreError):
    """The store and its fallback stores have no table of the feature."""


class TableNotFoundError(MetadataStoreError):
    """The store has no such table."""


class SystemDataNotFoundError(MetadataStoreError):
    """Nothing was pushed yet."""


class FieldNotFoundError(MetadataStoreError):
    """A feature has no such field."""


class StoreNotOpenError(MetadataStoreError):
    """The store is not open, or open for reading only."""


class VersioningEngineMismatchError(MetaxyError):
    """The versioning engine that was asked for cannot be used."""


class TableAlreadyExistsError(MetadataStoreError):
    """The table is there already."""


class CommitConflictError(MetadataStoreError):
    """Other writers were faster, again and again."""


class CorruptTableError(MetadataStoreError):
    """A file of the table is truncated, damaged or gone."""


class StorePermissionError(MetadataStoreError, PermissionError):
    """The store refuses access."""


class StoreTimeoutError(MetadataStoreError, TimeoutError):
    """The time that was given has passed, or a store did not answer."""


class StoreConnectionError(MetadataStoreError, ConnectionError):
    """The store cannot be reached."""


class StoreIOError(MetadataStoreError, OSError):
    """Reading or writing has failed."""


class ResourceExhaustedError(MetadataStoreError):
    """A disk is full, or a memory budget too small."""


class UnsupportedError(MetadataStoreError):
    """The target of the store cannot do this."""


class CancelledError(MetaxyError):
    """The call was stopped."""


class CommitStateUnknownError(MetadataStoreError):
    """A write was left when it may have been committed: read before you write the rows again."""


class InternalError(MetaxyError):
    """A defect in metaxy or below it."""


_BY_CODE: dict[str, type[MetaxyError]] = {
    "InvalidInput": InvalidInputError,
    "InvalidConfig": InvalidConfigError,
    "InvalidDefinition": InvalidDefinitionError,
    "FilterParse": FilterParseError,
    "FeatureNotInGraph": FeatureNotInGraphError,
    "MissingFeatureDependency": MetaxyMissingFeatureDependency,
    "Cycle": CycleError,
    "MetadataSchema": MetadataSchemaError,
    "HashAlgorithmNotSupported": HashAlgorithmNotSupportedError,
    "HashAlgorithmMismatch": HashAlgorithmMismatchError,
    "VersionMismatch": ExternalFeatureVersionMismatchError,
    "LossyCast": LossyCastError,
    "FeatureNotFound": FeatureNotFoundError,
    "TableNotFound": TableNotFoundError,
    "SystemDataNotFound": SystemDataNotFoundError,
    "FieldNotFound": FieldNotFoundError,
    "StoreNotOpen": StoreNotOpenError,
    "VersioningEngineMismatch": VersioningEngineMismatchError,
    "TableAlreadyExists": TableAlreadyExistsError,
    "CommitConflict": CommitConflictError,
    "CorruptTable": CorruptTableError,
    "PermissionDenied": StorePermissionError,
    "Timeout": StoreTimeoutError,
    "Network": StoreConnectionError,
    "Io": StoreIOError,
    "ResourceExhausted": ResourceExhaustedError,
    "NotSupported": UnsupportedError,
    "Cancelled": CancelledError,
    "CommitStateUnknown": CommitStateUnknownError,
    "Internal": InternalError,
}


def from_code(code: str, message: str, retryable: bool = False) -> MetaxyError:
    """The exception of an error code of the library."""
    error = _BY_CODE.get(code, InternalError)(message)
    error.code = code
    error.retryable = retryable
    return error


__all__ = [*sorted({kind.__name__ for kind in _BY_CODE.values()}), "MetadataStoreError", "MetaxyError", "from_code"]
