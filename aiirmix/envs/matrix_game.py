"""One-step games with a payoff table: what agents learn that are paid together, where the answer is known."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome


class MatrixGame:
    """Two agents choose once and together, and are both paid what the table says. There is nothing to see.

    Args:
        payoff: a row for each action of the first agent, a column for each action of the second. A game is won by the
            largest payoff.

    Raises:
        ConfigError: the table is empty or not rectangular.
    """

    def __init__(self, payoff: Sequence[Sequence[float]]) -> None:
        if not payoff or len({len(row) for row in payoff}) != 1 or not payoff[0]:
            raise ConfigError(f"payoff must be a table of equally long rows, not {[list(row) for row in payoff]}")
        self.payoff = np.array(payoff, np.float32)
        digest = hashlib.sha256(self.payoff.tobytes()).hexdigest()[:8]
        self._spec = EnvSpec(f"matrix_game/{digest}", 2, max(self.payoff.shape), 1, 1, 1, ("player", "player"))
        self.over = np.zeros(0, np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names; constant."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Starts one game per seed; all are alike."""
        out = out or Frame.zeros(self.spec, len(seeds))
        self.over = np.zeros(len(seeds), np.bool_)
        self._show(out, ~self.over)
        return out

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Pays, and ends every game.

        Raises:
            ValueError: an agent has no such action.
        """
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        going = ~self.over
        self._refuse_unavailable(actions, going)
        rows, columns = actions[going].T
        outcome.reward[going] = self.payoff[rows, columns]
        outcome.terminated[going], outcome.truncated[going] = True, False
        outcome.won[going] = outcome.reward[going] == self.payoff.max()
        self._show(frame, going)
        self.over[:] = True
        return frame, outcome

    def close(self) -> None:
        """There is nothing to close."""

    def _show(self, frame: Frame, games: NDArray[np.bool_]) -> None:
        frame.obs[games], frame.state[games], frame.alive[games] = 1.0, 1.0, True
        frame.avail[games] = np.arange(self.spec.n_actions) < np.array(self.payoff.shape)[:, None]

    def _refuse_unavailable(self, actions: NDArray[np.int64], going: NDArray[np.bool_]) -> None:
        choices = self.payoff.shape
        for battle, agent in zip(*np.nonzero((actions < 0) | (actions >= choices)), strict=True):
            if going[battle]:
                legal = ", ".join(map(str, range(choices[agent])))
                raise ValueError(
                    f"battle {battle}: agent {agent} cannot choose action {actions[battle, agent]} (legal: {legal})"
                )
