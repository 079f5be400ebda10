"""The rules between the top-level settings."""

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.launch.schema import check_settings, type_of
from aiirmix.runs.config import plain_config

GOOD = {
    "name": "default",
    "seed": 0,
    "env_steps": 5000,
    "model": {},
    "env": {},
    "evaluation": {"every": 5000, "episodes": 20, "final_episodes": 0},
    "logger": {},
    "trainer": {"accelerator": "cpu", "threads": 1, "progress": True},
}


def test_a_budget_of_one_interval_is_accepted():
    check_settings(GOOD)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("env_steps", 0, "env_steps must be at least 1, not 0"),
        ("env_steps", 4999, "env_steps=4999 is less than one evaluation interval, evaluation.every=5000"),
        ("evaluation.every", -1, "evaluation.every must be at least 1, not -1"),
        ("evaluation.episodes", 0, "evaluation.episodes must be at least 1, not 0"),
        ("evaluation.final_episodes", -1, "evaluation.final_episodes must be at least 0, not -1"),
        ("trainer.threads", 0, "trainer.threads must be at least 1, not 0"),
        ("seed", -1, "seed must be at least 0, not -1"),
        ("name", "a/b", "name=a/b must be a folder name: letters, digits and ._- only, at most 100"),
        ("name", "..", "name=.. must be a folder name: letters, digits and ._- only, at most 100"),
    ],
)
def test_invalid_settings_are_refused(key, value, message):
    config = OmegaConf.create(GOOD)
    OmegaConf.update(config, key, value)
    with pytest.raises(ConfigError) as error:
        check_settings(plain_config(config))
    assert str(error.value) == message


@pytest.mark.parametrize("key", ["seed", "evaluation.every"])
def test_no_setting_may_be_deleted(key):
    above, _, leaf = key.rpartition(".")
    config = OmegaConf.create(GOOD)
    del (config[above] if above else config)[leaf]
    with pytest.raises(ConfigError, match=f"^{key} must be given$"):
        check_settings(plain_config(config))


@pytest.mark.parametrize(
    ("key", "kind"), [("seed", int), ("trainer.progress", bool), ("name", str), ("model.gamma", None), ("x.y", None)]
)
def test_top_level_settings_have_the_types_of_the_schema(key, kind):
    assert type_of(key) is kind
