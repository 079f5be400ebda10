"""The one door to Numba, typed, so that the rest of the package passes strict type checking."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent.parent
"""The simulator: the cache is keyed by all of its sources."""
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PACKAGE.rglob("*.py")))).hexdigest()[:12]
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
"""Without Numba's reference counts, which no function here needs, as none makes arrays; they cost most of the time."""
COMPILING = 20
"""Seconds that it takes, roughly."""


def njit(function: Function) -> Function:
    """Compiles a function that other compiled functions call, into them: calls would cost more than what they do."""
    return cast(Function, numba.njit(**OPTIONS, forceinline=True)(function))


def cached_njit(function: Function) -> Function:
    """Compiles a function that Python calls, also from several threads at once; keeps the machine code on disk."""
    with _cache_directory():
        return cast(Function, numba.njit(**OPTIONS, nogil=True, cache=True)(function))


class _Notice(event.Listener):
    """Says why nothing happens for a while, the first time that a function of this package has to be compiled."""

    def __init__(self) -> None:
        self.given = False

    def on_start(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        """Compiling begins; what is read from the cache is not compiled."""
        if not self.given and event.data["dispatcher"].py_func.__module__.startswith(__package__.rpartition(".")[0]):
            self.given = True
            print(f"compiling the simulator once, about {COMPILING} s; it is then kept on disk", file=sys.stderr)

    def on_end(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        """Compiling is done."""


event.register("numba:compile", _Notice())  # type: ignore[no-untyped-call]


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
