"""What an update of a learner costs: time, multiply-adds, and how near that comes to what the machine can do."""

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
"""Of the batch that an update is measured on."""

ATTEMPTS = 5
"""The best counts: whatever else a machine does only takes away."""


@dataclass(frozen=True)
class UpdateCost:
    """One update on `EPISODES` episodes of `STEPS` steps."""

    milliseconds: float
    """Of the processor's time."""
    gigaflop: float
    """Billions of floating-point operations of its matrix products; a multiply-add is two."""
    share_of_matmul: float
    """Its speed at these, as a share of the speed of one large product (`matmul_speed`)."""


def measure_update(learner: Learner) -> UpdateCost:
    """What `learner.learn` costs, without the diagnostics of an interval's first update."""
    batch = random_episodes(learner.spec)
    learner.interval.updates.append({})
    with FlopCounterMode(display=False) as counter:
        learner.learn(batch)
    seconds = _fastest(lambda: learner.learn(replace(batch)))  # a copy: its packed views are made anew, as in training
    flop = counter.get_total_flops()
    return UpdateCost(1e3 * seconds, flop / 1e9, flop / seconds / matmul_speed())


def matmul_speed(size: int = 1024) -> float:
    """Floating-point operations per second of the processor's time in a product of two square float32 matrices."""
    left, right = torch.rand(2, size, size)
    return 2 * size**3 / _fastest(partial(torch.mm, left, right))


def random_episodes(spec: EnvSpec, episodes: int = EPISODES, steps: int = STEPS) -> EpisodeBatch:
    """Episodes of one length in which all agents live, may do anything, and do it at random."""
    draw = torch.Generator().manual_seed(0)
    agents, actions = (steps + 1, episodes, spec.n_agents), (steps, episodes, spec.n_agents)
    return EpisodeBatch(
        obs=torch.rand(*agents, spec.obs_dim, generator=draw),
        state=torch.rand(*agents[:2], spec.state_dim, generator=draw),
        avail=torch.ones(*agents, spec.n_actions, dtype=torch.bool),
        alive=torch.ones(agents, dtype=torch.bool),
        actions=torch.randint(spec.n_actions, actions, generator=draw),
        reward=torch.rand(actions[:2], generator=draw),
        lengths=torch.full((episodes,), steps),
        terminated=torch.ones(episodes, dtype=torch.bool),
        won=torch.ones(episodes, dtype=torch.bool),
    )


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of the processor's time, the best of `ATTEMPTS`."""
    seconds = []
    for _ in range(ATTEMPTS):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)
