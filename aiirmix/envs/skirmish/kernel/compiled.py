"""The only module that imports Numba; it is typed, so that the rest of the package passes strict type checking."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

from aiirmix.common.cache import cache_folder, temporary_folder
from aiirmix.envs import contract, counter_rng

Function = TypeVar("Function", bound=Callable[..., Any])


def source_digest(packages: Iterable[Path], modules: Iterable[Path] = ()) -> str:
    """Return a digest of the names and contents of all Python files of the packages, at any depth, and of modules."""
    digest = hashlib.sha256()
    files = [(path.relative_to(package), path) for package in packages for path in sorted(package.rglob("*.py"))]
    for name, path in [*files, *((path.name, path) for path in modules)]:
        digest.update(str(name).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


PACKAGE = Path(__file__).parent.parent
"""The simulator."""
SOURCES = source_digest([PACKAGE, Path(contract.__file__).parent], [Path(counter_rng.__file__)])
"""The key of the cache: what compiled functions and their constants are made from."""
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
"""Without Numba's reference counts, which cost most of the time. No function here needs them, as none makes arrays."""
CACHE = cache_folder(cast(Any, numba.config).CACHE_DIR, PACKAGE / "__pycache__")
"""Where compiled functions are kept; None if no folder is writable."""
COMPILING_SECONDS = 30
"""How long compiling takes, roughly."""


def njit(function: Function) -> Function:
    """Compile a function that other compiled functions call. It is inlined, as calls would cost more than the work."""
    return cast(Function, numba.njit(**OPTIONS, forceinline=True)(function))


def cached_njit(function: Function) -> Function:
    """Compile a function that Python calls, also from several threads at once. Keep the machine code on disk."""
    with _cache_directory():
        return cast(Function, numba.njit(**OPTIONS, nogil=True, cache=CACHE is not None)(function))


def notice(cache: Path | None) -> str:
    """Return the line to print before compiling: what it costs, and how often."""
    if cache is None:
        cost = "no folder for caches is writable, so each process compiles again: set NUMBA_CACHE_DIR"
    elif cache == temporary_folder():
        cost = f"it is kept in {cache} until that is emptied: set NUMBA_CACHE_DIR for another place"
    else:
        cost = "it is then kept on disk"
    once = "" if cache is None else " once"
    return f"compiling the simulator{once}, about {COMPILING_SECONDS} s; {cost}"


class _Notice(event.Listener):
    """Explain the delay when a function of this package has to be compiled, once per process."""

    def __init__(self) -> None:
        self.given = False

    def on_start(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        """Print the notice if this is the first compilation; functions read from the cache are not compiled."""
        if not self.given and event.data["dispatcher"].py_func.__module__.startswith(__package__.rpartition(".")[0]):
            self.given = True
            print(notice(CACHE), file=sys.stderr)

    def on_end(self, event: Any) -> None:  # noqa: ANN401 - Numba's
        """Do nothing when compiling is done."""


event.register("numba:compile", _Notice())  # type: ignore[no-untyped-call]


@contextmanager
def _cache_directory() -> Iterator[None]:
    """Name the cache after all sources: Numba itself only looks for changes in the file of the cached function."""
    settings: Any = numba.config
    chosen = settings.CACHE_DIR
    if CACHE is not None:
        settings.CACHE_DIR = os.path.join(CACHE, f"skirmish-{SOURCES}")
    try:
        yield
    finally:
        settings.CACHE_DIR = chosen
