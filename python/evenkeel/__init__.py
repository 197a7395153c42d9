# SPDX-License-Identifier: Apache-2.0
"""First weights for neural networks: the same numbers on every machine, in the arrays you have."""

from ._core import (
    ArgumentError,
    Backend,
    Error,
    Scheme,
    SchemeParameter,
    SchemeRow,
    UnsupportedError,
    View,
    active_backend,
    backends,
    fill,
    schemes,
)
from ._core import version as __version__

__all__ = [
    "ArgumentError",
    "Backend",
    "Error",
    "Scheme",
    "SchemeParameter",
    "SchemeRow",
    "UnsupportedError",
    "View",
    "__version__",
    "active_backend",
    "backends",
    "fill",
    "schemes",
]

for _public in (ArgumentError, Backend, Error, Scheme, SchemeParameter, SchemeRow, UnsupportedError, View):
    _public.__module__ = __name__
del _public
