"""A small game with the interface of SMAC's class, which fails on request, and helpers that play it.

A worker imports this module, so it imports no simulator.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.smac.batch import GameBatch

AGENTS, ENEMIES, LIMIT = 3, 2, 9
FIRST_TARGET = 6
ACTIONS = FIRST_TARGET + ENEMIES


class ToyGame:
    """Agents lose health at random; those that attack wound their target.

    Args:
        seed: of its battles.
        faults: a folder. If it has a file ``<k>``, the game removes it and fails in step k of a battle in the way that
            the text of the file says: crash, hang, raise, or empty (an empty info).
    """

    def __init__(self, seed, faults=None):
        self.rng = np.random.default_rng(seed)
        self.faults = faults
        self.program = subprocess.Popen(["sleep", "600"]) if faults else None

    @classmethod
    def of_settings(cls, seed, **settings):
        """Make a game as SMAC's is made, whatever the settings."""
        return cls(seed)

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
            if action >= FIRST_TARGET:
                self.enemies[action - FIRST_TARGET] = max(0, self.enemies[action - FIRST_TARGET] - 1)
        self.health = np.maximum(0, self.health - (self.rng.random(AGENTS) < 0.45))
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
        """Fail as the folder requests for this step; return whether SMAC would notice it by itself."""
        if not self.faults or not (fault := _take(Path(self.faults, str(self.time)))):
            return False
        if fault == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        elif fault == "hang":
            time.sleep(600)
        elif fault == "raise":
            raise OSError("the game\nis gone")
        return True


def _take(path):
    """Remove the file and return its text; None if another game was faster."""
    try:
        text = path.read_text()
        path.unlink()
    except FileNotFoundError:
        return None
    return text


def describe(sizes):
    """Return the spec for the sizes of the game."""
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


def toy_batch():
    """Return toy games in processes, as an environment of a run."""
    return GameBatch(ToyGame, describe, relaunch=True)


def last_available(frame):
    """Return the last available action of each agent, [B, N]."""
    return frame.avail.shape[-1] - 1 - frame.avail[..., ::-1].argmax(-1)


def play(games, seeds):
    """Play battles to their ends; return the outcome of each step, with blank rows for battles that are over."""
    frame, outcomes, over = games.reset(seeds), [], np.zeros(len(seeds), bool)
    while not over.all():
        fresh = Frame.zeros(games.spec, len(seeds)), Outcome.zeros(len(seeds))
        frame, outcome = games.step(np.where(over[:, None], 0, last_available(frame)), fresh)
        over |= outcome.terminated | outcome.truncated | outcome.aborted
        outcomes.append(outcome)
    return outcomes
