"""Metrics about the reward parameters (docs/aiir_mix.md explains each).

Letters in shapes: M transitions, N agents.
"""

import torch
from torch import Tensor, nn

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.maths.attention import row_entropy
from aiirmix.maths.masked import correlation, masked_mean, masked_variance, row_deviations, unexplained
from aiirmix.maths.meta_gradient import Parameters
from aiirmix.nets.roles import IntrinsicSource, RewardMixer


def reward_metrics(
    source: IntrinsicSource,
    mixer: RewardMixer,
    transitions: PackedTimesteps,
    types: tuple[str, ...],
    r_in: Tensor,
    r_ex: Tensor,
    r_total: Tensor,
) -> dict[str, Tensor]:
    """Return metrics of r_in [M, N], its source and its mixer with r_ex [M] to r_total [M, N]."""
    alive = transitions.alive
    return {
        **intrinsic_by_type(r_in, alive, types),
        **mixer_metrics(mixer, r_in, r_ex, alive),
        **attention_metrics(source, transitions, types),
        "rewards/fraction_alive": alive.float().mean(),
        "rewards/correlation_total_extrinsic": correlation(r_total[alive], r_ex[:, None].expand_as(alive)[alive]),
    }


def intrinsic_by_type(r_in: Tensor, alive: Tensor, types: tuple[str, ...]) -> dict[str, Tensor]:
    """Return mean and standard deviation of r_in over the living agents of each type. Both [M, N]."""
    metrics = {}
    for kind, columns in _members(types).items():
        x, mask = r_in[:, columns], alive[:, columns]
        metrics[f"r_in/{kind}/mean"] = masked_mean(x, mask)
        metrics[f"r_in/{kind}/std"] = masked_variance(x, mask).sqrt()
    return metrics


def credit_metrics(r_in: Tensor, advantage: Tensor, without: Tensor, batch: EpisodeBatch) -> dict[str, Tensor]:
    """Return the correlation of the true contributions with what r_in adds to the advantage, and others.

    The others are those with r_in, and with the advantage that there would be without it.

    Args:
        r_in: [M, N].
        advantage: [M, N], that the actors learn from.
        without: [M, N], the same without intrinsic reward.
        batch: knows the contributions, or the result is empty.
    """
    alive = batch.transitions.alive
    added = unexplained(advantage[alive], without[alive])
    return {
        **correlation_with_truth("credit/correlation", added, batch),
        **correlation_with_truth("credit/correlation_of_r_in", r_in[alive], batch),
        **correlation_with_truth("credit/correlation_without", without[alive], batch),
        **correlation_among_agents(r_in, batch),
    }


def correlation_with_truth(name: str, x: Tensor, batch: EpisodeBatch) -> dict[str, Tensor]:
    """Return the correlation of the true contributions with x, of which the living agents' values are given in order.

    It is empty if the batch does not know the contributions.
    """
    if batch.contributions is None:
        return {}
    return {name: correlation(x, batch.transitions.packing.pack(batch.contributions)[batch.transitions.alive])}


def correlation_among_agents(r_in: Tensor, batch: EpisodeBatch) -> dict[str, Tensor]:
    """Return the correlation of r_in [M, N] with the true contributions, both less their means in each timestep.

    It asks who earned more than the others, not when the team earned much: equal shares have none.
    """
    if batch.contributions is None:
        return {}
    alive, truth = batch.transitions.alive, batch.transitions.packing.pack(batch.contributions)
    found = correlation(row_deviations(r_in, alive), row_deviations(truth, alive))
    return {"credit/correlation_among_agents": found}


def mixer_metrics(mixer: RewardMixer, r_in: Tensor, r_ex: Tensor, alive: Tensor) -> dict[str, Tensor]:
    """Return how the mixer weighs the rewards.

    They are the slope ∂r_total/∂r_in (5th, 50th and 95th percentile), the median over timesteps of ∂r_total/∂r_ex (mean
    of the agents), and r_total where r_in = r_ex = 0.
    """
    at, at_ex = r_in.clone().requires_grad_(), r_ex.clone().requires_grad_()
    slopes = torch.autograd.grad(mixer(at, at_ex).sum(), (at, at_ex), materialize_grads=True)
    slope = slopes[0][alive]
    low, middle, high = torch.quantile(slope, slope.new_tensor([0.05, 0.5, 0.95]))
    with torch.no_grad():
        offset = mixer(r_in.new_zeros(1, 1), r_in.new_zeros(1)).squeeze()
    return {
        "mixer/slope_p05": low,
        "mixer/slope": middle,
        "mixer/slope_p95": high,
        "mixer/weight_of_extrinsic": (slopes[1] / alive.shape[1]).median(),
        "mixer/offset_at_0": offset,
    }


def attention_metrics(
    source: IntrinsicSource, transitions: PackedTimesteps, types: tuple[str, ...]
) -> dict[str, Tensor]:
    """Return metrics of living agents' attention; none if the source shows no attention.

    They are its mean entropy (nats), the weight on the agent itself, and the weights on others by type.
    """
    with torch.no_grad():
        weights = source.attention(transitions)
    if weights is None:
        return {}
    itself = weights.diagonal(dim1=-2, dim2=-1)
    return {
        "attention/entropy": masked_mean(row_entropy(weights), transitions.alive),
        "attention/self_weight": masked_mean(itself, transitions.alive),
        **attention_by_type(weights, transitions.alive, types),
    }


def attention_by_type(weights: Tensor, alive: Tensor, types: tuple[str, ...]) -> dict[str, Tensor]:
    """Return the mean weight [M, N, N] of a living agent on one other living agent, by the types of the two."""
    pairs = alive[:, :, None] & alive[:, None, :] & ~torch.eye(len(types), dtype=torch.bool, device=alive.device)
    return {
        f"attention/{one}_to_{other}": masked_mean(weights[:, rows][:, :, columns], pairs[:, rows][:, :, columns])
        for one, rows in _members(types).items()
        for other, columns in _members(types).items()
    }


def meta_signal(c: Tensor, alive: Tensor) -> dict[str, Tensor]:
    """Return the rms of c, its mean, and |mean|/rms: the fraction of the signal that LIIR's public code keeps."""
    mean, rms = masked_mean(c, alive), masked_mean(c.square(), alive).sqrt()
    return {"meta/c_rms": rms, "meta/c_mean": mean, "meta/c_mean_over_rms": mean.abs() / rms.clamp_min(1e-12)}


def policy_step(log_new: Tensor, log_old: Tensor, new: Parameters, old: Parameters, alive: Tensor) -> dict[str, Tensor]:
    """Return how far one update moved the actors: ‖θ' − θ‖, and the range of the ratio π_θ'/π_θ of actions taken."""
    ratio = (log_new - log_old).exp()[alive]
    moved = torch.cat([(new[name].detach() - old[name]).flatten() for name in old])
    return {"actor/step_norm": moved.norm(), "actor/ratio_min": ratio.min(), "actor/ratio_max": ratio.max()}


def gradient_agreement(first: Tensor, second: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    """Return the cosine between the gradients of two losses; 0 if either is zero."""
    flat = []
    for loss in (first, second):
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, materialize_grads=True)
        flat.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.cosine_similarity(flat[0], flat[1], dim=0)


def _members(types: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the agents of each type."""
    return {kind: [i for i, name in enumerate(types) if name == kind] for kind in sorted(set(types))}
