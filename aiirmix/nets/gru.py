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


def _unroll(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Every step works in place, in its rows of memory that is got once for all.

    Returns:
        The memories [R, H]; reset, update and W_hn m + b_hn [R, 3, H]; the candidates [R, H].
    """
    rows, hidden = len(gates), weight.shape[1]
    driven, recurrent = gates + bias, weight.T
    driven[:, 2 * hidden :] = bias[2 * hidden :]
    squashed, (reset, update, new) = driven[:, : 2 * hidden], driven.view(rows, 3, hidden).unbind(1)
    candidates, memories = gates.new_empty(rows, hidden), gates.new_empty(rows, hidden)
    memory = gates.new_zeros(sizes[0], hidden)
    columns = (driven, squashed, reset, update, new, gates[:, 2 * hidden :], candidates, memories)
    for size, *step in zip(sizes, *(x.split(sizes) for x in columns), strict=True):
        all_gates, reset_update, r, u, recurrent_new, from_input, candidate, after = step
        memory = memory[:size]
        torch.addmm(all_gates, memory, recurrent, out=all_gates)
        reset_update.sigmoid_()
        torch.addcmul(from_input, r, recurrent_new, out=candidate).tanh_()
        memory = torch.lerp(candidate, memory, u, out=after)
    return memories, driven.view(rows, 3, hidden), candidates


class _Gru(torch.autograd.Function):
    @staticmethod
    def forward(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
        memories, activations, candidates = _unroll(gates, weight, bias, sizes)
        start = memories.new_zeros(sizes[0], memories.shape[1])
        before = (step[:size] for step, size in zip(memories.split(sizes), sizes[1:], strict=False))
        previous = torch.cat([start, *before])
        return memories, previous, *_linearise(previous, activations, candidates)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ANN401
        _, weight, _, ctx.sizes = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(weight, *output[1:])
        ctx.save_for_forward(weight, *output[1:])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, previous, update, recurrent_share, new_share = ctx.saved_tensors
        rows, hidden = previous.shape
        carried = gradient.new_zeros(0, hidden)
        total, recurrent = gradient.clone(), gradient.new_empty(rows, 3 * hidden)
        columns = (total, update, recurrent_share, recurrent, recurrent.view(rows, 3, hidden))
        steps = zip(*(x.split(ctx.sizes) for x in columns), strict=True)
        for step, keep, share, driven, by_gate in reversed(list(steps)):
            step[: carried.shape[0]] += carried
            torch.mul(share, step[:, None], out=by_gate)
            carried = step * keep
            torch.addmm(carried, driven, weight, out=carried)
        d_weight, d_bias, d_gates = recurrent.T @ previous, recurrent.sum(0), recurrent
        torch.mul(new_share, total, out=d_gates[:, 2 * hidden :])
        return d_gates, d_weight, d_bias, None

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
            tangent = tangent[: step.shape[0]]
            through_gates = (share * linear(tangent, weight).view_as(share)).sum(1)
            tangent = torch.addcmul(step, keep, tangent) + through_gates
            tangents.append(tangent)
        return torch.cat(tangents), *(None,) * 4


def _linearise(previous: Tensor, activations: Tensor, candidate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The parts of a memory's derivative.

    Returns:
        The update gate u [R, H]; the shares K of the recurrent gates [R, 3, H], and of the new gate's input [R, H].
    """
    reset, update, recurrent_new = activations.unbind(1)
    shares = torch.empty_like(activations)
    to_reset, to_update, to_new = shares.unbind(1)
    new = torch.addcmul(torch.ones((), dtype=candidate.dtype, device=candidate.device), candidate, candidate, value=-1)
    new.addcmul_(update, new, value=-1)
    torch.addcmul(reset, reset, reset, value=-1, out=to_reset).mul_(recurrent_new).mul_(new)
    torch.addcmul(update, update, update, value=-1, out=to_update).mul_(previous - candidate)
    torch.mul(new, reset, out=to_new)
    return update, shares, new
