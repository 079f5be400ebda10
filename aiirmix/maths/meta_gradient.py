"""The gradient of the extrinsic objective through one policy update, with respect to the reward parameters η.

The actor makes one ascent step θ'(η) = θ + α Σ w A(η) ∇log π_θ(u). Then, exactly,

    dJ/dη = α Σ_{t,i} w_{t,i} c_{t,i} dA_{t,i}/dη,    c_{t,i} = ⟨∇J(θ'), ∇ log π_θ(u_{t,i})⟩,

and the whole tensor c is one directional derivative of the log-probabilities along ∇J(θ').

After several steps θ_{k+1} = θ_k + α Σ w_k A(η) ∇log π_{θ_k}(u), with A(η) the same in all of them,

    c = Σ_k w_k ⟨∇J(θ_K), ∇log π_{θ_k}(u)⟩,

to first order: the effect of a step on the gradients of the steps after it is of order α.
Letters in shapes: M packed rows, N agents.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.func import jvp
from torch.optim import Optimizer

from aiirmix.maths.halves import half_of
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.shapes import assert_alike

Parameters = Mapping[str, Tensor]
LogProbability = Callable[[Parameters], Tensor]
Step = TypeVar("Step")


class Judging(NamedTuple):
    """Episodes whose credit c comes from the extrinsic objective on certain episodes; indices, rising."""

    judged: Tensor
    judges: Tensor


@dataclass(frozen=True)
class MetaGradient:
    """How the reward parameters learn; its parts are functions of this module.

    Args:
        path: chooses the points at which log π is differentiated, from (the whole batch at θ_0, all steps).
        data: says which episodes judge which, from the number of episodes in a batch.
        preconditioner: the diagonal P of a step θ + P ∇L, from the optimiser that made it.
        derivative: computes c at a point from (log-probability as a function of θ, θ, direction).
        objective: the upper level's J(θ').
        surrogate: the loss of the reward parameters, from (c, extrinsic advantage, r_in, advantage, returns, mask).
        needs_credit: whether the surrogate reads c. If not, c is computed for metrics alone.
        waits: whether the next batch judges all episodes, instead of those that `data` names.
        pays_dead: whether dead agents get r_in, too; a regression does not teach what they would get.
        follows_mixer_alone: whether advantage and returns carry the graph of the mixer, but not that of r_in.
    """

    path: Callable[[Any, Sequence[Any]], Sequence[Any]]
    data: Callable[[int], list[Judging]]
    preconditioner: Callable[[Optimizer, Tensor], list[Tensor] | None]
    derivative: Callable[[LogProbability, Parameters, Parameters], Tensor]
    objective: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    surrogate: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
    needs_credit: bool
    waits: bool = False
    pays_dead: bool = True
    follows_mixer_alone: bool = False


def every_step(start: Step, steps: Sequence[Step]) -> Sequence[Step]:
    """Differentiate log π where each step was taken: the sum over k."""
    del start
    return steps


def start_only(start: Step, steps: Sequence[Step]) -> Sequence[Step]:
    """Differentiate log π at θ_0 only, which takes one derivative however many steps there are."""
    del steps
    return [start]


def same(episodes: int) -> list[Judging]:
    """Judge every episode by the objective on all of them, as the definition of dJ/dη says."""
    everything = torch.arange(episodes)
    return [Judging(everything, everything)]


def split(episodes: int) -> list[Judging]:
    """Judge the even episodes by themselves, and the odd ones, so that nothing of one half reaches the other."""
    return [Judging(half, half) for half in _halves(episodes)]


def cross(episodes: int) -> list[Judging]:
    """Judge the even episodes by the odd ones and vice versa, so that no sample is credited for its own noise."""
    even, odd = _halves(episodes)
    return [Judging(even, odd), Judging(odd, even)]


def _halves(episodes: int) -> tuple[Tensor, Tensor]:
    half = half_of(episodes)
    return (half == 0).nonzero().squeeze(-1), (half == 1).nonzero().squeeze(-1)


def no_preconditioner(optimizer: Optimizer, clipping: Tensor) -> None:
    """Take the step for θ + α ∇L, as eq. 7 writes it: the factor α drops out."""


def of_optimizer(optimizer: Optimizer, clipping: Tensor) -> list[Tensor]:
    """Return ∂step/∂gradient of the optimiser's latest step for each parameter.

    The running moments and `clipping`, the factor of the clipped gradient, are held fixed. It is that factor times lr
    for SGD, lr/(√v + ε) for RMSProp, and lr (1 − β₁)/(1 − β₁ᵗ)/(√v̂ + ε) for Adam.
    """
    return [
        _derivative_of_step(group, parameter, optimizer.state[parameter]) * clipping
        for group in optimizer.param_groups
        for parameter in group["params"]
    ]


def _derivative_of_step(group: dict[str, Any], parameter: Tensor, state: Mapping[str, Tensor]) -> Tensor:
    rate: Tensor = torch.full_like(parameter, group["lr"])
    if "square_avg" in state:
        return rate.div(state["square_avg"].sqrt() + group["eps"])
    if "exp_avg_sq" in state:
        (beta1, beta2), steps = group["betas"], float(state["step"])
        deviation = (state["exp_avg_sq"] / (1 - beta2**steps)).sqrt() + group["eps"]
        scale: float = (1 - beta1) / (1 - beta1**steps)
        return rate.mul(scale).div(deviation)
    return rate


def jvp_directional_derivative(log_probability: LogProbability, theta: Parameters, direction: Parameters) -> Tensor:
    """Return c = d/dε log π_{θ+εv}(u) at ε = 0 by forward-mode differentiation, exact to rounding."""
    tangent: Tensor = jvp(log_probability, (dict(theta),), (dict(direction),))[1]
    return tangent


@torch.no_grad()
def finite_difference_directional_derivative(
    log_probability: LogProbability, theta: Parameters, direction: Parameters, step: float = 5e-3
) -> Tensor:
    """Return the same c by a central difference of length `step` in parameter space.

    In float32 it agrees with the exact c to about 1e-4.
    """
    norm = torch.cat([v.flatten() for v in direction.values()]).norm().clamp_min(1e-30)
    shift: Tensor = step / norm
    plus, minus = (
        log_probability({name: theta[name] + sign * shift * v for name, v in direction.items()}) for sign in (1, -1)
    )
    return (plus - minus) / (2 * shift)


def extrinsic_objective(log_new: Tensor, log_old: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
    """Return J(θ'), the masked mean of ρ A_ex with the per-agent ratio ρ = π_θ'/π_θ.

    All [M, N]; only `log_new` carries a gradient.
    """
    assert_alike(log_new=log_new, log_old=log_old, advantage=advantage, mask=mask)
    ratio = (log_new - log_old.detach()).exp()
    return masked_mean(ratio * advantage.detach(), mask)


def joint_extrinsic_objective(log_new: Tensor, log_old: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
    """Return `extrinsic_objective` with the joint ratio Π_i ρ_i of a timestep (LIIR's public code). All [M, N]."""
    assert_alike(log_new=log_new, log_old=log_old, advantage=advantage, mask=mask)
    log_ratio = (log_new - log_old.detach()).masked_fill(~mask, 0.0).sum(-1, keepdim=True)
    return masked_mean(log_ratio.exp() * advantage.detach(), mask)


def exact_surrogate(
    c: Tensor, extrinsic: Tensor, r_in: Tensor, advantage: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Return minus the masked mean of c A(η). All [M, N].

    Its descent is the ascent of J along the exact meta-gradient, up to the factor α.
    """
    assert_alike(c=c, advantage=advantage, mask=mask)
    del extrinsic, r_in, returns
    return -masked_mean(c.detach() * advantage, mask)


def liir_code_surrogate(
    c: Tensor, extrinsic: Tensor, r_in: Tensor, advantage: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Return the loss of LIIR's public code: +mean(c)·mean(G(η)), a product of means with the opposite sign.

    All [M, N].
    """
    assert_alike(c=c, returns=returns, mask=mask)
    del extrinsic, r_in, advantage
    return masked_mean(c.detach(), mask) * masked_mean(returns, mask)


def regression_on_credit(
    c: Tensor, extrinsic: Tensor, r_in: Tensor, advantage: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Return the masked mean of (r_in − c/rms(c))²: r_in regresses on c, in units of its rms. All [M, N]."""
    assert_alike(c=c, r_in=r_in, mask=mask)
    del extrinsic, advantage, returns
    target = c.detach() / masked_mean(c.detach().square(), mask).sqrt().clamp_min(1e-12)
    return masked_mean((r_in - target).square(), mask)


def regression_on_advantage(
    c: Tensor, extrinsic: Tensor, r_in: Tensor, advantage: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Return the masked mean of (r_in − Â_ex)²: r_in regresses on the team's advantage. All [M, N].

    No policy is differentiated: r_in(o_i, u_i) becomes the mean advantage of what an agent sees and does.
    """
    assert_alike(extrinsic=extrinsic, r_in=r_in, mask=mask)
    del c, advantage, returns
    return masked_mean((r_in - extrinsic.detach()).square(), mask)


def regression_and_exact_surrogate(
    c: Tensor, extrinsic: Tensor, r_in: Tensor, advantage: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Return the sum of `regression_on_advantage`, for r_in, and `exact_surrogate`, for the mixer. All [M, N].

    Where the advantage does not carry the graph of r_in, each of the two learns from its own term alone.
    """
    regression = regression_on_advantage(c, extrinsic, r_in, advantage, returns, mask)
    return regression + exact_surrogate(c, extrinsic, r_in, advantage, returns, mask)
