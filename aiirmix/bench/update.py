"""The cost of one update of a learner: time, multiply-adds, and how close it comes to the machine's speed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch.utils.flop_counter import FlopCounterMode

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Learner

EPISODES, STEPS = 32, 60
"""The size of the batch that an update is measured on."""

ATTEMPTS = 5
"""The fastest attempt counts: other work on the machine only slows it down."""


@dataclass(frozen=True)
class UpdateCost:
    """One update on `EPISODES` episodes of `STEPS` timesteps; the mean of those that are made on a batch."""

    milliseconds: float
    """Processor time."""
    gigaflop: float
    """Billions of floating-point operations of its matrix products; a multiply-add counts as two."""
    fraction_of_matmul: float
    """Its speed, as a fraction of the speed of one large matrix product (`matmul_speed`)."""


def measure_update(learner: Learner) -> UpdateCost:
    """Measure all updates on a batch, without the diagnostics of an interval's first."""
    batch = random_episodes(learner.spec)
    learner.interval.updates.append({})
    with FlopCounterMode(display=False) as counter:
        updates = _learn(learner, batch)
    seconds = (
        _fastest(lambda: _learn(learner, replace(batch))) / updates
    )  # A copy packs its rows again, as each batch does.
    flop = counter.get_total_flops() / updates
    return UpdateCost(1e3 * seconds, flop / 1e9, flop / seconds / matmul_speed())


def _learn(learner: Learner, batch: EpisodeBatch) -> int:
    """Make the updates on a batch, which an off-policy learner would draw from its replay buffer; count them."""
    if learner.replay is None:
        return len(list(learner.gradient_updates(batch)))
    learner.learn(batch)
    return 1


def matmul_speed(size: int = 1024) -> float:
    """Return the floating-point operations per second of processor time in a product of square float32 matrices."""
    left, right = torch.rand(2, size, size)
    return 2 * size**3 / _fastest(partial(torch.mm, left, right))


def random_episodes(spec: EnvSpec, episodes: int = EPISODES, steps: int = STEPS) -> EpisodeBatch:
    """Draw episodes of equal length, in which all agents stay alive and all actions are available."""
    rng = torch.Generator().manual_seed(0)
    agents, actions = (steps + 1, episodes, spec.n_agents), (steps, episodes, spec.n_agents)
    return EpisodeBatch(
        obs=torch.rand(*agents, spec.obs_dim, generator=rng),
        state=torch.rand(*agents[:2], spec.state_dim, generator=rng),
        avail=torch.ones(*agents, spec.n_actions, dtype=torch.bool),
        alive=torch.ones(agents, dtype=torch.bool),
        actions=torch.randint(spec.n_actions, actions, generator=rng),
        reward=torch.rand(actions[:2], generator=rng),
        lengths=torch.full((episodes,), steps),
        terminated=torch.ones(episodes, dtype=torch.bool),
        won=torch.ones(episodes, dtype=torch.bool),
    )


def _fastest(work: Callable[[], object]) -> float:
    """Return seconds of processor time, the least of `ATTEMPTS`."""
    seconds = []
    for _ in range(ATTEMPTS):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)
