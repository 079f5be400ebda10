"""SMAC's own class on skirmish, so that code written for SMAC runs without StarCraft II (contract, section 2.8)."""

import json
from collections.abc import MutableSequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.catalog.maps import MapName
from aiirmix.envs.skirmish.env import VERSION
from aiirmix.envs.skirmish.views.options import Options
from aiirmix.envs.skirmish.views.picture import picture
from aiirmix.envs.skirmish.views.readings import Features, Readings
from aiirmix.envs.skirmish.views.single import Turn


class StarCraft2Env(Readings):
    """In the place of `smac.env.StarCraft2Env`. The options are SMAC's, see `Options`.

    Raises:
        ValueError: there is no such map, or an option has a value that skirmish cannot honour.
    """

    def __init__(self, map_name: MapName = "8m", **options: Any) -> None:
        super().__init__(map_name, Options(**options))
        self.battles_game = self.battles_won = self.timeouts = 0
        self._played: list[list[int]] = []

    def reset(self) -> tuple[list[Features], Features]:
        """Starts the next battle; returns all observations and the state."""
        self.battle.reset()
        self._played = []
        return self.get_obs(), self.get_state()

    def step(self, actions: MutableSequence[Any]) -> tuple[float, bool, dict[str, Any]]:
        """Plays the actions [N], anything that `int` understands; returns the reward, whether it is over, the info.

        A time-out ends a battle like a defeat (section 3.3). With `heuristic_ai`, the sequence is overwritten with
        what the script has done instead.

        Raises:
            AssertionError: an action is not available, or there is not one per agent.
            RuntimeError: no battle is in progress.
        """
        numbers = [int(action) for action in actions]
        turn = self._play(numbers)
        if self.options.heuristic_ai:
            for agent, action in enumerate(self.battle.engine.scripted[0].tolist()):
                actions[agent] = action
        self._played.append(numbers)
        over = turn.terminated or turn.truncated
        self.battles_game += over
        self.battles_won += turn.won
        self.timeouts += turn.truncated
        info = self.battle.facts(turn.won)
        if turn.truncated and self.options.continuing_episode:
            info["episode_limit"] = True
        return turn.reward, over, info

    def get_stats(self) -> dict[str, float]:
        """What has come of the battles; `battles_draw` counts time-outs. No win rate is 0, where SMAC divides by 0."""
        return {
            "battles_won": self.battles_won,
            "battles_game": self.battles_game,
            "battles_draw": self.timeouts,
            "win_rate": self.battles_won / max(self.battles_game, 1),
            "timeouts": self.timeouts,
            "restarts": 0,
        }

    def seed(self) -> int | None:
        """The seed that was given."""
        return self.options.seed

    def save_replay(self) -> Path:
        """Writes what it takes to play this battle again, as JSON; returns the path, in `replay_dir`.

        `StarCraft2Env(replay["map_name"], **replay["options"])` starts it; `replay["actions"]` are its steps.
        """
        name = f"{self.options.replay_prefix or self.map_name}_{self.battle.battle_seed}.json"
        path = Path(self.options.replay_dir) / name
        options = {**asdict(self.options), "seed": self.battle.battle_seed}
        replay = {"version": VERSION, "map_name": self.map_name, "options": options, "actions": self._played}
        path.write_text(json.dumps(replay), encoding="utf-8")
        return path

    def render(self, mode: str = "rgb_array") -> NDArray[np.uint8]:
        """The battle as a picture [rows, columns, RGB].

        Raises:
            ValueError: the mode is another one.
        """
        if mode != "rgb_array":
            raise ValueError(f"the render mode can only be rgb_array, not {mode}")
        return picture(self.battle.engine.world.walkable, self.battle.units)

    def close(self) -> None:
        """Releases what the engine holds."""
        self.battle.engine.close()

    def _play(self, numbers: list[int]) -> Turn:
        """Plays the actions [N]; what is wrong with them raises what SMAC raises."""
        try:
            return self.battle.step(numbers)
        except ValueError as error:
            raise AssertionError(str(error)) from error
