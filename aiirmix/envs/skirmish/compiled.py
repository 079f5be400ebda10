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
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PACKAGE.glob("*.py")))).hexdigest()[:12]
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
"""Without Numba's reference counts, which no function here needs, as none makes arrays; they cost most of the time."""


def njit(function: Function) -> Function:
    """Compiles a function that other compiled functions call."""
    return cast(Function, numba.njit(**OPTIONS)(function))


def cached_njit(function: Function) -> Function:
    """Compiles a function that Python calls, and keeps the machine code on disk."""
    with _cache_directory():
        return cast(Function, numba.njit(**OPTIONS, cache=True)(function))


@contextmanager
def _cache_directory() -> Iterator[None]:
    """Names the cache after all sources: Numba itself looks for changes in the file of the cached function only."""
    settings: Any = numba.config
    chosen = settings.CACHE_DIR
    nearby = PACKAGE / "__pycache__" if os.access(PACKAGE, os.W_OK) else Path.home() / ".cache" / "aiirmix"
    settings.CACHE_DIR = os.path.join(chosen or nearby, f"skirmish-{SOURCES}")
    try:
        yield
    finally:
        settings.CACHE_DIR = chosen
