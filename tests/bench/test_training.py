"""The speed of training."""

import pytest

from aiirmix.bench.training import measure_training
from aiirmix.common.errors import ConfigError


def test_the_parts_of_training_add_up_to_the_whole():
    training = measure_training("none", "2s3z", 5000)
    total = training.collect + training.learn + training.evaluate
    assert min(training.collect, training.learn, training.evaluate) > 0
    assert training.env_steps >= 5000
    assert training.env_steps_per_second == pytest.approx(training.env_steps / total)
    assert training.env_steps_per_cpu_second >= 0.9 * training.env_steps_per_second
    assert training.update.milliseconds > 0
    assert 0 < training.update.fraction_of_matmul < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("lirr", "8m", 5000), r"did you mean liir\?"), (("liir", "8n", 5000), r"did you mean 8m\?")],
)
def test_a_misspelt_model_or_map_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        measure_training(*arguments)
