"""The masked, ε-mixed policy, against a softmax over the available actions alone."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.policy import action_probabilities, divergence, entropy, masked_log_softmax, taken_log_probability

EPSILONS = [0.0, 0.3, 1.0]


@st.composite
def choices(draw):
    """Draw logits and availability of one agent, as lists, with at least one available action."""
    avail = draw(st.lists(st.booleans(), min_size=1, max_size=6).filter(any))
    logits = draw(st.lists(st.floats(-50, 50), min_size=len(avail), max_size=len(avail)))
    return logits, avail


def probabilities_by_definition(choice, epsilon):
    """Compute (1−ε)·softmax + ε/n over the available actions, one action at a time."""
    logits, avail = choice
    highest = max(x for x, a in zip(logits, avail, strict=True) if a)
    weights = [math.exp(x - highest) if a else 0.0 for x, a in zip(logits, avail, strict=True)]
    return [
        (1 - epsilon) * w / sum(weights) + (epsilon / sum(avail) if a else 0.0)
        for w, a in zip(weights, avail, strict=True)
    ]


def tensors(choice, dtype=torch.float64):
    logits, avail = choice
    return torch.tensor(logits, dtype=dtype), torch.tensor(avail)


def probabilities(choice, epsilon, dtype=torch.float64):
    logits, avail = tensors(choice, dtype)
    return action_probabilities(logits, avail, epsilon)


@given(choices(), st.floats(0, 1))
def test_probabilities_are_the_mixture_over_available_actions(choice, epsilon):
    expected = probabilities_by_definition(choice, epsilon)
    assert probabilities(choice, epsilon).tolist() == pytest.approx(expected, abs=1e-12)


@given(choices(), st.floats(0, 1))
def test_probabilities_sum_to_one_in_single_precision(choice, epsilon):
    total = probabilities(choice, epsilon, torch.float32).sum()
    assert float(total) == pytest.approx(1.0, abs=1e-6)


@given(choices(), st.floats(0, 1))
def test_an_unavailable_action_has_probability_exactly_zero(choice, epsilon):
    _, avail = choice
    assert not probabilities(choice, epsilon, torch.float32)[~torch.tensor(avail)].any()


@given(choices(), st.one_of(st.sampled_from(EPSILONS), st.floats(1e-6, 1)))
def test_the_log_probability_learnt_from_is_that_of_the_policy_acted_with(choice, epsilon):
    logits, avail = tensors(choice)
    actions = avail.nonzero().squeeze(-1)
    rows = logits.expand(len(actions), -1), avail.expand(len(actions), -1)
    got = taken_log_probability(*rows, actions, epsilon)
    torch.testing.assert_close(got.exp(), action_probabilities(logits, avail, epsilon)[actions], rtol=1e-10, atol=1e-14)


@given(choices())
def test_the_logits_of_unavailable_actions_do_not_matter(choice):
    logits, avail = tensors(choice)
    other = torch.where(avail, logits, 1e6)
    assert torch.equal(masked_log_softmax(other, avail)[avail], masked_log_softmax(logits, avail)[avail])


def extreme_rows(dtype):
    """Return logits that are far apart, with one or more available actions, of which the least likely is taken."""
    logits = torch.tensor([[1e4, -1e4, 0.0], [300.0, 200.0, -1e5], [0.0, 1.0, 2.0]], dtype=dtype)
    avail = torch.tensor([[True, True, True], [True, True, False], [True, False, False]])
    return logits.requires_grad_(), avail, torch.tensor([1, 1, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("epsilon", EPSILONS)
def test_gradients_of_log_probabilities_are_finite_at_extreme_logits(epsilon, dtype):
    logits, avail, actions = extreme_rows(dtype)
    log_taken = taken_log_probability(logits, avail, actions, epsilon)
    (gradient,) = torch.autograd.grad(log_taken.sum(), logits)
    assert log_taken.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_unavailable_actions_get_no_gradient(epsilon):
    logits, avail, actions = extreme_rows(torch.float32)
    (gradient,) = torch.autograd.grad(taken_log_probability(logits, avail, actions, epsilon).sum(), logits)
    assert not gradient[~avail].any()


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_the_gradient_of_the_log_probability_is_right(epsilon):
    logits = torch.tensor([[0.3, -1.0, 2.0, 0.1]], dtype=torch.float64, requires_grad=True)
    avail = torch.tensor([[True, True, False, True]])
    assert torch.autograd.gradcheck(
        lambda x: taken_log_probability(x, avail, torch.tensor([1]), epsilon), (logits,), check_forward_ad=True
    )


def test_a_wholly_random_policy_does_not_depend_on_its_logits():
    logits, avail, actions = extreme_rows(torch.float64)
    log_taken = taken_log_probability(logits, avail, actions, epsilon=1.0)
    assert log_taken.tolist() == pytest.approx([-math.log(3), -math.log(2), 0.0])
    assert not torch.autograd.grad(log_taken.sum(), logits)[0].any()


@given(choices())
def test_entropy_is_minus_the_sum_of_p_log_p(choice):
    expected = -sum(p * math.log(p) for p in probabilities_by_definition(choice, 0.0) if p > 0)
    assert float(entropy(*tensors(choice))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("available", [1, 2, 5])
def test_entropy_of_equal_logits_is_the_logarithm_of_the_number_available(available):
    avail = torch.arange(5) < available
    assert float(entropy(torch.zeros(5), avail)) == pytest.approx(math.log(available), abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_of_the_entropy_is_finite_at_extreme_logits(dtype):
    logits, avail, _ = extreme_rows(dtype)
    (gradient,) = torch.autograd.grad(entropy(logits, avail).sum(), logits)
    assert gradient.isfinite().all()


def test_the_divergence_of_the_actions_played_averages_to_that_of_kullback_and_leibler():
    """0.5·ln(0.5/0.8) + 0.5·ln(0.5/0.2) = 0.223, of two actions that were played equally often."""
    terms = divergence(torch.tensor([0.8, 0.2]).log(), torch.tensor([0.5, 0.5]).log())
    assert terms.tolist() == pytest.approx([1.6 - 1 - math.log(1.6), 0.4 - 1 - math.log(0.4)], rel=1e-5)
    assert float(terms.mean()) == pytest.approx(0.5 * math.log(0.5 / 0.8) + 0.5 * math.log(0.5 / 0.2), rel=1e-5)


def test_availability_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="avail"):
        masked_log_softmax(torch.zeros(2, 3), torch.ones(3, dtype=torch.bool))
