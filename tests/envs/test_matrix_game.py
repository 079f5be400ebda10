"""One-step games with a payoff table."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.envs.matrix_game import MatrixGame

CONF = Path(__file__).parents[2] / "conf"


def test_both_agents_receive_the_payoff_and_the_game_is_over():
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
def test_a_payoff_that_is_no_table_is_refused(payoff):
    with pytest.raises(ConfigError, match="payoff must be a table of equally long rows"):
        MatrixGame(payoff)


def test_each_agent_has_the_actions_of_its_side_of_the_table():
    game = MatrixGame([[8, -12, 1], [3, 0, 2]])
    game.reset(np.arange(2))
    with pytest.raises(ValueError, match=r"^battle 1, agent 0: action 2 is not available \(legal: 0, 1\)$"):
        game.step(np.array([[1, 2], [2, 0]]))


def test_the_configuration_is_the_game_of_the_qtran_paper():
    configured: Any = OmegaConf.to_container(OmegaConf.load(CONF / "env" / "matrix_game.yaml"))
    target = configured.pop("_target_")
    assert target == f"{MatrixGame.__module__}.{MatrixGame.__qualname__}"
    assert MatrixGame(**configured).payoff.tolist() == [[8, -12, -12], [-12, 0, 0], [-12, 0, 0]]
