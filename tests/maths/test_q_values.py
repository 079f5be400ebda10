import pytest
import torch

from aiirmix.maths.q_values import best_actions, values_of


def test_values_of_actions_by_hand():
    q = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert values_of(q, torch.tensor([2, 0])).tolist() == [3.0, 4.0]


def test_no_action_is_read_as_the_first():
    assert values_of(torch.tensor([[7.0, 8.0]]), torch.tensor([-1])).tolist() == [7.0]


def test_an_unavailable_action_is_not_best_however_large_its_value():
    q = torch.tensor([[1e12, -5.0, -7.0], [0.0, 1.0, 2.0]])
    avail = torch.tensor([[False, True, True], [True, True, False]])
    assert best_actions(q, avail).tolist() == [1, 1]


def test_shapes_are_asserted():
    with pytest.raises(ValueError, match="actions must have shape"):
        values_of(torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="avail must have shape"):
        best_actions(torch.zeros(2, 3), torch.ones(2, 2, dtype=torch.bool))
