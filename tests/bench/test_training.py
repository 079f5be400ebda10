"""The speed of training."""

import pytest

from aiirmix.bench.training import measure_training
from aiirmix.common.errors import ConfigError


@pytest.mark.slow
def test_the_parts_of_training_add_up_to_the_whole():
    training = measure_training("none", "2s3z", 5000)
    spent = training.spent
    assert min(spent.collecting, spent.learning, spent.testing) > 0
    assert spent.played >= 5000
    assert spent.cpu_speed >= 0.9 * spent.speed
    assert training.update.milliseconds > 0
    assert 0 < training.update.fraction_of_matmul < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("lirr", "8m", 5000), r"did you mean liir\?"), (("liir", "8n", 5000), r"did you mean 8m\?")],
)
def test_a_misspelt_model_or_map_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        measure_training(*arguments)
