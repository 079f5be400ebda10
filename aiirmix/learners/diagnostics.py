"""What the reward parameters are doing, in numbers (docs/aiir_mix.md explains each).

Letters in shapes: M transitions, N agents.
"""

import torch
from torch import Tensor, nn

from aiirmix.data.episode_batch import Transitions
from aiirmix.maths.attention import row_entropy
from aiirmix.maths.meta_gradient import Parameters
from aiirmix.maths.moments import masked_mean
from aiirmix.nets.intrinsic import AttentionReward


def intrinsic_by_type(r_in: Tensor, alive: Tensor, types: tuple[str, ...]) -> dict[str, Tensor]:
    """Mean and standard deviation of r_in over the living agents of each type. [M, N]."""
    metrics = {}
    for kind in sorted(set(types)):
        columns = [i for i, name in enumerate(types) if name == kind]
        x, mask = r_in[:, columns], alive[:, columns]
        mean = masked_mean(x, mask)
        metrics[f"r_in/{kind}/mean"] = mean
        metrics[f"r_in/{kind}/std"] = masked_mean((x - mean).square(), mask).sqrt()
    return metrics


def mixer_shape(mixer: nn.Module, r_in: Tensor, r_ex: Tensor, alive: Tensor) -> dict[str, Tensor]:
    """Slope ∂r_total/∂r_in (5th, 50th and 95th percentile) and the total reward of a step that pays nothing."""
    at = r_in.clone().requires_grad_()
    slope = torch.autograd.grad(mixer(at, r_ex).sum(), at)[0][alive]
    low, middle, high = torch.quantile(slope, slope.new_tensor([0.05, 0.5, 0.95]))
    with torch.no_grad():
        nothing = mixer(r_in.new_zeros(1, 1), r_in.new_zeros(1)).squeeze()
    return {"mixer/slope_p05": low, "mixer/slope": middle, "mixer/slope_p95": high, "mixer/offset_at_0": nothing}


def attention_shape(source: nn.Module, steps: Transitions, types: tuple[str, ...]) -> dict[str, Tensor]:
    """Of living agents' attention: mean entropy (nats), weight on themselves, and weight on others by type."""
    if not isinstance(source, AttentionReward):
        return {}
    with torch.no_grad():
        weights = source.attention(steps)
    itself = weights.diagonal(dim1=-2, dim2=-1)
    return {
        "attention/entropy": masked_mean(row_entropy(weights), steps.alive),
        "attention/self_weight": masked_mean(itself, steps.alive),
        **attention_by_type(weights, steps.alive, types),
    }


def attention_by_type(weights: Tensor, alive: Tensor, types: tuple[str, ...]) -> dict[str, Tensor]:
    """Mean weight of a living agent of one type on one other living agent of another, or of its own. [M, N, N]."""
    pairs = alive[:, :, None] & alive[:, None, :] & ~torch.eye(len(types), dtype=torch.bool, device=alive.device)
    members = {kind: [i for i, name in enumerate(types) if name == kind] for kind in sorted(set(types))}
    return {
        f"attention/{one}_to_{other}": masked_mean(weights[:, rows][:, :, columns], pairs[:, rows][:, :, columns])
        for one, rows in members.items()
        for other, columns in members.items()
    }


def meta_signal(c: Tensor, alive: Tensor) -> dict[str, Tensor]:
    """Rms of c, its mean, and |mean|/rms: the part of the signal that LIIR's public code keeps."""
    mean, rms = masked_mean(c, alive), masked_mean(c.square(), alive).sqrt()
    return {"meta/c_rms": rms, "meta/c_mean": mean, "meta/c_mean_over_rms": mean.abs() / rms.clamp_min(1e-12)}


def policy_step(log_new: Tensor, log_old: Tensor, new: Parameters, old: Parameters, alive: Tensor) -> dict[str, Tensor]:
    """How far one update moved the actors: ‖θ' − θ‖, and the range of the ratio π_θ'/π_θ of the actions taken."""
    ratio = (log_new - log_old).exp()[alive]
    moved = torch.cat([(new[name].detach() - old[name]).flatten() for name in old])
    return {"actor/step_norm": moved.norm(), "actor/ratio_min": ratio.min(), "actor/ratio_max": ratio.max()}


def gradient_agreement(first: Tensor, second: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    """Cosine between the gradients of two losses; 0 if either is zero."""
    flat = []
    for loss in (first, second):
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, materialize_grads=True)
        flat.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.cosine_similarity(flat[0], flat[1], dim=0)


def correlation(x: Tensor, y: Tensor) -> Tensor:
    """Pearson's correlation of two equally long vectors; 0 if one is constant."""
    return torch.cosine_similarity(x - x.mean(), y - y.mean(), dim=0)
