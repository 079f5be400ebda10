"""The life cycle of a game: requests in, responses out (docs/smac_contract.md §7.3, §7.4)."""

import os
import threading
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

from s2clientprotocol import sc2api_pb2
from s2clientprotocol.sc2api_pb2 import Request, Response

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.contract.scenarios import EMPTY_MAP
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.sc2_server import messages
from aiirmix.envs.sc2_server.created_game import CreatedGame
from aiirmix.envs.sc2_server.faults import Fault, FaultFile
from aiirmix.envs.sc2_server.game import Game
from aiirmix.envs.skirmish.views.raw import AGENT

CRASHED = 134
"""Exit code of a program that aborts (128 + SIGABRT)."""


class Refused(Exception):  # noqa: N818 - an answer, not a failure of this program
    """The request cannot be answered; the message says why."""


class Dropped(Exception):  # noqa: N818 - requested by a fault file
    """A fault closes the connection without an answer."""


class Session:
    """One client's session with one game.

    Args:
        folder: the game's folder, in which a file may request a fault.
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
            "data": self._data,
            "save_replay": self._save_replay,
            "quit": self._quit,
        }

    def answer(self, request: Request) -> Response:
        """Return the response to a request. If it cannot be answered, `error` of the response says why.

        Raises:
            Dropped: a fault closes the connection.
        """
        kind = request.WhichOneof("request") or "nothing"
        response = Response(id=request.id) if request.HasField("id") else Response()
        try:
            if kind not in self._handlers:
                raise Refused(f"the stand-in for StarCraft II does not support the request {kind}")
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
            Refused: no game is in progress.
        """
        if self._game is None or self.status != sc2api_pb2.in_game:
            raise Refused("no game is in progress")
        return self._game

    def _ping(self, _: Request, response: Response) -> None:
        response.ping.game_version = f"skirmish-{SKIRMISH_VERSION}"

    def _create_game(self, request: Request, response: Response) -> None:
        create = request.create_game
        try:
            if map_name(create) != EMPTY_MAP:
                find_map(map_name(create))
        except ConfigError as error:
            response.create_game.error = sc2api_pb2.ResponseCreateGame.InvalidMapPath
            response.create_game.error_details = str(error)
            return
        self._create = create
        self.status = sc2api_pb2.init_game

    def _join_game(self, _: Request, response: Response) -> None:
        if self._create is None or self.status != sc2api_pb2.init_game:
            raise Refused("no game has been created")
        seed = self._create.random_seed if self._create.HasField("random_seed") else None
        name = map_name(self._create)
        self._game = CreatedGame(seed) if name == EMPTY_MAP else Game(name, seed)
        self.status = sc2api_pb2.in_game
        response.join_game.player_id = AGENT

    def _game_info(self, _: Request, response: Response) -> None:
        response.game_info.CopyFrom(messages.game_info(self.game))

    def _observation(self, _: Request, response: Response) -> None:
        ended = self.status == sc2api_pb2.ended
        response.observation.CopyFrom(messages.stub_observation() if ended else messages.observation(self.game))

    def _action(self, request: Request, response: Response) -> None:
        game = self.game
        response.action.result.extend(messages.execute(game, action) for action in request.action.actions)

    def _step(self, request: Request, response: Response) -> None:
        game = self.game
        self._fail(self.faults.count_step())
        game.advance(max(1, request.step.count))
        response.step.simulation_loop = game.loop

    def _debug(self, request: Request, _: Response) -> None:
        for command in request.debug.debug:
            messages.debug(self.game, command)

    def _data(self, _: Request, response: Response) -> None:
        response.data.CopyFrom(messages.unit_types())

    def _save_replay(self, _: Request, response: Response) -> None:
        response.save_replay.data = f"skirmish-{SKIRMISH_VERSION} records no replays".encode()

    def _quit(self, _: Request, __: Response) -> None:
        self.status = sc2api_pb2.quit

    def _fail(self, fault: Fault | None) -> None:
        if fault is Fault.HANG:
            threading.Event().wait()
        elif fault is Fault.CRASH:
            os._exit(CRASHED)
        elif fault is Fault.DROP:
            raise Dropped
        elif fault is Fault.STUB:
            self.status = sc2api_pb2.ended


def map_name(create: sc2api_pb2.RequestCreateGame) -> str:
    """Return the name of the requested map's file, without its extension. The contents of the file are not read."""
    return PureWindowsPath(create.local_map.map_path).stem
