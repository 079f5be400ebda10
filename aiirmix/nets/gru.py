"""A gated recurrent unit along packed episodes, with both of its derivatives.

Written out because the exact meta-gradient wants a directional derivative, which the fused cells do not have on every
device, and because episodes of different lengths should cost no work on padding. The derivative at a memory is

    dm_t = u ∘ dm_{t−1} + Σ_g K_g ∘ (dm_{t−1} W_gᵀ) + (terms in dx, dW, db),    g in reset, update, new,

with the update gate u and coefficients K that follow from what the steps computed: the directional derivative is this
recursion, the gradient its transpose.

Letters in shapes: R packed rows, K rows of one step, H width of the memory.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear

from aiirmix.maths.shapes import assert_shape

tanh_backward = torch.ops.aten.tanh_backward.grad_input
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


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
    for size, *step in zip(sizes, *(torch.split(x, sizes) for x in columns), strict=True):
        all_gates, reset_update, r, u, recurrent_new, from_input, candidate, after = step
        memory = memory[:size]
        torch.addmm(all_gates, memory, recurrent, out=all_gates)
        reset_update.sigmoid_()
        torch.addcmul(from_input, r, recurrent_new, out=candidate).tanh_()
        memory = torch.lerp(candidate, memory, u, out=after)
    return memories, driven.view(rows, 3, hidden), candidates


def _shifted(memories: Tensor, sizes: list[int]) -> Tensor:
    """The memories that the steps began with, [R, H]."""
    start = memories.new_zeros(sizes[0], memories.shape[1])
    before = (step[:size] for step, size in zip(torch.split(memories, sizes), sizes[1:], strict=False))
    return torch.cat([start, *before])


class _Gru(torch.autograd.Function):
    @staticmethod
    def forward(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
        return _unroll(gates, weight, bias, sizes)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ANN401
        _, weight, _, ctx.sizes = inputs
        ctx.mark_non_differentiable(*output[1:])
        # Else every backward pass would fill zeros for the outputs that have no gradient, as large as all gates.
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(weight, *output)
        ctx.save_for_forward(weight, *output)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Step by step, as what a step needs fits in the processor's cache, which the whole does not."""
        weight, memories, activations, candidates = ctx.saved_tensors
        gradient = _or_zeros(gradient, memories)
        previous, carried = _shifted(memories, ctx.sizes), gradient.new_zeros(0, weight.shape[1])
        d_recurrent, d_new = torch.empty_like(activations), torch.empty_like(memories)
        d_gates = d_recurrent.flatten(1)
        columns = (gradient, previous, candidates, *activations.unbind(1), *d_recurrent.unbind(1), d_gates, d_new)
        for step in reversed(list(zip(*(torch.split(x, ctx.sizes) for x in columns), strict=True))):
            d_memory, memory, n, r, u, recurrent_new, d_r, d_u, d_recurrent_new, d_driven, d_n = step
            d_memory = d_memory.clone()
            d_memory[: carried.shape[0]] += carried
            carried = d_memory * u
            tanh_backward(d_memory - carried, n, grad_input=d_n)
            sigmoid_backward(d_n * recurrent_new, r, grad_input=d_r)
            sigmoid_backward((memory - n).mul_(d_memory), u, grad_input=d_u)
            torch.mul(d_n, r, out=d_recurrent_new)
            torch.addmm(carried, d_driven, weight, out=carried)
        d_weight, d_bias = d_gates.T @ previous, d_gates.sum(0)
        d_recurrent[:, 2] = d_new
        return d_gates, d_weight, d_bias, None

    @staticmethod
    def jvp(ctx: Any, *directions: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, memories, activations, candidates = ctx.saved_tensors
        inputs = (activations.flatten(1), weight, weight[:, 0])
        d_gates, d_weight, d_bias = (_or_zeros(d, x) for d, x in zip(directions[:3], inputs, strict=True))
        hidden, previous = weight.shape[1], _shifted(memories, ctx.sizes)
        update, recurrent_share, new_share = _linearise(previous, activations, candidates)
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
        return torch.cat(tangents), None, None


def _or_zeros(derivative: Tensor | None, like: Tensor) -> Tensor:
    """A derivative; torch leaves out what is 0 throughout."""
    return torch.zeros_like(like) if derivative is None else derivative


@torch.no_grad()
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
