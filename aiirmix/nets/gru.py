"""A gated recurrent unit along packed episodes, with both of its derivatives.

Written out because the exact meta-gradient wants a directional derivative, which the fused cells do not have on every
device, and because episodes of different lengths should cost no work on padding. The derivative at a memory is

    dm_t = u ∘ dm_{t−1} + Σ_g K_g ∘ (dm_{t−1} W_gᵀ) + (terms in dx, dW, db),    g in reset, update, new,

so one set of coefficients K serves the directional derivative (this recursion) and the gradient (its transpose).

Letters in shapes: R packed rows, K rows of one step, H width of the memory.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear

from aiirmix.maths.shapes import assert_shape


def gru(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> Tensor:
    """The memories of a GRU that starts from zero (Cho et al. 2014; torch's equations and order of gates).

    Args:
        gates: [R, 3H]; what the inputs add to the reset, update and new gates: W_ih x + b_ih.
        weight: [3H, H]; W_hh.
        bias: [3H]; b_hh.
        sizes: rows of each step, never growing; they add up to R.

    Returns:
        [R, H]; differentiable once, in reverse and in forward mode.
    """
    assert_shape("gates", gates, sum(sizes), weight.shape[0])
    assert_shape("weight", weight, 3 * weight.shape[1], None)
    if not torch.is_grad_enabled():
        return _memories(gates, weight, bias, sizes)
    memories: Tensor = _Gru.apply(gates, weight, bias, sizes)[0]  # type: ignore[no-untyped-call]
    return memories


def gru_step(gates: Tensor, weight: Tensor, bias: Tensor, memory: Tensor) -> Tensor:
    """One step: gates [K, 3H] and memory [K, H] → the next memory."""
    return _advance(gates, linear(memory, weight, bias), memory)[0]


def _memories(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> Tensor:
    """What `gru` gives where no gradient is asked for: nothing is kept for a derivative."""
    memory, memories = gates.new_zeros(sizes[0], weight.shape[1]), []
    for step in torch.split(gates, sizes):
        memory = gru_step(step, weight, bias, memory[: len(step)])
        memories.append(memory)
    return torch.cat(memories)


def _advance(gates: Tensor, recurrent: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The next memory, [reset, update] and the candidate."""
    hidden = memory.shape[1]
    reset_update = (gates[:, : 2 * hidden] + recurrent[:, : 2 * hidden]).sigmoid()
    reset, update = reset_update[:, :hidden], reset_update[:, hidden:]
    candidate = torch.addcmul(gates[:, 2 * hidden :], reset, recurrent[:, 2 * hidden :]).tanh()
    return torch.lerp(candidate, memory, update), reset_update, candidate


class _Gru(torch.autograd.Function):
    @staticmethod
    def forward(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
        memory = gates.new_zeros(sizes[0], weight.shape[1])
        before, kept = [], []
        for step in torch.split(gates, sizes):
            memory = memory[: len(step)]
            before.append(memory)
            recurrent = linear(memory, weight, bias)
            memory, reset_update, candidate = _advance(step, recurrent, memory)
            kept.append((memory, reset_update, candidate, recurrent[:, -memory.shape[1] :]))
        memories, reset_updates, candidates, recurrents = (torch.cat(x) for x in zip(*kept, strict=True))
        previous = torch.cat(before)
        update, coefficients = _linearise(previous, reset_updates, candidates, recurrents)
        return memories, previous, update, *coefficients

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ANN401
        _, weight, _, ctx.sizes = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(weight, *output[1:])
        ctx.save_for_forward(weight, *output[1:])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, previous, update, recurrent_share, new_share = ctx.saved_tensors
        hidden = weight.shape[1]
        steps = [torch.split(x, ctx.sizes) for x in (gradient, update, recurrent_share)]
        carried = gradient.new_zeros(0, hidden)
        memory_gradients = []
        for step, keep, share in zip(*(reversed(x) for x in steps), strict=True):
            total = step.clone()
            total[: len(carried)] += carried
            memory_gradients.append(total)
            carried = torch.addmm(total * keep, (share * total[:, None]).flatten(1), weight)
        total = torch.cat(memory_gradients[::-1])
        recurrent = (recurrent_share * total[:, None]).flatten(1)
        gates = torch.cat([recurrent[:, : 2 * hidden], new_share * total], dim=1)
        return gates, recurrent.T @ previous, recurrent.sum(0), None

    @staticmethod
    def jvp(ctx: Any, d_gates: Tensor, d_weight: Tensor, d_bias: Tensor, _: None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, previous, update, recurrent_share, new_share = ctx.saved_tensors
        hidden = weight.shape[1]
        driven = linear(previous, d_weight, d_bias)
        driven[:, : 2 * hidden] += d_gates[:, : 2 * hidden]
        driven = (recurrent_share * driven.view_as(recurrent_share)).sum(1) + new_share * d_gates[:, 2 * hidden :]
        tangent = driven.new_zeros(ctx.sizes[0], hidden)
        tangents = []
        for step, keep, share in zip(
            *(torch.split(x, ctx.sizes) for x in (driven, update, recurrent_share)), strict=True
        ):
            tangent = tangent[: len(step)]
            through_gates = (share * linear(tangent, weight).view_as(share)).sum(1)
            tangent = torch.addcmul(step, keep, tangent) + through_gates
            tangents.append(tangent)
        return torch.cat(tangents), *(None,) * 4


def _linearise(
    previous: Tensor, reset_update: Tensor, candidate: Tensor, recurrent_new: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The parts of a memory's derivative.

    Returns:
        The update gate u [R, H]; the shares K of the recurrent gates [R, 3, H], and of the new gate's input [R, H].
    """
    reset, update = reset_update.chunk(2, dim=1)
    new = (1 - update) * (1 - candidate.square())
    shares = (new * recurrent_new * reset * (1 - reset), (previous - candidate) * update * (1 - update), new * reset)
    return update, (torch.stack(shares, dim=1), new)
