"""Returns and advantages, against numbers worked out by hand and against their definitions."""

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.returns import generalised_advantages, n_step_returns, td_lambda_returns

REWARDS = torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)
VALUES = torch.tensor([0.2, 0.5, 1.0, 3.0], dtype=torch.float64)


def of_one(function, rewards, values, terminated, length=None, gamma=0.9, **options):
    """What `function` says of a single episode, [T] and [T + 1] → [T]."""
    length = len(rewards) if length is None else length
    terminal = torch.zeros(len(rewards), 1, dtype=torch.bool)
    terminal[length - 1] = terminated
    return function(rewards[:, None], values[:, None], terminal, torch.tensor([length]), gamma, **options)[:, 0]


def returns_of_one(rewards, values, terminated, length=None, lambda_=0.8):
    return of_one(td_lambda_returns, rewards, values, terminated, length, lambda_=lambda_)


def bootstrapped_value(values, timestep, length, terminated):
    return 0.0 if timestep == length and terminated else float(values[timestep])


def n_step_return(rewards, values, length, terminated, t, n, gamma):
    """G_t^{(n)}: n rewards, cut at the episode's end, then the value of where that leads."""
    n = min(n, length - t)
    paid = sum(gamma**k * float(rewards[t + k]) for k in range(n))
    return paid + gamma**n * bootstrapped_value(values, t + n, length, terminated)


def lambda_return_by_definition(rewards, values, length, terminated, t, gamma, lambda_):
    """(1−λ) Σ_n λ^{n−1} G^{(n)}, the whole remaining weight on the last one."""
    left = length - t
    steps = [n_step_return(rewards, values, length, terminated, t, n, gamma) for n in range(1, left + 1)]
    return sum((1 - lambda_) * lambda_ ** (n - 1) * g for n, g in enumerate(steps[:-1], 1)) + (
        lambda_ ** (left - 1) * steps[-1]
    )


@pytest.mark.parametrize(
    ("lambda_", "terminated", "expected"),
    [
        (0.8, True, [2.2564, 1.62, 2.0]),
        (0.8, False, [3.65608, 3.564, 4.7]),
        (1.0, True, [2.62, 1.8, 2.0]),
        (1.0, False, [4.807, 4.23, 4.7]),
        (0.0, True, [1.45, 0.9, 2.0]),
        (0.0, False, [1.45, 0.9, 4.7]),
    ],
)
def test_returns_worked_out_by_hand(lambda_, terminated, expected):
    got = returns_of_one(REWARDS, VALUES, terminated, lambda_=lambda_)
    assert got.tolist() == pytest.approx(expected, abs=1e-12)


def test_an_early_time_out_in_a_longer_batch_bootstraps_from_its_own_last_timestep():
    rewards = torch.cat([REWARDS, torch.zeros(2, dtype=torch.float64)])
    values = torch.cat([VALUES, torch.full((2,), 0.7, dtype=torch.float64)])
    got = returns_of_one(rewards, values, terminated=False, length=3)
    assert got.tolist() == pytest.approx([3.65608, 3.564, 4.7, 0.0, 0.0], abs=1e-12)


episodes = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=4)
fractions = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))


@st.composite
def batches(draw):
    """Rewards [T, B, 2], values [T + 1, B, 2], lengths, terminated, γ and λ."""
    lengths, terminated = zip(*draw(episodes), strict=True)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    width = max(lengths) + draw(st.integers(0, 2))
    rewards = torch.randn(width, len(lengths), 2, generator=generator, dtype=torch.float64)
    values = torch.randn(width + 1, len(lengths), 2, generator=generator, dtype=torch.float64)
    return rewards, values, lengths, terminated, draw(fractions), draw(fractions)


def terminal_steps(width, lengths, terminated):
    return (torch.arange(width)[:, None] == torch.tensor(lengths) - 1) & torch.tensor(terminated)


@given(batches())
def test_returns_are_the_geometric_mixture_of_all_n_step_returns(batch):
    rewards, values, lengths, terminated, gamma, lambda_ = batch
    terminal = terminal_steps(len(rewards), lengths, terminated)
    got = td_lambda_returns(rewards, values, terminal, torch.tensor(lengths), gamma, lambda_)
    expected = torch.zeros_like(got)
    for b, (length, over) in enumerate(zip(lengths, terminated, strict=True)):
        for agent in range(2):
            column = rewards[:, b, agent], values[:, b, agent], length, over
            for t in range(length):
                expected[t, b, agent] = lambda_return_by_definition(*column, t, gamma, lambda_)
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-10)


@given(batches(), st.integers(1, 8))
def test_n_step_returns_are_those_of_the_definition(batch, n):
    rewards, values, lengths, terminated, gamma, _ = batch
    got = n_step_returns(
        rewards, values, terminal_steps(len(rewards), lengths, terminated), torch.tensor(lengths), gamma, n
    )
    expected = torch.zeros_like(got)
    for b, (length, over) in enumerate(zip(lengths, terminated, strict=True)):
        for agent in range(2):
            for t in range(length):
                column = rewards[:, b, agent], values[:, b, agent]
                expected[t, b, agent] = n_step_return(*column, length, over, t, n, gamma)
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-10)


@given(batches())
def test_generalised_advantages_are_the_sum_of_discounted_td_errors(batch):
    rewards, values, lengths, terminated, gamma, lambda_ = batch
    terminal = terminal_steps(len(rewards), lengths, terminated)
    got = generalised_advantages(rewards, values, terminal, torch.tensor(lengths), gamma, lambda_)
    for b, (length, over) in enumerate(zip(lengths, terminated, strict=True)):
        advantage = 0.0
        for t in reversed(range(length)):
            after = bootstrapped_value(values[:, b, 0], t + 1, length, over)
            error = float(rewards[t, b, 0]) + gamma * after - float(values[t, b, 0])
            advantage = error + gamma * lambda_ * advantage
            assert float(got[t, b, 0]) == pytest.approx(advantage, abs=1e-10)


@given(batches())
def test_generalised_advantages_are_the_lambda_returns_minus_the_values(batch):
    rewards, values, lengths, terminated, gamma, lambda_ = batch
    rest = terminal_steps(len(rewards), lengths, terminated), torch.tensor(lengths), gamma, lambda_
    valid = (torch.arange(len(rewards))[:, None] < torch.tensor(lengths))[..., None]
    expected = torch.where(valid, td_lambda_returns(rewards, values, *rest) - values[:-1], 0.0)
    torch.testing.assert_close(generalised_advantages(rewards, values, *rest), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("n", "terminated", "expected"),
    [
        (1, True, [1.45, 0.9, 2.0]),
        (2, True, [1.81, 1.8, 2.0]),
        (2, False, [1.81, 4.23, 4.7]),
        (9, True, [2.62, 1.8, 2.0]),
    ],
)
def test_n_step_returns_worked_out_by_hand(n, terminated, expected):
    got = of_one(n_step_returns, REWARDS, VALUES, terminated, n=n)
    assert got.tolist() == pytest.approx(expected, abs=1e-12)


def test_generalised_advantages_worked_out_by_hand():
    got = of_one(generalised_advantages, REWARDS, VALUES, terminated=True, lambda_=0.8)
    assert got.tolist() == pytest.approx([2.0564, 1.12, 1.0], abs=1e-12)


FUNCTIONS = [
    partial(td_lambda_returns, lambda_=0.8),
    partial(generalised_advantages, lambda_=0.8),
    partial(n_step_returns, n=2),
]
EVERY_FUNCTION = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.func.__name__)


def ragged(function, width, garbage):
    """Rewards and values of two episodes in `width` columns, `garbage` after their ends, and what `function` says."""
    generator = torch.Generator().manual_seed(3)
    lengths = torch.tensor([4, 2])
    rewards = torch.full((width, 2, 3), garbage, dtype=torch.float64)
    values = torch.full((width + 1, 2, 3), garbage, dtype=torch.float64)
    for b, length in enumerate([4, 2]):
        rewards[:length, b] = torch.randn(length, 3, generator=generator, dtype=torch.float64)
        values[: length + 1, b] = torch.randn(length + 1, 3, generator=generator, dtype=torch.float64)
    terminal = terminal_steps(width, [4, 2], [True, False])
    rewards.requires_grad_()
    values.requires_grad_()
    return rewards, values, function(rewards, values, terminal, lengths, 0.9)


@EVERY_FUNCTION
@pytest.mark.parametrize(("width", "garbage"), [(4, 1e30), (4, torch.nan), (7, torch.nan), (7, torch.inf)])
def test_padding_changes_no_return(function, width, garbage):
    clean, dirty = (ragged(function, w, g)[-1] for w, g in [(4, 0.0), (width, garbage)])
    torch.testing.assert_close(dirty[:4], clean, rtol=1e-14, atol=0)
    assert not dirty[4:].any()


@EVERY_FUNCTION
@pytest.mark.parametrize(("width", "garbage"), [(4, torch.nan), (7, torch.inf)])
def test_padding_changes_no_gradient(function, width, garbage):
    gradients = []
    for w, g in [(4, 0.0), (width, garbage)]:
        rewards, values, returns = ragged(function, w, g)
        gradients.append([x[:4] for x in torch.autograd.grad(returns.square().sum(), (rewards, values))])
    for clean, dirty in zip(*gradients, strict=True):
        torch.testing.assert_close(dirty, clean, rtol=1e-14, atol=0)


def test_the_gradient_on_rewards_is_the_eligibility_trace():
    rewards = REWARDS.clone().requires_grad_()
    returns = returns_of_one(rewards, VALUES, terminated=True)
    c = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (trace,) = torch.autograd.grad((c * returns).sum(), rewards)
    assert trace.tolist() == pytest.approx([1.0, -1.28, -0.4216], abs=1e-12)


def test_a_single_step_is_worth_its_reward_and_where_it_leads():
    got = returns_of_one(REWARDS[:1], VALUES[:2], terminated=False)
    assert got.tolist() == pytest.approx([1.45], abs=1e-12)


@EVERY_FUNCTION
@pytest.mark.parametrize("wrong", ["values", "terminal", "lengths"])
def test_shapes_that_do_not_belong_together_are_refused(function, wrong):
    shapes = {"values": (4, 2, 3), "terminal": (3, 2), "lengths": (2,)}
    shapes[wrong] = (5, *shapes[wrong][1:])
    tensors = {name: torch.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(ValueError, match=wrong):
        function(torch.ones(3, 2, 3), **tensors, gamma=0.9)
