"""A gated recurrent unit along packed episodes, with both of its derivatives.

Written out because the exact meta-gradient wants a directional derivative, which the fused cells do not have on every
device, and because episodes of different lengths should cost no work on padding. The derivative at a memory is

    dm_t = u ∘ dm_{t−1} + Σ_g K_g ∘ (dm_{t−1} W_gᵀ) + (terms in dx, dW, db),    g in reset, update, new,

so one set of coefficients K serves the directional derivative (this recursion) and the gradient (its transpose).

Letters in shapes: R packed rows, K rows of one step, H width of the memory.
"""

from itertools import accumulate
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
        return _unroll(gates, weight, bias, sizes)[0]
    memories: Tensor = _Gru.apply(gates, weight, bias, sizes)[0]  # type: ignore[no-untyped-call]
    return memories


def gru_step(gates: Tensor, weight: Tensor, bias: Tensor, memory: Tensor) -> Tensor:
    """One step: gates [K, 3H] and memory [K, H] → the next memory."""
    recurrent = linear(memory, weight, bias)
    hidden = memory.shape[1]
    reset, update = (gates[:, : 2 * hidden] + recurrent[:, : 2 * hidden]).sigmoid().chunk(2, dim=1)
    candidate = torch.addcmul(gates[:, 2 * hidden :], reset, recurrent[:, 2 * hidden :]).tanh()
    return torch.lerp(candidate, memory, update)


def _step_rows(sizes: list[int]) -> list[slice]:
    """Where the rows of each step are."""
    ends = list(accumulate(sizes))
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def _unroll(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Every step writes into its rows of the same memory, of which little more than a step's is in use at a time.

    Returns:
        The memories [R, H], [reset, update] [R, 2H], the candidates [R, H] and W_hn m + b_hn [R, H].
    """
    rows, hidden = len(gates), weight.shape[1]
    recurrent, reset_update = gates.new_empty(rows, 3 * hidden), gates.new_empty(rows, 2 * hidden)
    candidates, memories = gates.new_empty(rows, hidden), gates.new_empty(rows, hidden)
    memory = gates.new_zeros(sizes[0], hidden)
    for at in _step_rows(sizes):
        memory, step = memory[: at.stop - at.start], gates[at]
        driven = torch.addmm(bias, memory, weight.T, out=recurrent[at])
        gate = torch.add(step[:, : 2 * hidden], driven[:, : 2 * hidden], out=reset_update[at]).sigmoid_()
        reset, update = gate[:, :hidden], gate[:, hidden:]
        new = torch.addcmul(step[:, 2 * hidden :], reset, driven[:, 2 * hidden :], out=candidates[at]).tanh_()
        memory = torch.lerp(new, memory, update, out=memories[at])
    return memories, reset_update, candidates, recurrent[:, 2 * hidden :]


class _Gru(torch.autograd.Function):
    @staticmethod
    def forward(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
        memories, reset_update, candidates, recurrent_new = _unroll(gates, weight, bias, sizes)
        start = memories.new_zeros(sizes[0], memories.shape[1])
        before = (memories[at][:size] for at, size in zip(_step_rows(sizes), sizes[1:], strict=False))
        previous = torch.cat([start, *before])
        return memories, previous, *_linearise(previous, reset_update, candidates, recurrent_new)

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
        carried = gradient.new_zeros(0, hidden)
        total, recurrent = gradient.clone(), torch.empty_like(recurrent_share)
        for at in reversed(_step_rows(ctx.sizes)):
            step = total[at]
            step[: len(carried)] += carried
            driven = torch.mul(recurrent_share[at], step[:, None], out=recurrent[at])
            carried = torch.addmm(step * update[at], driven.flatten(1), weight)
        flat = recurrent.flatten(1)
        gates = flat.clone()
        torch.mul(new_share, total, out=gates[:, 2 * hidden :])
        return gates, flat.T @ previous, flat.sum(0), None

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
) -> tuple[Tensor, Tensor, Tensor]:
    """The parts of a memory's derivative.

    Returns:
        The update gate u [R, H]; the shares K of the recurrent gates [R, 3, H], and of the new gate's input [R, H].
    """
    reset, update = reset_update.chunk(2, dim=1)
    shares = reset_update.new_empty(len(reset), 3, reset.shape[1])
    to_reset, to_update, to_new = shares.unbind(1)
    new = torch.addcmul(torch.ones((), dtype=candidate.dtype, device=candidate.device), candidate, candidate, value=-1)
    new.addcmul_(update, new, value=-1)
    torch.addcmul(reset, reset, reset, value=-1, out=to_reset).mul_(recurrent_new).mul_(new)
    torch.addcmul(update, update, update, value=-1, out=to_update).mul_(previous - candidate)
    torch.mul(new, reset, out=to_new)
    return update, shares, new
