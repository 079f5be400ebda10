"""The course of a conversation: requests in, responses out (contract, sections 7.3 and 7.4)."""

import os
import threading
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

from s2clientprotocol import sc2api_pb2
from s2clientprotocol.sc2api_pb2 import Request, Response

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.sc2_server import messages
from aiirmix.envs.sc2_server.faults import Fault, FaultFile
from aiirmix.envs.sc2_server.game import Game
from aiirmix.envs.skirmish.views.raw import AGENT

CRASHED = 134
"""Exit code of a program that aborts."""


class Refused(Exception):  # noqa: N818 - it is no error of ours
    """The request cannot be answered; the message says why."""


class Dropped(Exception):  # noqa: N818 - it was asked for
    """The connection is to be closed without an answer."""


class Session:
    """One client's conversation with one game.

    Args:
        folder: where a file may ask for a fault.
    """

    def __init__(self, folder: Path) -> None:
        self.status = sc2api_pb2.launched
        self.faults = FaultFile(folder)
        self._create: sc2api_pb2.RequestCreateGame | None = None
        self._game: Game | None = None
        self._handlers: dict[str, Callable[[Request, Response], None]] = {
            "ping": self._ping,
            "create_game": self._create_game,
            "join_game": self._join_game,
            "game_info": self._game_info,
            "observation": self._observation,
            "action": self._action,
            "step": self._step,
            "debug": self._debug,
            "save_replay": self._save_replay,
            "quit": self._quit,
        }

    def answer(self, request: Request) -> Response:
        """The response to a request; what cannot be done is said in its `error`.

        Raises:
            Dropped: instead of an answer, the connection is to be closed.
        """
        kind = request.WhichOneof("request") or "nothing"
        response = Response(id=request.id) if request.HasField("id") else Response()
        try:
            if kind not in self._handlers:
                raise Refused(f"the stand-in for StarCraft II does not know the request {kind}")
            getattr(response, kind).SetInParent()
            self._handlers[kind](request, response)
        except (Refused, ConfigError) as refused:
            response.error.append(str(refused))
        response.status = self.status
        return response

    @property
    def game(self) -> Game:
        """The game in progress.

        Raises:
            Refused: there is none.
        """
        if self._game is None or self.status != sc2api_pb2.in_game:
            raise Refused("no game is in progress")
        return self._game

    def _ping(self, _: Request, response: Response) -> None:
        response.ping.game_version = f"skirmish-{SKIRMISH_VERSION}"

    def _create_game(self, request: Request, response: Response) -> None:
        create = request.create_game
        try:
            find_map(map_name(create))
        except ValueError as error:
            response.create_game.error = sc2api_pb2.ResponseCreateGame.InvalidMapPath
            response.create_game.error_details = str(error)
            return
        self._create = create
        self.status = sc2api_pb2.init_game

    def _join_game(self, _: Request, response: Response) -> None:
        if self._create is None or self.status != sc2api_pb2.init_game:
            raise Refused("no game has been created")
        seed = self._create.random_seed if self._create.HasField("random_seed") else None
        self._game = Game(map_name(self._create), seed)
        self.status = sc2api_pb2.in_game
        response.join_game.player_id = AGENT

    def _game_info(self, _: Request, response: Response) -> None:
        response.game_info.CopyFrom(messages.game_info(self.game))

    def _observation(self, _: Request, response: Response) -> None:
        over = self.status == sc2api_pb2.ended
        response.observation.CopyFrom(messages.stub_observation() if over else messages.observation(self.game))

    def _action(self, request: Request, response: Response) -> None:
        game = self.game
        response.action.result.extend(messages.carry_out(game, action) for action in request.action.actions)

    def _step(self, request: Request, response: Response) -> None:
        game = self.game
        self._suffer(self.faults.strike())
        game.advance(max(1, request.step.count))
        response.step.simulation_loop = game.loop

    def _debug(self, request: Request, _: Response) -> None:
        for command in request.debug.debug:
            if not command.HasField("kill_unit"):
                raise Refused("the stand-in for StarCraft II knows no debug command but kill_unit")
            self.game.kill(command.kill_unit.tag)

    def _save_replay(self, _: Request, response: Response) -> None:
        response.save_replay.data = f"skirmish-{SKIRMISH_VERSION} keeps no replays".encode()

    def _quit(self, _: Request, __: Response) -> None:
        self.status = sc2api_pb2.quit

    def _suffer(self, fault: Fault | None) -> None:
        if fault is Fault.HANG:
            threading.Event().wait()
        elif fault is Fault.CRASH:
            os._exit(CRASHED)
        elif fault is Fault.DROP:
            raise Dropped
        elif fault is Fault.STUB:
            self.status = sc2api_pb2.ended


def map_name(create: sc2api_pb2.RequestCreateGame) -> str:
    """The map that the client wants, by the name of its file; what is in the file does not matter."""
    return PureWindowsPath(create.local_map.map_path).stem
