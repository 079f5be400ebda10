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
REWARD = tuple(f"model.{name}" for name in ("intrinsic.", "mixer.", "meta.", "source", "balance."))
"""What the reward is, how it learns, and how much it counts."""
AGENT, EXTRINSIC = "model.agent_critic.", "model.extrinsic_critic."
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
] + [
    f"{model},actor.share_parameters=False,balance=gated{source},meta=regress_advantage,update=clipped"
    for model, source in (
        ("aiir", ""),
        ("aiir", ",intrinsic=attention_own_action"),
        ("liir", ",intrinsic.inputs=-obs-"),
        ("liir", ",intrinsic=individual_unshared,intrinsic.inputs=-obs-"),
    )
]


@cache
def settings_by_cell():
    """Return every setting of the answer's models that are compared with `none` on 2s3z, by the label of the model."""
    commands = read_figure_spec("answer").commands({"env.map": "2s3z", "seed": "100"})
    learner = [
        words for words in commands if {"model/update=single,clipped", "model/meta=regress_advantage"} & {*words}
    ]
    runs = [run for words in learner for run in plan([as_typed(word) for word in words], multirun=True)]
    return {RunDirectory(run.directory.path).labels.model: dict(flat(run.config)) for run in runs}


def flat(config: Any, above=""):
    """Yield the dotted name and the value of every setting."""
    for key, value in config.items():
        yield from flat(value, f"{above}{key}.") if isinstance(value, dict) else [(above + key, value)]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_differs_from_its_control_in_the_reward_alone(cell):
    own, control = settings_by_cell()[cell], settings_by_cell()[control_of(cell, "none", SETTINGS)]
    changed = {name for name in own.keys() | control.keys() if own.get(name, "absent") != control.get(name, "absent")}
    rest = {name for name in changed if not name.startswith((*REWARD, AGENT, EXTRINSIC))}
    assert rest == {"model.optimizers.rewards.lr"}, rest
    assert any(name.startswith("model.intrinsic") for name in changed)


@pytest.mark.parametrize("cell", CELLS)
def test_the_critic_of_the_control_is_that_of_r_ex(cell):
    own, control = settings_by_cell()[cell], settings_by_cell()[control_of(cell, "none", SETTINGS)]
    of_r_ex = {name.removeprefix(EXTRINSIC): value for name, value in own.items() if name.startswith(EXTRINSIC)}
    of_control = {name.removeprefix(AGENT): value for name, value in control.items() if name.startswith(AGENT)}
    assert of_r_ex == of_control


def test_every_effect_of_the_answer_has_its_control():
    """A cell without one would be trained and then be in no table. Baselines have settings of their own."""
    sweeps = read_figure_spec("answer").commands({"env.map": "2s3z", "seed": "100"})
    runs = [run for words in sweeps for run in plan([as_typed(word) for word in words], multirun=True)]
    labels = {RunDirectory(run.directory.path).labels for run in runs}
    models = {(one.map, one.model) for one in labels if "," in one.model}
    assert len(models) > 20
    assert {(name, control_of(model, "none", SETTINGS)) for name, model in models} <= models
