"""How many different outcomes greedy battles have, and the table of all maps."""

import pytest
import torch

from aiirmix.cli.main import main
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.evaluation.outcomes import Outcomes, distinct_outcomes, table


class Episodes:
    """The measures of four episodes, two of which agree."""

    won = torch.tensor([True, True, False, True])
    returns = torch.tensor([20.0, 20.000001, 20.0, 19.0])
    lengths = torch.tensor([30, 30, 30, 30])


def test_outcomes_differ_in_win_return_or_length():
    assert distinct_outcomes(Episodes()) == 3  # type: ignore[arg-type]
    Episodes.lengths = torch.tensor([30, 31, 30, 30])
    assert distinct_outcomes(Episodes()) == 4  # type: ignore[arg-type]


def test_every_map_has_a_row_with_the_means_of_its_runs():
    played = [
        Outcomes("8m", "open_loop", 1000, 0.5, 100),
        Outcomes("8m", "open_loop", 900, 1.0, 120),
        Outcomes("mine-3f2a", "mappo", 5, 0.0, 1),
    ]
    head, _, *rows = table(played, 200).splitlines()
    assert head == "| map | model | runs | env steps | wins | distinct outcomes of 200 battles |"
    assert [row.split(" | ")[0] for row in rows] == [f"| {m}" for m in (*MAP_NAMES, *SCENARIO_NAMES, "mine-3f2a")]
    assert "| 8m | open_loop | 2 | 900 | 75.0% | 110 |" in rows
    assert "| terran_5_vs_5 | – | – | – | – | – |" in rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no directory"),
        (["nowhere", "--episodes", "0"], "--episodes must be at least 1, not 0"),
        (["nowhere", "--seed", "-1"], "--seed must be at least 0, not -1"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, message, capsys):
    assert main(["outcomes", *arguments]) == 2
    assert message in capsys.readouterr().err
