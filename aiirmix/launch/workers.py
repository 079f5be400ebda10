"""Run the jobs of a sweep in processes, of which one may be killed without harm to the others."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from joblib import effective_n_jobs
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.process_executor import ProcessPoolExecutor

from aiirmix.common.errors import first_line
from aiirmix.runs.directory import LOST

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMBA", "NUMEXPR")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}
"""What numerical libraries read in a worker."""


class Call(NamedTuple):
    """A call as `joblib.delayed` writes it down."""

    function: Callable[..., object]
    arguments: Sequence[Any]
    keywords: Mapping[str, Any]


class Workers:
    """Processes that make calls, one call at a time each; a stand-in for `joblib.Parallel`.

    joblib shares one pool among all calls, and a worker that is killed ends the pool with everything in it. Here every
    worker is a pool of its own.

    Args:
        lost: gets a call that has no result, and the reason; returns the result to use.
        n_jobs: the number of workers; -1 for one per core.
        others: further settings of `joblib.Parallel`, which have no meaning here.
    """

    def __init__(self, lost: Callable[[Call, str], object], n_jobs: int | None = -1, **others: object) -> None:
        self.lost, self.n_jobs = lost, effective_n_jobs(n_jobs or 1)

    def __call__(self, calls: Iterable[tuple[Any, ...]]) -> list[object]:
        """Return the results of the calls, in their order."""
        _start_quiet_tracker()
        waiting = deque(enumerate(Call(*call) for call in calls))
        results: dict[int, object] = {}
        running: dict[Future[object], tuple[ProcessPoolExecutor, int, Call]] = {}
        idle = [_worker() for _ in range(min(self.n_jobs, len(waiting)))]
        try:
            while waiting or running:
                while idle and waiting:
                    worker, (index, call) = idle.pop(), waiting.popleft()
                    future = worker.submit(call.function, *call.arguments, **call.keywords)
                    running[future] = worker, index, call
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    worker, index, call = running.pop(future)
                    results[index], is_alive = self._result(future, call)
                    idle.append(worker if is_alive else _worker())
        finally:
            for worker in [*idle, *(worker for worker, _, _ in running.values())]:
                worker.shutdown(wait=False, kill_workers=True)
        return [results[index] for index in sorted(results)]

    def _result(self, future: Future[object], call: Call) -> tuple[object, bool]:
        """Return the result of a call that is over, and whether its worker is alive."""
        try:
            return future.result(), True
        except BrokenProcessPool as error:
            return self.lost(call, f"{LOST} with {_exit(error)}"), False
        except Exception as error:
            return self.lost(call, f"{type(error).__name__}: {first_line(error)}"), True


def _start_quiet_tracker() -> None:
    """Start the process that removes what killed workers leave. It would print a warning about each of them.

    It is a process of its own, so its environment is the only way to tell it.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [before, "ignore:resource_tracker"]))
    resource_tracker.ensure_running()
    os.environ.pop("PYTHONWARNINGS")
    if before is not None:
        os.environ["PYTHONWARNINGS"] = before


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, env=ONE_THREAD)


def _exit(error: BrokenProcessPool) -> str:
    """Return how a worker ended, from the message of loky: `… are {SIGKILL(-9)}`."""
    found = re.search(r"\{(\w+)\((-?\d+)\)", str(error))
    if found is None:
        return "an unknown exit code"
    name, code = found[1], int(found[2])
    memory = ", probably for lack of memory" if name == "SIGKILL" else ""
    return f"{name}{memory}" if code < 0 else f"exit code {code}"
