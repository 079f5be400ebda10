"""A batch of games in lockstep, each in a process of its own. A game that fails costs its battle, never the run."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable
from aiirmix.envs.smac.game import GameError, MakeGame
from aiirmix.envs.smac.worker_handle import WorkerHandle

log = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""How long games have to close by themselves."""
MAX_FAILURES = 5
"""Consecutive failures, of all games together and without a finished battle in between, that end the run."""


class GameBatch:
    """The `BatchEnv` of games with the interface of SMAC's class.

    Args:
        make_game: makes a game from a seed; sent to the workers.
        describe: makes the spec from the sizes of a game (`SIZES`).
        relaunch: make a new game for every battle, seeded with the battle's seed (see `GameRunner`).
        launch_seconds: how long a game may take to start a battle.
        step_seconds: how long a game may take for a step.

    Raises:
        RuntimeError: no game can be made; the message says why.
    """

    def __init__(
        self,
        make_game: MakeGame,
        describe: Callable[[dict[str, int]], EnvSpec],
        relaunch: bool = False,
        launch_seconds: float = 180.0,
        step_seconds: float = 60.0,
    ) -> None:
        self.launch_seconds, self.step_seconds = launch_seconds, step_seconds
        self.dropped = 0
        """Number of battles lost to failures."""
        self._failures = 0
        self._start_worker = partial(WorkerHandle, make_game, relaunch)
        self._over = np.ones(0, np.bool_)
        self._workers = [self._start_worker()]
        try:
            self._workers[0].request("sizes")
            self.spec = describe(self._workers[0].wait(time.monotonic() + launch_seconds))
        except GameError as error:
            self.close()
            raise RuntimeError(f"no game can be made: {error}") from error
        self._workers[0].share_row(self.spec)

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`. A game that fails to start is replaced and tried again.

        Raises:
            RuntimeError: `MAX_FAILURES` in a row.
        """
        frame = out or Frame.zeros(self.spec, len(seeds))
        while len(self._workers) < len(seeds):
            self._workers.append(self._start_worker())
            self._workers[-1].share_row(self.spec)
        waiting = list(range(len(seeds)))
        while waiting:
            for b in waiting:
                self._workers[b].request("reset", int(seeds[b]))
            waiting = self._wait(waiting, self.launch_seconds)
        self._over = np.zeros(len(seeds), np.bool_)
        self._copy(range(len(seeds)), frame)
        return frame

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`. The battle of a game that fails is `aborted`.

        Raises:
            RuntimeError: `MAX_FAILURES` in a row.
        """
        battles = len(self._over)
        frame, outcome = out or (Frame.zeros(self.spec, battles), Outcome.zeros(battles))
        refuse_unavailable(actions, self._masks(), ~self._over)
        running = [int(b) for b in np.flatnonzero(~self._over)]
        for b in running:
            self._workers[b].request("step", actions[b].tolist())
        lost = self._wait(running, self.step_seconds)
        played = [b for b in running if b not in lost]
        self._copy(played, frame, outcome)
        outcome.aborted[lost] = self._over[lost] = True
        self._over[played] = outcome.terminated[played] | outcome.truncated[played]
        if self._over[played].any():
            self._failures = 0
        self._count_dropped(len(lost))
        return frame, outcome

    def close(self) -> None:
        """End all games, and kill those that do not close in time."""
        for worker in self._workers:
            worker.disconnect()
        deadline = time.monotonic() + GRACE_SECONDS
        for worker in self._workers:
            worker.kill(deadline)
        self._workers = []

    def _wait(self, battles: Iterable[int], seconds: float) -> list[int]:
        """Wait for the games of these battles; return those whose game failed and was replaced."""
        deadline = time.monotonic() + seconds
        lost = []
        for b in battles:
            try:
                self._workers[b].wait(deadline)
            except GameError as error:
                self._replace(b, error)
                lost.append(b)
        return lost

    def _replace(self, b: int, error: GameError) -> None:
        self._failures += 1
        if self._failures >= MAX_FAILURES:
            raise RuntimeError(f"games failed {self._failures} times in a row, at last: {error}") from error
        log.warning("game %d failed and is restarted: %s", b, error)
        self._workers[b].kill()
        self._workers[b] = self._start_worker()
        self._workers[b].share_row(self.spec)

    def _count_dropped(self, battles: int) -> None:
        self.dropped += battles
        if battles:
            log.warning("unfinished battles dropped so far: %d", self.dropped)

    def _masks(self) -> NDArray[np.bool_]:
        """Return the masks [B, N, A] of the last timestep."""
        masks = [self._workers[b].row["avail"][0] for b in range(len(self._over))]
        return np.array(masks, np.bool_).reshape(-1, self.spec.n_agents, self.spec.n_actions)

    def _copy(self, battles: Iterable[int], *targets: Frame | Outcome) -> None:
        """Copy what the games have written into the rows of these battles."""
        for b in battles:
            for target in targets:
                for name, array in target._asdict().items():
                    array[b] = self._workers[b].row[name][0]
