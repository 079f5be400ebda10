"""The rules between the top-level settings."""

from typing import Any

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.launch.schema import check_settings, type_of
from aiirmix.runs.config import plain_config

GOOD: dict[str, Any] = {
    "name": "default",
    "seed": 0,
    "env_steps": 5000,
    "model": {},
    "env": {},
    "evaluation": {"every": 5000, "episodes": 20, "final_episodes": 0},
    "logger": {},
    "callbacks": {"recorder": {}, "checkpoint": {}},
    "trainer": {"accelerator": "cpu", "devices": 1, "max_time": None},
    "threads": 1,
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
        ("threads", 0, "threads must be at least 1, not 0"),
        ("trainer.devices", 2, "trainer.devices must be 1, or a list with the number of one, not 2"),
        ("trainer.devices", "auto", "trainer.devices must be 1, or a list with the number of one, not 'auto'"),
        ("trainer.max_time", "1h", "trainer.max_time must be days:hours:minutes:seconds, 00:12:00:00, not '1h'"),
        ("trainer.max_epochs", 3, "trainer.max_epochs does not work here: use env_steps"),
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


@pytest.mark.parametrize(("key", "value"), [("devices", [3]), ("max_time", "00:12:00:00")])
def test_one_device_and_a_time_limit_can_be_chosen(key, value):
    check_settings({**GOOD, "trainer": {**GOOD["trainer"], key: value}})


@pytest.mark.parametrize("name", ["recorder", "checkpoint"])
def test_a_run_needs_the_callbacks_that_keep_its_results(name):
    others = {key: node for key, node in GOOD["callbacks"].items() if key != name}
    with pytest.raises(ConfigError, match=f"^callbacks.{name} must be given: .* callbacks=\\[default,mine\\]$"):
        check_settings({**GOOD, "callbacks": others})


@pytest.mark.parametrize("key", ["seed", "evaluation.every"])
def test_no_setting_may_be_deleted(key):
    above, _, leaf = key.rpartition(".")
    config = OmegaConf.create(GOOD)
    del (config[above] if above else config)[leaf]
    with pytest.raises(ConfigError, match=f"^{key} must be given$"):
        check_settings(plain_config(config))


@pytest.mark.parametrize(
    ("key", "kind"), [("seed", int), ("threads", int), ("name", str), ("model.gamma", None), ("x.y", None)]
)
def test_top_level_settings_have_the_types_of_the_schema(key, kind):
    assert type_of(key) is kind
