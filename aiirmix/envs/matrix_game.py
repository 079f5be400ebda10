"""One-step games with a payoff table, in which the optimal joint action is known."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.digest import short_digest
from aiirmix.common.errors import ConfigError
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable


class MatrixGame:
    """Two agents choose one action each, once, and both receive the payoff of the pair. They observe nothing.

    Args:
        payoff: a row for each action of the first agent, a column for each action of the second. The largest payoff
            wins the game.

    Raises:
        ConfigError: the table is empty or not rectangular.
    """

    SELF_CONTAINED: ClassVar[bool] = True
    """It needs nothing but this package, so that a sweep can build it before its runs start."""

    def __init__(self, payoff: Sequence[Sequence[float]]) -> None:
        if not payoff or len({len(row) for row in payoff}) != 1 or not payoff[0]:
            raise ConfigError(f"payoff must be a table of equally long rows, not {[list(row) for row in payoff]}")
        self.payoff = np.array(payoff, np.float32)
        name = f"matrix_game/{short_digest(self.payoff.tobytes())}"
        self._spec = EnvSpec(name, 2, max(self.payoff.shape), 1, 1, 1, ("player", "player"))
        self.avail = np.arange(self._spec.n_actions) < np.array(self.payoff.shape)[:, None]
        """[N, A]; the action mask, always the same."""
        self.over = np.zeros(0, np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names; constant."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one game per seed; all games are alike."""
        out = out or Frame.zeros(self.spec, len(seeds))
        self.over = np.zeros(len(seeds), np.bool_)
        self._show(out, ~self.over)
        return out

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Pay the agents and end every game; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        running = ~self.over
        refuse_unavailable(actions, np.broadcast_to(self.avail, (len(actions), *self.avail.shape)), running)
        rows, columns = actions[running].T
        outcome.reward[running] = self.payoff[rows, columns]
        outcome.terminated[running], outcome.truncated[running] = True, False
        outcome.won[running] = outcome.reward[running] == self.payoff.max()
        self._show(frame, running)
        self.over[:] = True
        return frame, outcome

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _show(self, frame: Frame, games: NDArray[np.bool_]) -> None:
        frame.obs[games], frame.state[games], frame.alive[games] = 1.0, 1.0, True
        frame.avail[games] = self.avail
