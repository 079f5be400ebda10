"""COMA's counterfactual advantage, on cases worked out by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.counterfactual import counterfactual_advantage

Q = torch.tensor([1.0, 2.0, -1.0], dtype=torch.float64)
PI = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
PAYOFF = torch.tensor([[8.0, -12.0, -12.0], [-12.0, 0.0, 0.0], [-12.0, 0.0, 0.0]], dtype=torch.float64)
"""The one-step game of the QTRAN paper: rows are the first agent's actions."""


def test_every_action_against_the_policys_mean():
    advantage = counterfactual_advantage(Q.expand(3, 3), PI.expand(3, 3), torch.arange(3))
    assert advantage.tolist() == pytest.approx([0.1, 1.1, -1.9], abs=1e-12)
    assert float((PI * advantage).sum()) == pytest.approx(0.0, abs=1e-12)


def test_in_the_matrix_game_the_first_step_leads_away_from_the_best_action():
    """Relative over-generalisation: on average the partner's uniform policy makes the best action look worst."""
    first, second = torch.cartesian_prod(torch.arange(3), torch.arange(3)).T
    uniform = torch.full((9, 3), 1 / 3, dtype=torch.float64)
    advantage = counterfactual_advantage(PAYOFF.T[second], uniform, first).view(3, 3)
    rows = [[40 / 3, -8, -8], [-20 / 3, 4, 4], [-20 / 3, 4, 4]]
    assert advantage.tolist() == [pytest.approx(row, abs=1e-12) for row in rows]
    assert advantage.mean(1).tolist() == pytest.approx([-8 / 9, 4 / 9, 4 / 9], abs=1e-12)


@st.composite
def choices(draw):
    """Draw Q and π of one agent with up to six actions, some of them impossible."""
    weights = torch.tensor(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=6).filter(any)))
    q = draw(st.lists(st.floats(-1e3, 1e3), min_size=len(weights), max_size=len(weights)))
    return torch.tensor(q, dtype=torch.float64), (weights / weights.sum()).double()


@given(choices())
def test_its_mean_over_the_policy_is_zero(choice):
    q, probabilities = choice
    every = torch.arange(len(q))
    advantage = counterfactual_advantage(q.expand(len(q), -1), probabilities.expand(len(q), -1), every)
    assert float((probabilities * advantage).sum()) == pytest.approx(0.0, abs=1e-3)


@given(choices())
def test_the_q_of_impossible_actions_does_not_matter(choice):
    q, probabilities = choice
    other = torch.where(probabilities > 0, q, 1e6)
    possible = int(probabilities.argmax())
    advantages = [counterfactual_advantage(x, probabilities, torch.tensor(possible)) for x in (q, other)]
    assert advantages[0] == advantages[1]


def test_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="probabilities"):
        counterfactual_advantage(torch.ones(2, 3), torch.ones(3), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(ValueError, match="actions"):
        counterfactual_advantage(torch.ones(2, 3), torch.ones(2, 3), torch.zeros(3, dtype=torch.int64))
