"""The one door to Numba, typed, so that the rest of the package passes strict type checking."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
PACKAGE = Path(__file__).parent


def njit(function: Function) -> Function:
    """Compiles a function that other compiled functions call."""
    return cast(Function, numba.njit(error_model="numpy")(function))


def cached_njit(function: Function) -> Function:
    """Compiles a function that Python calls, and keeps the machine code on disk."""
    with _cache_directory():
        return cast(Function, numba.njit(error_model="numpy", cache=True)(function))


@contextmanager
def _cache_directory() -> Iterator[None]:
    """Names the cache after all sources: Numba would look for changes in the file of the cached function only."""
    sources = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PACKAGE.glob("*.py")))).hexdigest()[:12]
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = os.path.join(before or PACKAGE / "__pycache__", f"compiled-{sources}")
    try:
        yield
    finally:
        settings.CACHE_DIR = before
