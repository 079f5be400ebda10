"""The credit c of every action for the extrinsic objective at θ_K (algorithm: `maths.meta_gradient`).

Letters in shapes: T transitions of the longest episode, B episodes, K episodes of a part, M transitions, N agents.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.rollout import Rollout
from aiirmix.maths.meta_gradient import MetaGradient, Parameters

BatchLogProbability = Callable[[EpisodeBatch, Parameters], Tensor]
"""log π_θ of the actions taken, [M, N], from a batch and θ."""


class ActorStep(NamedTuple):
    """One step of the actors."""

    theta: Parameters
    """the actors' parameters before the step"""
    part: Rollout
    episodes: Tensor
    """[K]; which episodes of the batch `part` holds"""
    weight: Tensor
    """[T, K, N]: the gradient of the step is the mean of weight·A ∇log π(u) over living agents"""
    preconditioner: Sequence[Tensor] | None
    """the diagonal P of the step P ∇L, in the order of θ; None: a multiple of one"""


@dataclass(frozen=True)
class Credit:
    """What the actors' steps on a batch did for the objective."""

    c: Tensor
    """[M, N]"""
    log_new: Tensor | None
    """[M, N], log π at θ_K; None: other episodes judged"""
    objective: Tensor
    """J(θ_K)"""


def credit(
    meta: MetaGradient,
    log_probability: BatchLogProbability,
    rollout: Rollout,
    path: Sequence[ActorStep],
    ended: Parameters,
    judge: Rollout | None = None,
) -> Credit:
    """Compute c for every action of a rollout.

    Args:
        meta: how.
        log_probability: of the actors.
        rollout: what the actors learnt from, with log π_old.
        path: the actors' steps.
        ended: θ_K, which requires a gradient.
        judge: other episodes, played with θ_K, on which J is taken; None: `meta.data` says which of `rollout`.
    """
    c = torch.zeros_like(rollout.advantages)
    log_new = torch.zeros_like(rollout.advantages)
    start, objectives = _start(rollout, path), []
    for judged, judges in meta.data(c.shape[1]):
        now, objective = _objective(meta, log_probability, rollout.select(judges) if judge is None else judge, ended)
        if judge is None:
            log_new[: len(now), judges] = now
        direction = torch.autograd.grad(objective, list(ended.values()))
        objectives.append(objective.detach())
        for step in meta.path(start, path):
            _add_credit(c, meta, log_probability, step, direction, judged, rollout.living)
    pack = rollout.batch.transitions.packing.pack
    return Credit(pack(c), pack(log_new) if judge is None else None, torch.stack(objectives).mean())


def _start(rollout: Rollout, path: Sequence[ActorStep]) -> ActorStep:
    """Return a step on the whole batch at θ_0, where ρ = 1, that weighs each episode as much as all steps together."""
    first, weight = path[0], torch.zeros_like(rollout.advantages)
    for step in path:
        weight[:, step.episodes] += rollout.living.to(weight) / step.part.living
    return ActorStep(first.theta, rollout, torch.arange(weight.shape[1]), weight, first.preconditioner)


def _objective(
    meta: MetaGradient, log_probability: BatchLogProbability, judge: Rollout, theta: Parameters
) -> tuple[Tensor, Tensor]:
    """Return log π at θ_K, [T, K, N], and J of these episodes."""
    transitions = judge.batch.transitions
    assert judge.log_old is not None
    assert judge.extrinsic is not None
    log_old, extrinsic = (transitions.packing.pack(x) for x in (judge.log_old, judge.extrinsic))
    log_new = log_probability(judge.batch, theta)
    objective = meta.objective(log_new, log_old, extrinsic, transitions.alive)
    return transitions.packing.unpack(log_new.detach()), objective


def _add_credit(
    c: Tensor,
    meta: MetaGradient,
    log_probability: BatchLogProbability,
    step: ActorStep,
    direction: Sequence[Tensor],
    judged: Tensor,
    living: Tensor,
) -> None:
    """Add to c [T, B, N] what one step did in the judged episodes.

    A step on some of the episodes weighs them more, as its gradient is the mean over them alone.
    """
    places = torch.isin(step.episodes, judged.to(step.episodes.device)).nonzero().squeeze(-1)
    if not len(places):
        return
    batch = step.part.select(places).batch
    if step.preconditioner is not None:
        direction = [p * d for p, d in zip(step.preconditioner, direction, strict=True)]
    named = dict(zip(step.theta, direction, strict=True))
    change = batch.transitions.packing.unpack(meta.derivative(partial(log_probability, batch), step.theta, named))
    weight = step.weight[: len(change), places]
    c[: len(change), step.episodes[places]] += change * weight * (living.to(weight) / step.part.living)
