"""A small game behind the interface of SMAC's class, which fails when it is told to. It imports nothing but NumPy."""

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np

from aiirmix.envs.protocol import EnvSpec
from aiirmix.envs.smac.batch import GameBatch

AGENTS, ENEMIES, LIMIT = 3, 2, 9
ACTIONS = 6 + ENEMIES


def describe(sizes):
    """The spec that belongs to the game's sizes."""
    return EnvSpec(
        "toy/skirmish",
        n_agents=sizes["n_agents"],
        n_actions=sizes["n_actions"],
        obs_dim=sizes["obs_shape"],
        state_dim=sizes["state_shape"],
        episode_limit=sizes["episode_limit"],
        agent_types=("soldier",) * sizes["n_agents"],
        most_battles=4,
    )


class ToyGame:
    """Agents lose health at random; those who attack wound their target.

    Args:
        seed: of its battles.
        faults: a folder. A file ``<k>`` in it, removed as it is read, makes the game fail in step k of a battle: its
            text says how.
    """

    def __init__(self, seed, faults=None):
        self.random = np.random.default_rng(seed)
        self.faults = faults
        self.program = subprocess.Popen(["sleep", "600"]) if faults else None

    def get_env_info(self):
        return {
            "n_agents": AGENTS,
            "n_actions": ACTIONS,
            "obs_shape": 2 + ENEMIES,
            "state_shape": AGENTS + ENEMIES,
            "episode_limit": LIMIT,
        }

    def reset(self):
        self.health, self.enemies, self.time = np.full(AGENTS, 3), np.full(ENEMIES, 4), 0
        self._fail()
        return self.get_obs(), self.get_state()

    def step(self, actions):
        self.time += 1
        if self._fail():
            return 0, True, {}
        for agent, action in enumerate(actions):
            assert self.get_avail_actions()[agent][action]
        before = self.enemies.sum()
        for action in actions:
            if action >= 6:
                self.enemies[action - 6] = max(0, self.enemies[action - 6] - 1)
        self.health = np.maximum(0, self.health - (self.random.random(AGENTS) < 0.45))
        won, lost = not self.enemies.any(), not self.health.any()
        info = {"battle_won": won and not lost, "dead_allies": 0, "dead_enemies": 0}
        if self.time >= LIMIT and not (won or lost):
            info["episode_limit"] = True
        return float(before - self.enemies.sum()), won or lost or self.time >= LIMIT, info

    def get_obs(self):
        return [np.array([health, self.time, *self.enemies], np.float32) * (health > 0) for health in self.health]

    def get_state(self):
        return np.concatenate([self.health, self.enemies]).astype(np.float32)

    def get_avail_actions(self):
        attacks = [int(health > 0) for health in self.enemies]
        return [[0, 1, 1, 0, 1, 0, *attacks] if health > 0 else [1] + [0] * (ACTIONS - 1) for health in self.health]

    def close(self):
        if self.program:
            self.program.kill()

    def _fail(self):
        """Does what the folder asks for at this time; returns whether SMAC would have noticed it by itself."""
        if not self.faults or not (fault := _taken(Path(self.faults, str(self.time)))):
            return False
        if fault == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        elif fault == "hang":
            time.sleep(600)
        elif fault == "raise":
            raise OSError("the game\nis gone")
        return True


def _taken(path):
    """The text of a file that is there for the first who removes it."""
    try:
        text = path.read_text()
        path.unlink()
    except FileNotFoundError:
        return None
    return text


def toy_batch():
    """Toy games in processes, as an environment of a run."""
    return GameBatch(ToyGame, describe, relaunch=True)
