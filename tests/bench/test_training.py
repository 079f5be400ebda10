"""The speed of training and of the simulator."""

import pytest

from aiirmix.bench.simulator import check_maps, measure_simulator
from aiirmix.bench.training import measure_training
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.env import Skirmish


def test_the_parts_of_training_add_up_to_the_whole():
    training = measure_training("none", "2s3z", 5000)
    total = training.collect + training.learn + training.evaluate
    assert min(training.collect, training.learn, training.evaluate) > 0
    assert training.env_steps >= 5000
    assert training.env_steps_per_second == pytest.approx(training.env_steps / total)
    assert training.env_steps_per_cpu_second >= 0.9 * training.env_steps_per_second
    assert training.update.milliseconds > 0
    assert 0 < training.update.fraction_of_matmul < 1


def test_the_simulator_is_measured_on_every_map_asked_for():
    one, other = measure_simulator(("2s3z", "3m"), seconds=0.01)
    assert (one.map, one.units, other.map, other.units) == ("2s3z", 10, "3m", 6)
    assert min(one.per_core, other.per_core) > 1000
    assert 0.0 <= one.check < 0.5
    assert min(one.threads, one.processes) > 0.0
    spec = Skirmish("2s3z").spec
    seen = 4 * (5 * spec.obs_dim + spec.state_dim) + 5 * spec.n_actions
    assert seen < one.memory < 2 * seen + 10 * 1000


def test_maps_are_measured_in_the_order_of_the_catalog_and_all_by_default():
    assert check_maps(["3m", "2s3z"]) == ["2s3z", "3m"]
    assert check_maps([]) == list(MAP_NAMES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("lirr", "8m", 5000), r"did you mean liir\?"), (("liir", "8n", 5000), r"did you mean 8m\?")],
)
def test_a_misspelt_model_or_map_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        measure_training(*arguments)


def test_a_misspelt_map_of_the_simulator_is_refused():
    with pytest.raises(ConfigError, match=r"unknown map 8n; did you mean 8m\?"):
        check_maps(["2s3z", "8n"])
