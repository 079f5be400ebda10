"""A task with known credit: the team's reward hides which agents earned it, and the environment knows.

Letters in shapes: B battles, N agents, C contexts, A actions, T steps of an episode.
"""

from dataclasses import astuple, dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.digest import short_digest
from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.counter_rng import draw_integers, draw_normals
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable

Dynamics = Literal["contexts", "walk"]
Mapping = Literal["common", "own"]
Payment = Literal["each_step", "at_end"]
CHOICES = {"dynamics": Dynamics, "mapping": Mapping, "reward": Payment}
LEAST = {"agents": 1, "contexts": 1, "actions": 1, "steps": 1, "noise": 0.0, "task_seed": 0}


@dataclass(eq=False)
class CreditTask:
    """Each agent sees its own context. An agent that acts right contributes 1/N to the reward that the team shares.

    The largest return is the number of steps. An episode is won if every agent contributes in the last step.

    Raises:
        ConfigError: a setting has an impossible value.
    """

    SELF_CONTAINED: ClassVar[bool] = True
    """It needs nothing but this package, so that a sweep can build it before its runs start."""
    agents: int
    contexts: int
    actions: int
    steps: int
    """T; every episode lasts this long."""
    dynamics: Dynamics
    """`contexts` are drawn anew at every timestep, whatever the agents do, and each has one right action. In a `walk`,
    contexts are places on a ring: action a moves an agent by a − ⌊A/2⌋ places, and is right if it leads to the goal."""
    mapping: Mapping
    """Whether all agents have the same right actions or goal, or each agent its own."""
    reward: Payment
    """Whether the team is paid at each step, or everything in the last one. Contributions are never delayed."""
    noise: float
    """Standard deviation of the Gaussian noise that each step adds to the team's reward."""
    task_seed: int
    """Seed of the right actions and goals, which are the same in all episodes and runs."""

    def __post_init__(self) -> None:
        """Check the settings and draw the right actions."""
        for name, choices in CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ConfigError(unknown(f"{name} of the credit task", getattr(self, name), get_args(choices)))
        for name, least in LEAST.items():
            if not getattr(self, name) >= least:
                raise ConfigError(f"{name} of the credit task must be at least {least}, not {getattr(self, name)}")
        self.is_right = self._right_actions()
        """[N, C, A]; whether an action contributes, in each context of each agent."""
        self._spec = EnvSpec(
            name=f"credit/{short_digest(repr(astuple(self)).encode())}",
            n_agents=self.agents,
            n_actions=self.actions,
            obs_dim=self.contexts,
            state_dim=self.agents * self.contexts + 1,
            episode_limit=self.steps,
            agent_types=("agent",) * self.agents,
            knows_contributions=True,
        )
        self._one_hot = np.eye(self.contexts, dtype=np.float32)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names; constant."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one episode per seed; see `BatchEnv`."""
        timesteps = 1 if self.dynamics == "walk" else self.steps + 1
        shape = (len(seeds), timesteps, self.agents)
        self.drawn = draw_integers(seeds, 0, shape[1] * shape[2], self.contexts).reshape(shape)
        """[B, T + 1, N]; the contexts. Only the first ones are drawn in a walk."""
        self.errors = self.noise * draw_normals(seeds, shape[1] * shape[2], self.steps)
        """[B, T]; the noise."""
        self.time, self.context = 0, self.drawn[:, 0]
        self.hits = np.zeros(self.context.shape, np.bool_)
        """[B, N]; which agents acted right in the last step."""
        self.unpaid = np.zeros(len(seeds))
        """[B]; what the team has earned and not been paid."""
        return self._show(out or Frame.zeros(self.spec, len(seeds)))

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        if self.time == self.steps:
            return frame, outcome
        if actions.min() < 0 or actions.max() >= self.actions:
            avail = np.broadcast_to(np.True_, (*self.context.shape, self.actions))
            refuse_unavailable(actions, avail, np.ones(len(actions), np.bool_))
        self.hits = self.is_right[np.arange(self.agents), self.context, actions]
        self.unpaid += self.hits.sum(1) / self.agents + self.errors[:, self.time]
        self.time += 1
        self.context = self._moved(self.context, actions) if self.dynamics == "walk" else self.drawn[:, self.time]
        self._pay(outcome)
        return self._show(frame), outcome

    def contributions(self) -> NDArray[np.float32]:
        """Return 1/N for each agent that acted right in the last step, [B, N]; see `KnowsContributions`.

        It is also the difference reward: what the team would have lost if the agent had acted wrong.
        """
        return self.hits * np.float32(1 / self.agents)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _right_actions(self) -> NDArray[np.bool_]:
        rng = np.random.default_rng(self.task_seed)
        contexts, actions = np.arange(self.contexts)[:, None], np.arange(self.actions)
        tasks = self.agents if self.mapping == "own" else 1
        if self.dynamics == "walk":
            goals = rng.integers(self.contexts, size=(tasks, 1, 1))
            is_right = self._moved(contexts, actions) == goals
        else:
            right = [rng.permutation(max(self.contexts, self.actions))[: self.contexts] for _ in range(tasks)]
            is_right = np.stack(right)[..., None] % self.actions == actions
        return np.broadcast_to(is_right, (self.agents, self.contexts, self.actions)).copy()

    def _moved(self, places: NDArray[np.int64], actions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places on the ring to which actions lead."""
        return (places + actions - self.actions // 2) % self.contexts

    def _pay(self, outcome: Outcome) -> None:
        over = self.time == self.steps
        pays = over or self.reward == "each_step"
        outcome.reward[:] = self.unpaid if pays else 0.0
        self.unpaid *= not pays
        outcome.terminated[:], outcome.truncated[:] = over, False
        outcome.won[:] = over & self.hits.all(1)

    def _show(self, frame: Frame) -> Frame:
        frame.obs[:] = self._one_hot[self.context]
        frame.state[:, :-1] = frame.obs.reshape(len(frame.obs), -1)
        frame.state[:, -1] = self.time / self.steps
        frame.avail[:] = frame.alive[:] = True
        return frame
