"""Settings that change no number change neither the identity of a run nor its label."""

import pytest
from omegaconf import OmegaConf

from aiirmix.common.resources import CONF
from aiirmix.launch.plan import plan
from aiirmix.runs.config import SAME_NUMBERS, configuration_hash, differences, settings_digest


def planned(*words):
    [run] = plan(["env_steps=5000", *words], multirun=False)
    return run


@pytest.mark.parametrize(("change", "env"), [("env.threads=2", "skirmish"), ("env.check_actions=false", "skirmish")])
def test_a_run_is_the_same_with_other_threads_or_checks(folder, change, env):
    plain, changed = planned(f"env={env}"), planned(f"env={env}", change)
    assert plain.config != changed.config
    assert plain.directory == changed.directory
    assert settings_digest(plain.config) == settings_digest(changed.config)
    assert configuration_hash(plain.config) == configuration_hash(changed.config)
    assert list(differences(plain.config, changed.config)) == []


def test_another_setting_of_the_environment_makes_another_run(folder):
    plain, changed = planned(), planned("env.reward_sparse=true", "env.threads=2")
    assert changed.directory.path.parent.name == "8m,reward_sparse=True"
    assert settings_digest(plain.config) != settings_digest(changed.config)


def test_in_an_environment_of_ones_own_such_a_setting_may_mean_anything():
    one, other = ({"env": {"_target_": "mine.Env", "step_seconds": x}} for x in (0.1, 0.5))
    assert settings_digest(one) != settings_digest(other)
    assert list(differences(one, other)) == [("env.step_seconds", 0.1, 0.5)]
    ours, changed = ({"env": {"_target_": "aiirmix.envs.smac.env.Smac", "step_seconds": x}} for x in (60, 90))
    assert settings_digest(ours) == settings_digest(changed)
    assert list(differences(ours, changed)) == []


def test_digests_count_what_changes_no_number_as_the_files_have_it():
    written = dict[str, object]()
    for file in ("env/skirmish.yaml", "env/base/smac_games.yaml"):
        written |= {f"env.{key!s}": value for key, value in OmegaConf.load(CONF / file).items()}
    assert {key: written[key] for key in SAME_NUMBERS} == SAME_NUMBERS
