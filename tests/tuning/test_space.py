"""Spaces: what the shipped ones promise, and how a wrong one is refused."""

import pytest
from optuna.distributions import FloatDistribution, IntDistribution

from aiirmix.common.errors import ConfigError
from aiirmix.launch.compose import configurations
from aiirmix.tuning.request import read_request
from aiirmix.tuning.space import names, read_space, space_of, written
from aiirmix.tuning.subject import subjects_of
from tests.marks import slow, slow_but
from tests.tuning.conftest import RUN, SPACE

WRONG = {
    "models: [none]\nsettings: {}\n": "settings is empty; name at least one setting of the model",
    "models: [none]\n": "settings must be given",
    "settings: {model.gamma: {low: 0.9, high: 0.99}}\n": "models must be given",
    "models: [none]\nsetings: {}\n": "unknown key setings; did you mean settings?",
    "models: [none]\nsettings: {seed: {low: 0, high: 9}}\n": "seed is no setting of the model: seeds, budget and",
    "models: [none]\nsettings: {env_steps: {low: 1, high: 9}}\n": "env_steps is no setting of the model: seeds,",
    "models: [none]\nsettings: {model.gamma: {low: 0.0, high: 0.9, log: true}}\n": "with log, low must be more than",
    "models: [none]\nsettings: {model.gamma: {low: -1, high: 1, log: true}}\n": "with log, low must be more than 0,",
    "models: [none]\nsettings: {model.gamma: {low: 0.9, high: 0.8}}\n": "low must be less than high, not 0.9 and 0.8",
    "models: [none]\nsettings: {model.gamma: {low: 0.9}}\n": "high must be given",
    "models: [none]\nsettings: {model.gamma: {low: a, high: 1}}\n": "low must be a number, not 'a'",
    "models: [none]\nsettings: {model.gamma: {low: .nan, high: 1}}\n": "low must be a number, not nan",
    "models: [none]\nsettings: {model.gamma: {low: 0, high: 1, lg: true}}\n": "unknown key lg; did you mean log?",
    "models: [none]\nsettings: {model.gamma: {low: 0, high: 1, log: 3}}\n": "log must be true or false, not 3",
    "models: [none]\nsettings: {model.gamma: 0.9}\n": "should have the keys low, high, log",
    "models: [none]\nsettings: {model.gamma: {choices: []}}\n": "choices should be a list, not []",
    "models: [none]\nsettings: {model.gamma: {choices: [0.9, 0.9]}}\n": "choices has only 0.9; name at least two",
    "models: [none]\nsettings: {model.gamma: {choices: [[1], [2]]}}\n": "a choice must be a name or a number, not",
    "models: none\nsettings: {model.gamma: {low: 0, high: 1}}\n": "models should be a list, not 'none'",
    "[]": "",
}


UNFIT = {
    "models: [none]\nsettings: {model.gama: {low: 0.9, high: 0.99}}\n": "unknown key model.gama; did you mean",
    "models: [none]\nsettings: {model/update: {choices: [single, cliped]}}\n": "unknown update cliped; did you mean",
    "models: [none]\nsettings: {model.gamma: {choices: [0.9, fast]}}\n": "model.gamma must be a number, not 'fast'",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_space_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_space(file)
    assert str(refused.value).startswith(f"{file}")
    assert WRONG[text] in str(refused.value)


@pytest.mark.parametrize("text", ["models: [none]\nsettings: {}\n", *slow(UNFIT)])
def test_a_space_that_does_not_fit_prints_one_line_and_changes_nothing(tune, spaces, folder, text):
    answer = tune(f"none {spaces('bad', text)} {RUN}")
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert (WRONG | UNFIT)[text] in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert [path.name for path in folder.iterdir()] == ["bad.yaml"]


@pytest.mark.parametrize("name", slow_but(["ppo"], names()))
def test_the_models_that_a_shipped_space_names_have_its_settings_and_own_values_there(folder, name):
    models = space_of("", name).models
    with configurations():
        request = read_request([f"model={','.join(models)}", "env_steps=5000"])
    for subject in subjects_of(request):
        assert subject.defaults.keys() == subject.space.settings.keys()


def test_the_models_own_parts_are_its_own_values(spaces):
    """So the first trial is the model as it is, also where the space chooses parts."""
    text = (
        "models: [none]\nsettings: {model/update: {choices: [single, clipped]}, model.gamma: {low: 0.9, high: 0.999}}\n"
    )
    chosen = f"hydra.sweeper.{spaces('parts', text)}"
    with configurations():
        plain, changed = (
            read_request(["model=none", "env_steps=5000", chosen, change])
            for change in ("env.map=8m,2s3z", "model/base=actor_critic")
        )
    assert subjects_of(plain)[0].defaults == {"model/update": "clipped", "model.gamma": 0.99}
    assert subjects_of(changed)[0].defaults == {"model/update": "single", "model.gamma": 0.99}


def test_all_shipped_spaces_have_four_settings():
    assert {len(space_of("", name).settings) for name in names()} == {4}


def test_whole_numbers_stay_whole():
    space = space_of("ippo", None)
    assert space.settings["model.update.epochs"] == IntDistribution(1, 15)
    assert space.settings["model.optimizers.actor.lr"] == FloatDistribution(0.0003, 0.01, log=True)


@pytest.mark.parametrize(
    ("value", "text"), [(0.00123456, "0.00123"), (150, "150"), ("clipped", "clipped"), (True, "true")]
)
def test_values_are_written_with_three_digits(value, text):
    assert written(value) == text


def test_a_space_of_ones_own_is_chosen_by_its_path(tune, spaces):
    answer = tune(f"remap {spaces('mine', SPACE)} {RUN} --dry")
    assert answer.code == 0
    assert "1 settings of the space mine" in answer.out
