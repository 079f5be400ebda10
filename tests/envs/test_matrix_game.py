import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.matrix_game import MatrixGame


def test_both_are_paid_what_the_table_says_and_the_game_is_over():
    game = MatrixGame([[8, -12, 1], [3, 0, 2]])
    frame = game.reset(np.arange(3))
    assert frame.avail.tolist() == [[[True, True, False], [True, True, True]]] * 3
    _, outcome = game.step(np.array([[0, 0], [0, 1], [1, 2]]))
    assert outcome.reward.tolist() == [8.0, -12.0, 2.0]
    assert outcome.terminated.all()
    assert outcome.won.tolist() == [True, False, False]


def test_games_of_different_payoffs_have_different_names():
    names = {MatrixGame(payoff).spec.name for payoff in ([[1, 2]], [[1, 3]], [[1, 2]])}
    assert len(names) == 2


@pytest.mark.parametrize("payoff", [[], [[]], [[1, 2], [3]]])
def test_what_is_no_table_is_refused(payoff):
    with pytest.raises(ConfigError, match="payoff must be a table of equally long rows"):
        MatrixGame(payoff)
