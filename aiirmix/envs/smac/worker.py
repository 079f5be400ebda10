"""The process of one game, started by its handle with two arguments: an inherited connection, and the file of its row.

The process leads a process group to which its game belongs, so that killing the group kills both. If its parent
vanishes, it kills the group itself.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from aiirmix.common.parent_watchdog import end_with_parent
from aiirmix.envs.smac.game import GameRunner


def main() -> None:
    """Serve the parent's requests until it closes the connection."""
    connection, row_file = Connection(int(sys.argv[1])), Path(sys.argv[2])
    end_with_parent(os.getppid(), lambda: end_group(row_file.parent))
    with suppress(EOFError, ConnectionError):  # the parent has closed its end
        make_game, relaunch = connection.recv()
        runner = GameRunner(make_game, relaunch, row_file)
        try:
            serve(connection, runner)
        finally:
            runner.close()
    remove(row_file.parent)


def serve(connection: Connection, runner: GameRunner) -> None:
    """Call the methods of the runner that the parent requests, until one fails.

    A request is the name of the method and its arguments. The answer is a pair: the error in one line, or None; and the
    value that the method returned.

    Raises:
        EOFError, ConnectionError: the parent has closed its end.
    """
    failure = None
    while failure is None:
        method, *arguments = connection.recv()
        answer = None
        try:
            answer = getattr(runner, method)(*arguments)
        except Exception as error:
            failure = f"{type(error).__name__}: {' '.join(str(error).split())}"
        connection.send((failure, answer))


def remove(folder: Path) -> None:
    """Remove the folder of the row and of the game's temporary files, which a parent that was killed cannot do."""
    shutil.rmtree(folder, ignore_errors=True)


def end_group(folder: Path) -> None:
    """Remove the folder and kill the process group: this process and its game."""
    remove(folder)
    os.killpg(os.getpgrp(), signal.SIGKILL)
