"""Workers, as their parent sees them: each is a process with one game, and can fail."""

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
from aiirmix.envs.smac.rows import shared_row


class Worker:
    """One game in a process group of its own, whose last moment is in `row` once it has been told the spec.

    Args:
        make_game: makes the game; it is sent to the process.
        relaunch: see `Player`.
    """

    def __init__(self, make_game: MakeGame, relaunch: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="aiirmix-smac-", ignore_cleanup_errors=True)
        self._memory = Path(self._folder.name, "row")
        self._connection, theirs = Pipe()
        with theirs:
            self._process = self._start(theirs.fileno())
        self._connection.send((make_game, relaunch))
        self._asked = 0

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    def share(self, spec: EnvSpec) -> None:
        """Makes the row and tells the process of it."""
        self.row = shared_row(self._memory, spec, "w+")
        self.ask("share", spec)

    def ask(self, method: str, *arguments: object) -> None:
        """Asks for one of the methods of `Player`; what comes of it is to be awaited."""
        self._asked += 1
        with suppress(OSError):  # a worker that is gone is noticed when it is awaited
            self._connection.send((method, *arguments))

    def wait(self, deadline: float) -> Any:  # noqa: ANN401 - whatever the method returns
        """Waits for everything that was asked for; returns what the last method has returned.

        Args:
            deadline: on the monotonic clock.

        Raises:
            GameError: something failed, the process is gone, or it does not answer in time.
        """
        answer = None
        while self._asked:
            answer = self._receive(deadline)
            self._asked -= 1
        return answer

    def dismiss(self) -> None:
        """Asks the process to close its game and to end."""
        self._connection.close()

    def kill(self, deadline: float = 0.0) -> None:
        """Ends process and game, at once or, so that they can end by themselves, at the deadline."""
        self.dismiss()
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
        """StarCraft II and pysc2 talk much; what matters comes through the connection."""
        program = f"import sys; sys.path[:] = {sys.path!r}; from aiirmix.envs.smac.worker import main; main()"
        environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python", "TMPDIR": self._folder.name}
        return subprocess.Popen(
            [sys.executable, "-c", program, str(connection), str(self._memory)],
            env=environment,
            pass_fds=(connection,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
