"""What a study is about: what may change between two commands that continue it, and what is refused."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.launch.compose import configurations
from aiirmix.launch.searchpath import searchpath
from aiirmix.tuning.request import as_setting, read_request
from aiirmix.tuning.study import Study, check_premise
from aiirmix.tuning.subject import subjects_of
from tests.marks import slow
from tests.tuning.conftest import RUN, SPACE


@pytest.fixture
def subject(spaces):
    """Return what a command tunes."""

    def read(*changes, model="none"):
        with configurations():
            words = [f"model={model}", spaces("mine", SPACE), *RUN.split(), *changes]
            request = read_request([as_setting(word) for word in words])
        [found] = subjects_of(request)
        return found

    return read


MINE = """# @package _global_
defaults: [/model/none, _self_]
model: {{gamma: {gamma}, optimizers: {{actor: {{lr: {lr}}}}}}}
"""


def test_a_searched_setting_may_change_its_default_and_the_first_trial_stays(subject, folder):
    def changed(gamma, lr):
        (folder / "model").mkdir(exist_ok=True)
        (folder / "model" / "mine.yaml").write_text(MINE.format(gamma=gamma, lr=lr))
        return subject(*searchpath("."), model="mine")

    Study(changed(0.9, 0.003))
    later = changed(0.9, 0.002)
    check_premise(later)
    study = Study(later)
    task = study.take()
    assert task is not None
    assert task.values == {"model.optimizers.actor.lr": 0.003}
    study.complete(task, 0.5)
    assert study.own is not None
    assert study.own.value == 0.5
    with pytest.raises(ConfigError, match="with another setting of its runs; give this name="):
        check_premise(changed(0.95, 0.002))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("hydra/sweeper/sampler=random", "sampler"),
        *slow([("hydra/sweeper/pruner=none", "pruner"), ("hydra.sweeper.pruner.n_warmup_steps=50", "pruner")]),
    ],
)
def test_another_sampler_or_pruner_is_refused(subject, change, what):
    Study(subject())
    with pytest.raises(ConfigError, match=rf"holds a study of none with another {what}; give this name=…"):
        check_premise(subject(change))


def test_another_version_of_the_environment_is_refused(subject, monkeypatch):
    Study(subject())
    check_premise(subject())
    monkeypatch.setattr("aiirmix.envs.skirmish.env.SKIRMISH_VERSION", 99)
    told = rf"with another version of the environment: skirmish-{SKIRMISH_VERSION}/8m there, skirmish-99/8m here; give"
    with pytest.raises(ConfigError, match=told):
        check_premise(subject())
