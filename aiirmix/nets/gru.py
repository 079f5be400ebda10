"""A gated recurrent unit along packed episodes, with both of its derivatives.

It is written out for two reasons. The exact meta-gradient needs a directional derivative, which fused cells lack on
some devices. And episodes of different lengths should cost no work on padding. The derivative of a hidden state h is

    dh_t = u ∘ dh_{t−1} + Σ_g K_g ∘ (dh_{t−1} W_gᵀ) + (terms in dx, dW, db),    g in reset, update, new,

with the update gate u and coefficients K that follow from what the timesteps computed. The directional derivative is
this recursion, the gradient its transpose.

Several networks of equal sizes can run side by side, as one batch of matrix products.

Letters in shapes: R packed rows, K rows of one timestep, H width of the hidden state, … nothing for one network, or G
networks.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear

from aiirmix.maths.shapes import assert_shape

tanh_backward = torch.ops.aten.tanh_backward.grad_input
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x Wᵀ + b for one network, or for each of several: x […, R, I], W […, O, I], b […, O] → […, R, O]."""
    return linear(x, weight, bias) if weight.dim() == 2 else torch.baddbmm(bias.unsqueeze(-2), x, weight.mT)


def gru(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> Tensor:
    """Compute the hidden states of a GRU that starts from zero (Cho et al. 2014; torch's equations and gate order).

    Args:
        gates: […, R, 3H]; the inputs' part of the reset, update and new gates: W_ih x + b_ih.
        weight: […, 3H, H]; W_hh.
        bias: […, 3H]; b_hh.
        sizes: rows of each timestep, never increasing; their sum is R.

    Returns:
        […, R, H]; differentiable once, in reverse and in forward mode.
    """
    networks = weight.shape[:-2]
    assert_shape("weight", weight, *networks, 3 * weight.shape[-1], None)
    assert_shape("bias", bias, *networks, weight.shape[-2])
    assert_shape("gates", gates, *networks, sum(sizes), weight.shape[-2])
    if not torch.is_grad_enabled():
        return _unroll(gates, weight, bias, sizes)[0]
    states: Tensor = _Gru.apply(gates, weight, bias, sizes)[0]  # type: ignore[no-untyped-call]
    return states


def gru_step(gates: Tensor, weight: Tensor, bias: Tensor, hidden: Tensor) -> Tensor:
    """Take one step: gates […, K, 3H] and hidden state […, K, H] → the next hidden state."""
    recurrent = affine(hidden, weight, bias)
    width = hidden.shape[-1]
    reset, update = (gates[..., : 2 * width] + recurrent[..., : 2 * width]).sigmoid().chunk(2, dim=-1)
    candidate = torch.addcmul(gates[..., 2 * width :], reset, recurrent[..., 2 * width :]).tanh()
    return torch.lerp(candidate, hidden, update)


def _unroll(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Run the GRU in place, each timestep in its rows of tensors that are allocated once.

    Returns:
        The hidden states […, R, H]; reset, update and W_hn h + b_hn […, R, 3, H]; the candidates […, R, H].
    """
    width, recurrent = weight.shape[-1], weight.mT
    driven, add_product = gates + bias.unsqueeze(-2), _add_product(weight)
    driven[..., 2 * width :] = bias[..., None, 2 * width :]
    activations = driven.view(*driven.shape[:-1], 3, width)
    candidates, states = (gates.new_empty(*gates.shape[:-1], width) for _ in range(2))
    hidden = gates.new_zeros(*gates.shape[:-2], sizes[0], width)
    columns = (driven, driven[..., : 2 * width], *activations.unbind(-2), gates[..., 2 * width :], candidates, states)
    for size, *step in zip(sizes, *(_steps(x, sizes) for x in columns), strict=True):
        all_gates, reset_update, r, u, recurrent_new, from_input, candidate, after = step
        hidden = hidden[..., :size, :]
        add_product(all_gates, hidden, recurrent, out=all_gates)
        reset_update.sigmoid_()
        torch.addcmul(from_input, r, recurrent_new, out=candidate).tanh_()
        hidden = torch.lerp(candidate, hidden, u, out=after)
    return states, activations, candidates


def _add_product(weight: Tensor) -> Callable[..., Tensor]:
    """Return what adds a matrix product for one network, or one for each of several."""
    return torch.addmm if weight.dim() == 2 else torch.baddbmm


def _steps(x: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
    """Split packed rows […, R, H] by timestep."""
    return torch.split(x, sizes, dim=-2)


def _shifted(states: Tensor, sizes: list[int]) -> Tensor:
    """Return the hidden states before each timestep, […, R, H]."""
    start = states.new_zeros(*states.shape[:-2], sizes[0], states.shape[-1])
    before = (step[..., :size, :] for step, size in zip(_steps(states, sizes), sizes[1:], strict=False))
    return torch.cat([start, *before], dim=-2)


class _Gru(torch.autograd.Function):
    @staticmethod
    def forward(gates: Tensor, weight: Tensor, bias: Tensor, sizes: list[int]) -> tuple[Tensor, ...]:
        return _unroll(gates, weight, bias, sizes)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ANN401
        _, weight, _, ctx.sizes = inputs
        ctx.mark_non_differentiable(*output[1:])
        # Otherwise every backward pass would fill zeros, as large as all gates, for the outputs without a gradient.
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(weight, *output)
        ctx.save_for_forward(weight, *output)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Work timestep by timestep: the data of one fits in the processor's cache, that of all does not."""
        weight, states, activations, candidates = ctx.saved_tensors
        gradient = _or_zeros(gradient, states)
        previous, carried = _shifted(states, ctx.sizes), gradient[..., :0, :]
        d_recurrent, d_new = torch.empty_like(activations), torch.empty_like(states)
        d_gates, add_product = d_recurrent.flatten(-2), _add_product(weight)
        columns = (gradient, previous, candidates, *activations.unbind(-2), *d_recurrent.unbind(-2), d_gates, d_new)
        for step in reversed(list(zip(*(_steps(x, ctx.sizes) for x in columns), strict=True))):
            d_hidden, hidden, n, r, u, recurrent_new, d_r, d_u, d_recurrent_new, d_driven, d_n = step
            d_hidden = d_hidden.clone()
            d_hidden[..., : carried.shape[-2], :] += carried
            carried = d_hidden * u
            tanh_backward(d_hidden - carried, n, grad_input=d_n)
            sigmoid_backward(d_n * recurrent_new, r, grad_input=d_r)
            sigmoid_backward((hidden - n).mul_(d_hidden), u, grad_input=d_u)
            torch.mul(d_n, r, out=d_recurrent_new)
            add_product(carried, d_driven, weight, out=carried)
        d_weight, d_bias = d_gates.mT @ previous, d_gates.sum(-2)
        d_recurrent[..., 2, :] = d_new
        return d_gates, d_weight, d_bias, None

    @staticmethod
    def jvp(ctx: Any, *directions: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, states, activations, candidates = ctx.saved_tensors
        inputs = (activations.flatten(-2), weight, weight[..., 0])
        d_gates, d_weight, d_bias = (_or_zeros(d, x) for d, x in zip(directions[:3], inputs, strict=True))
        width, previous = weight.shape[-1], _shifted(states, ctx.sizes)
        update, through_recurrent, through_new = _linearise(previous, activations, candidates)
        driven = affine(previous, d_weight, d_bias)
        driven[..., : 2 * width] += d_gates[..., : 2 * width]
        driven = (through_recurrent * driven.view_as(through_recurrent)).sum(-2)
        driven += through_new * d_gates[..., 2 * width :]
        coefficients = through_recurrent.flatten(-2)
        tangent, tangents = driven.new_zeros(*weight.shape[:-2], ctx.sizes[0], width), []
        for step, keep, coefficient in zip(
            *(_steps(x, ctx.sizes) for x in (driven, update, coefficients)), strict=True
        ):
            tangent = tangent[..., : step.shape[-2], :]
            through_gates = (coefficient * (tangent @ weight.mT)).unflatten(-1, (3, width)).sum(-2)
            tangent = torch.addcmul(step, keep, tangent) + through_gates
            tangents.append(tangent)
        return torch.cat(tangents, dim=-2), None, None


def _or_zeros(derivative: Tensor | None, like: Tensor) -> Tensor:
    """Return a derivative; torch passes None for one that is 0 everywhere."""
    return torch.zeros_like(like) if derivative is None else derivative


@torch.no_grad()
def _linearise(previous: Tensor, activations: Tensor, candidate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Compute the coefficients of a hidden state's derivative.

    Returns:
        The update gate u […, R, H]; K of the recurrent gates […, R, 3, H]; K of the new gate's input […, R, H].
    """
    reset, update, recurrent_new = activations.unbind(-2)
    coefficients = torch.empty_like(activations)
    to_reset, to_update, to_new = coefficients.unbind(-2)
    new = torch.addcmul(torch.ones((), dtype=candidate.dtype, device=candidate.device), candidate, candidate, value=-1)
    new.addcmul_(update, new, value=-1)
    torch.addcmul(reset, reset, reset, value=-1, out=to_reset).mul_(recurrent_new).mul_(new)
    torch.addcmul(update, update, update, value=-1, out=to_update).mul_(previous - candidate)
    torch.mul(new, reset, out=to_new)
    return update, coefficients, new
