"""One game behind SMAC's class, as a worker plays it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec
from aiirmix.envs.smac.rows import shared_row

NO_OP = 0
SIZES = ("n_agents", "n_actions", "obs_shape", "state_shape", "episode_limit")


class SmacGame(Protocol):
    """What is used of SMAC's `StarCraft2Env` (contract, section 2.8); time-outs must be marked in the info."""

    def get_env_info(self) -> dict[str, Any]:
        """`SIZES`, among others."""

    def reset(self) -> object:
        """Starts the next battle."""

    def step(self, actions: list[int]) -> tuple[float, bool, dict[str, Any]]:
        """Plays a joint action [N]: reward, whether the battle is over, and the info, empty if the game failed."""

    def get_obs(self) -> list[Any]:
        """All observations [N][O]."""

    def get_state(self) -> Any:  # noqa: ANN401 - an array
        """The state [S]."""

    def get_avail_actions(self) -> list[list[int]]:
        """All masks [N][A]."""

    def close(self) -> None:
        """Ends the game."""


MakeGame = Callable[[int], SmacGame]
"""Makes a game that starts with this seed."""


class GameError(RuntimeError):
    """A game ended, hangs or makes no sense; the message says how that was noticed."""


class Player:
    """Plays battle after battle in one game, and writes what there is to see into its row.

    Args:
        make_game: makes the game.
        relaunch: whether every battle gets a game of its own. Otherwise only the first one's seed counts.
        memory: the file in which the row lives.
    """

    def __init__(self, make_game: MakeGame, relaunch: bool, memory: Path) -> None:
        self.make_game, self.relaunch, self.memory = make_game, relaunch, memory
        self._game: SmacGame | None = None
        self._finished_one = False

    def sizes(self) -> dict[str, int]:
        """`SIZES` of the environment."""
        with closing(self.make_game(0)) as game:
            info = game.get_env_info()
        return {name: int(info[name]) for name in SIZES}

    def share(self, spec: EnvSpec) -> None:
        """Takes the row that the parent has made."""
        self.row = shared_row(self.memory, spec, "r+")

    def reset(self, seed: int) -> None:
        """Starts the next battle. SMAC cannot leave its first one unfinished: that takes another game."""
        if self.relaunch or not self._finished_one:
            self.close()
            self._game = self.make_game(seed)
        self._playing.reset()
        self._show()

    def step(self, actions: list[int]) -> None:
        """Plays a joint action [N].

        Raises:
            GameError: the game failed, which SMAC tells by an empty info.
        """
        reward, over, info = self._playing.step(actions)
        if not info:
            raise GameError("StarCraft II broke the connection")
        cut_off = bool(info.get("episode_limit", False))
        self.row["reward"], self.row["won"] = reward, info["battle_won"]
        self.row["terminated"], self.row["truncated"] = over and not cut_off, cut_off
        self._finished_one |= over
        self._show()

    def close(self) -> None:
        """Ends the game, if there is one."""
        if self._game is not None:
            self._game.close()
        self._game, self._finished_one = None, False

    @property
    def _playing(self) -> SmacGame:
        if self._game is None:
            raise GameError("no battle was started")
        return self._game

    def _show(self) -> None:
        """Writes the moment. Only the dead may do nothing (contract, section 2.5)."""
        game = self._playing
        self.row["obs"], self.row["state"] = game.get_obs(), game.get_state()
        self.row["avail"] = game.get_avail_actions()
        self.row["alive"] = ~self.row["avail"][..., NO_OP]


def starcraft(seed: int, **options: Any) -> SmacGame:
    """SMAC's class on StarCraft II, `options` being those of its constructor. To be called in a worker.

    With `obs_timestep_number`, SMAC's observations have an empty place before the time, and so are longer than it says.
    """
    from smac.env import StarCraft2Env

    class Measured(StarCraft2Env):  # type: ignore[misc]  # untyped
        def get_obs_agent(self, agent_id: int) -> NDArray[Any]:
            obs = super().get_obs_agent(agent_id)
            return np.delete(obs, -2) if self.obs_timestep_number else obs

    game: SmacGame = Measured(seed=seed % 2**32, continuing_episode=True, **options)
    return game
