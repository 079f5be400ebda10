"""The process of one game. Its arguments: the descriptor of a connection that it inherits, and the file of its row.

It leads a process group, to which its game belongs: whoever kills the group kills both. If its parent vanishes, it
does so itself.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from aiirmix.common.parent_watchdog import end_with_parent
from aiirmix.envs.smac.game import Player


def main() -> None:
    """Serves the parent's requests until it closes the connection."""
    connection, memory = Connection(int(sys.argv[1])), Path(sys.argv[2])
    end_with_parent(os.getppid(), lambda: end_group(memory.parent))
    with suppress(EOFError, ConnectionError):  # the parent has closed its end
        make_game, relaunch = connection.recv()
        player = Player(make_game, relaunch, memory)
        try:
            serve(connection, player)
        finally:
            player.close()
    remove(memory.parent)


def serve(connection: Connection, player: Player) -> None:
    """Calls the methods of the player that the parent names, with the arguments that it sends, up to a failure.

    It answers with what went wrong, in one line, or None, and with what the method has returned.

    Raises:
        EOFError, ConnectionError: the parent has closed its end.
    """
    failure = None
    while failure is None:
        method, *arguments = connection.recv()
        answer = None
        try:
            answer = getattr(player, method)(*arguments)
        except Exception as error:
            failure = f"{type(error).__name__}: {' '.join(str(error).split())}"
        connection.send((failure, answer))


def remove(folder: Path) -> None:
    """Removes the folder of the row and of the game's temporary files: a parent that was killed cannot."""
    shutil.rmtree(folder, ignore_errors=True)


def end_group(folder: Path) -> None:
    """Removes the folder and kills the process group: this process and its game."""
    remove(folder)
    os.killpg(os.getpgrp(), signal.SIGKILL)
