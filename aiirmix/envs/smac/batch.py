"""A batch of games in lockstep, each in a process of its own. A game that fails costs its battle, never the run."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.smac.game import GameError, MakeGame
from aiirmix.envs.smac.worker_handle import Worker

log = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""For games that are asked to close."""
MOST_FAILURES = 5
"""Failures in a row, of all games together and with no battle finished in between, after which there is no hope."""


class GameBatch:
    """The `BatchEnv` of games that follow SMAC's class.

    Args:
        make_game: makes a game from a seed; sent to the workers.
        describe: makes the spec from the sizes that a game has told (`SIZES`).
        relaunch: whether every battle gets a game of its own, seeded with its seed (see `Player`).
        launch_seconds: that a game may take to start a battle.
        step_seconds: that it may take for a step.

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
        """Battles lost to failures so far."""
        self._failures = 0
        self._hire = partial(Worker, make_game, relaunch)
        self._over = np.ones(0, np.bool_)
        self._workers = [self._hire()]
        try:
            self._workers[0].ask("sizes")
            self.spec = describe(self._workers[0].wait(time.monotonic() + launch_seconds))
        except GameError as error:
            self.close()
            raise RuntimeError(f"no game can be made: {error}") from error
        self._workers[0].share(self.spec)

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Starts one battle per seed; see `BatchEnv`. A game that cannot is replaced, and tries again.

        Raises:
            RuntimeError: games fail again and again.
        """
        frame = out or Frame.zeros(self.spec, len(seeds))
        while len(self._workers) < len(seeds):
            self._workers.append(self._hire())
            self._workers[-1].share(self.spec)
        waiting = list(range(len(seeds)))
        while waiting:
            for b in waiting:
                self._workers[b].ask("reset", int(seeds[b]))
            waiting = self._await(waiting, self.launch_seconds)
        self._over = np.zeros(len(seeds), np.bool_)
        self._copy(range(len(seeds)), frame)
        return frame

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Plays the joint actions [B, N]; see `BatchEnv`. The battle of a game that fails is `aborted`.

        Raises:
            RuntimeError: games fail again and again.
        """
        battles = len(self._over)
        frame, outcome = out or (Frame.zeros(self.spec, battles), Outcome.zeros(battles))
        going = [int(b) for b in np.flatnonzero(~self._over)]
        self._check(going, actions)
        for b in going:
            self._workers[b].ask("step", actions[b].tolist())
        lost = self._await(going, self.step_seconds)
        played = [b for b in going if b not in lost]
        self._copy(played, frame, outcome)
        outcome.aborted[lost] = self._over[lost] = True
        self._over[played] = outcome.terminated[played] | outcome.truncated[played]
        self._failures *= not self._over[played].any()
        self._drop(len(lost))
        return frame, outcome

    def close(self) -> None:
        """Ends all games; those that do not close in time are killed."""
        for worker in self._workers:
            worker.dismiss()
        deadline = time.monotonic() + GRACE_SECONDS
        for worker in self._workers:
            worker.kill(deadline)
        self._workers = []

    def _await(self, battles: Iterable[int], seconds: float) -> list[int]:
        """Waits for the games of these battles; returns those whose game has failed and been replaced."""
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
        if self._failures >= MOST_FAILURES:
            raise RuntimeError(f"games failed {self._failures} times in a row, at last: {error}") from error
        log.warning("game %d failed and is restarted: %s", b, error)
        self._workers[b].kill()
        self._workers[b] = self._hire()
        self._workers[b].share(self.spec)

    def _drop(self, battles: int) -> None:
        """Counts lost battles."""
        self.dropped += battles
        if battles:
            log.warning("unfinished battles dropped so far: %d", self.dropped)

    def _check(self, going: Iterable[int], actions: NDArray[np.int64]) -> None:
        """Raises on the first unavailable action."""
        for b in going:
            for agent, (action, mask) in enumerate(zip(actions[b], self._workers[b].row["avail"][0], strict=True)):
                legal = np.flatnonzero(mask)
                if action not in legal:
                    choices = ", ".join(map(str, legal))
                    raise ValueError(f"battle {b}, agent {agent}: action {action} is not available (legal: {choices})")

    def _copy(self, battles: Iterable[int], *targets: Frame | Outcome) -> None:
        """Copies what the games have written into the rows of these battles."""
        for b in battles:
            for target in targets:
                for name, array in target._asdict().items():
                    array[b] = self._workers[b].row[name][0]
