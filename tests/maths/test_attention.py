"""Attention between agents (paper eqs. 9-11), against numbers worked out by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.attention import (
    attend,
    attend_to_others,
    attention_weights,
    cosine_similarity,
    dot_similarity,
    row_entropy,
)

V = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
ALL = torch.ones(3, dtype=torch.bool)
SIMILARITIES = [dot_similarity, cosine_similarity]

COSINE_ROWS = [[0.47304, 0.17402, 0.35294], [0.17402, 0.47304, 0.35294], [0.29937, 0.29937, 0.40125]]
DOT_ROWS = [[0.42232, 0.15536, 0.42232], [0.15536, 0.42232, 0.42232], [0.21194, 0.21194, 0.57612]]


@pytest.mark.parametrize(
    ("similarity", "expected"), [(cosine_similarity, COSINE_ROWS), (dot_similarity, DOT_ROWS)], ids=["cosine", "dot"]
)
def test_weights_worked_out_by_hand(similarity, expected):
    torch.testing.assert_close(
        attention_weights(similarity(V), ALL), torch.tensor(expected, dtype=torch.float64), rtol=0, atol=6e-6
    )


@pytest.mark.parametrize(
    ("similarity", "expected"),
    [(cosine_similarity, [0.82598, 0.52696]), (dot_similarity, [0.84464, 0.57768])],
    ids=["cosine", "dot"],
)
def test_attended_values_worked_out_by_hand(similarity, expected):
    z = attend(attention_weights(similarity(V), ALL), V)
    assert z[0].tolist() == pytest.approx(expected, abs=6e-6)


def random_vectors(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@given(seed=st.integers(0, 10**6), alive=st.lists(st.booleans(), min_size=4, max_size=4))
def test_rows_sum_to_one_with_dead_agents(similarity, seed, alive):
    weights = attention_weights(similarity(random_vectors(seed, 4, 3)), torch.tensor(alive))
    torch.testing.assert_close(weights.sum(-1), torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("similarity", SIMILARITIES)
@given(seed=st.integers(0, 10**6), alive=st.lists(st.booleans(), min_size=4, max_size=4))
def test_nobody_attends_to_the_dead_and_they_attend_to_themselves(similarity, seed, alive):
    weights = attention_weights(similarity(random_vectors(seed, 4, 3)), torch.tensor(alive))
    for i, j in [(i, j) for i in range(4) for j in range(4)]:
        if not (alive[i] and alive[j]):
            assert float(weights[i, j]) == float(i == j)


def test_the_living_attend_as_if_the_dead_did_not_exist():
    v = random_vectors(0, 4, 3)
    alive = torch.tensor([True, False, True, True])
    with_dead = attention_weights(dot_similarity(v), alive)[alive][:, alive]
    torch.testing.assert_close(with_dead, attention_weights(dot_similarity(v[alive]), ALL))


@given(seed=st.integers(0, 10**6), agent=st.integers(0, 3), scale=st.floats(0.01, 100))
def test_cosine_weights_ignore_the_length_of_a_vector(seed, agent, scale):
    v = random_vectors(seed, 4, 3)
    scaled = v.clone()
    scaled[agent] *= scale
    torch.testing.assert_close(cosine_similarity(scaled), cosine_similarity(v), rtol=1e-9, atol=1e-9)


def test_dot_is_cosine_for_vectors_of_length_one():
    v = torch.nn.functional.normalize(random_vectors(1, 5, 3), dim=-1)
    torch.testing.assert_close(dot_similarity(v), cosine_similarity(v))


@pytest.mark.parametrize("alive", [[True, True, True], [True, False, True]])
def test_a_high_temperature_is_uniform_over_the_living(alive):
    weights = attention_weights(dot_similarity(V), torch.tensor(alive), temperature=1e9)
    expected = torch.tensor(alive, dtype=torch.float64) / sum(alive)
    torch.testing.assert_close(weights[0], expected, rtol=0, atol=1e-8)


def test_a_low_temperature_picks_the_most_similar():
    similarity = torch.tensor([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.1, 0.3, 0.2]])
    weights = attention_weights(similarity, ALL, temperature=1e-3)
    torch.testing.assert_close(weights, torch.eye(3)[[2, 0, 1]])


def test_a_lone_agent_attends_to_itself():
    v = random_vectors(2, 1, 3)
    weights = attention_weights(cosine_similarity(v), torch.ones(1, dtype=torch.bool))
    torch.testing.assert_close(attend(weights, v), v)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_zero_vectors_give_finite_weights_and_gradients(similarity, dtype):
    v = torch.tensor([[0.0, 0.0], [1.0, -1.0], [0.0, 0.0]], dtype=dtype, requires_grad=True)
    weights = attention_weights(similarity(v), ALL)
    (gradient,) = torch.autograd.grad((weights * torch.arange(9.0).view(3, 3)).sum(), v)
    assert weights.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("alive", [[True, True, True], [True, False, True], [False, False, False]])
def test_the_gradient_is_right_and_finite_with_dead_agents(alive):
    v = random_vectors(3, 3, 2).requires_grad_()
    mask = torch.tensor(alive)
    assert torch.autograd.gradcheck(lambda x: attend(attention_weights(cosine_similarity(x), mask, 0.5), x), (v,))


def test_identical_agents_attend_alike_and_see_themselves():
    v = random_vectors(4, 1, 3).expand(4, 3)
    z = attend(attention_weights(cosine_similarity(v), torch.ones(4, dtype=torch.bool), 0.2), v)
    torch.testing.assert_close(z, v)


@given(seed=st.integers(0, 10**6), order=st.permutations(range(4)))
def test_attention_is_equivariant_to_the_order_of_agents(seed, order):
    v, alive = random_vectors(seed, 4, 3), torch.tensor([True, True, False, True])
    before = attention_weights(cosine_similarity(v), alive, 0.2)
    after = attention_weights(cosine_similarity(v[order]), alive[order], 0.2)
    torch.testing.assert_close(after, before[order][:, order])


def test_a_batch_is_every_row_alone():
    v, alive = random_vectors(5, 6, 3, 2), random_vectors(6, 6, 3) > 0
    together = attention_weights(dot_similarity(v), alive)
    alone = torch.stack([attention_weights(dot_similarity(x), a) for x, a in zip(v, alive, strict=True)])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize(
    ("row", "expected"), [([1.0, 0.0, 0.0], 0.0), ([1 / 3, 1 / 3, 1 / 3], 1.0986123), ([0.5, 0.5, 0.0], 0.6931472)]
)
def test_entropy_of_a_row(row, expected):
    assert float(row_entropy(torch.tensor([row]))) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("alive", "expected"),
    [([True, True, True], 7.0), ([True, False, True], 8.0), ([True, False, False], 0.0)],
    ids=["weights 1/4 and 3/4", "the first is dead", "nobody else lives"],
)
def test_attention_to_the_others_by_hand(alive, expected):
    one = torch.ones(3, 1, dtype=torch.float64, requires_grad=True)
    keys = torch.tensor([[50.0], [0.0], [math.log(3)]], dtype=torch.float64)
    values = torch.tensor([[99.0], [4.0], [8.0]], dtype=torch.float64)
    found = attend_to_others(one, keys, values, torch.tensor(alive))
    assert found[0].item() == pytest.approx(expected)
    assert torch.autograd.grad(found.sum(), one)[0].isfinite().all()
