"""A worker process as its parent sees it. It runs one game, and it can fail."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from aiirmix.envs.protocol import EnvSpec
from aiirmix.envs.smac.game import GameError, MakeGame
from aiirmix.envs.smac.shared_row import map_row

PROGRAM = "import sys; sys.path[:] = {path!r}; from aiirmix.envs.smac.worker import main; main()"


class WorkerHandle:
    """One game in a process group of its own. After `share_row`, its last timestep is in `row`.

    Args:
        make_game: makes the game; it is sent to the process.
        relaunch: see `GameRunner`.
    """

    def __init__(self, make_game: MakeGame, relaunch: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="aiirmix-smac-", ignore_cleanup_errors=True)
        self._row_file = Path(self._folder.name, "row")
        self._connection, theirs = Pipe()
        with theirs:
            self._process = self._start(theirs.fileno())
        self._connection.send((make_game, relaunch))
        self._pending = 0

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        return self._process.pid

    def share_row(self, spec: EnvSpec) -> None:
        """Create the row and send the spec to the process, which opens it."""
        self.row = map_row(self._row_file, spec, "w+")
        self.request("open_row", spec)

    def request(self, method: str, *arguments: object) -> None:
        """Request a call of a method of `GameRunner`; `wait` returns its result."""
        self._pending += 1
        with suppress(OSError):  # `wait` reports a worker that is gone
            self._connection.send((method, *arguments))

    def wait(self, deadline: float) -> Any:  # noqa: ANN401 - the type depends on the method
        """Wait for all requests and return the result of the last.

        Args:
            deadline: a time of the monotonic clock, in seconds.

        Raises:
            GameError: a request failed, the process is gone, or it does not answer in time.
        """
        answer = None
        while self._pending:
            answer = self._receive(deadline)
            self._pending -= 1
        return answer

    def disconnect(self) -> None:
        """Close the connection, upon which the process closes its game and ends."""
        self._connection.close()

    def kill(self, deadline: float = 0.0) -> None:
        """Disconnect, and kill the process and its game if they have not ended by the deadline."""
        self.disconnect()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()

    def _receive(self, deadline: float) -> Any:  # noqa: ANN401 - as above
        try:
            if not self._connection.poll(max(0.0, deadline - time.monotonic())):
                raise GameError("it does not answer")
            failure, answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise GameError("its process is gone") from error
        if failure is not None:
            raise GameError(failure)
        return answer

    def _start(self, connection: int) -> subprocess.Popen[bytes]:
        """Start the process without output: StarCraft II and pysc2 log a lot, and errors come over the connection."""
        environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python", "TMPDIR": self._folder.name}
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(path=sys.path), str(connection), str(self._row_file)],
            env=environment,
            pass_fds=(connection,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
