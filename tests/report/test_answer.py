"""The design of the answer: a cell and its control differ in the reward alone."""

from functools import cache
from typing import Any

import pytest

from aiirmix.launch.plan import plan
from aiirmix.launch.ranges import as_typed
from aiirmix.report.effects import control_of
from aiirmix.report.figure_spec import read_figure_spec
from aiirmix.runs.directory import RunDirectory

SETTINGS = {"update", "actor.share_parameters"}
REWARD = tuple(f"model.{name}" for name in ("intrinsic.", "mixer.", "meta.", "source", "balance.gate", "agent_critic."))
"""What the reward is, how it learns, and the critic of what it adds to r_ex."""
CELLS = [
    f"{model}{shared},balance=gated{inputs},update={update}"
    for update in ("single", "clipped")
    for shared in ("", ",actor.share_parameters=False")
    for model, inputs in (
        ("aiir_mix", ""),
        ("aiir", ""),
        ("rmix", ",intrinsic.inputs=-obs-"),
        ("liir", ",intrinsic.inputs=-obs-"),
    )
    if not shared or model in ("aiir_mix", "liir")
]


@cache
def settings_by_cell():
    """Return every setting of the answer's models with either update on 2s3z, by the label of the model."""
    commands = read_figure_spec("answer").commands({"env.map": "2s3z", "seed": "100"})
    learner = [words for words in commands if "model/update=single,clipped" in words]
    runs = [run for words in learner for run in plan([as_typed(word) for word in words], multirun=True)]
    return {RunDirectory(run.directory.path).labels.model: dict(flat(run.config)) for run in runs}


def flat(config: Any, above=""):
    """Yield the dotted name and the value of every setting."""
    for key, value in config.items():
        yield from flat(value, f"{above}{key}.") if isinstance(value, dict) else [(above + key, value)]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_differs_from_its_control_in_the_reward_alone(cell):
    control = settings_by_cell()[control_of(cell, "none_balanced", SETTINGS)]
    changed = {name for name, value in settings_by_cell()[cell].items() if control.get(name, "absent") != value}
    changed |= control.keys() - settings_by_cell()[cell].keys()
    rest = {name for name in changed if not name.startswith(REWARD)}
    assert rest == {"model.optimizers.rewards.lr"}, rest
    assert any(name.startswith("model.intrinsic") for name in changed)
