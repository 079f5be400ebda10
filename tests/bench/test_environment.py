"""The speed of any environment."""

import json

import pytest

from aiirmix.bench.environment import measure_environment
from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError


def test_an_environment_is_measured_as_it_is_configured():
    small, other = (measure_environment(["env=credit", f"env.agents={n}"], seconds=0.01) for n in (2, 3))
    assert small.name.startswith("credit/")
    assert small.name != other.name
    assert small.battles == 128
    assert small.env_steps_per_cpu_second > 0


@pytest.mark.slow
def test_the_credit_task_is_fast():
    """Less than half of what it must reach on an idle core, so that other work on the machine does not matter."""
    assert measure_environment(["env=credit"], seconds=1.0).env_steps_per_cpu_second > 40_000


def test_a_misspelt_environment_is_refused():
    with pytest.raises(ConfigError, match="credit"):
        measure_environment(["env=credti"], seconds=0.01)


def test_the_command_prints_a_line_or_json(capsys):
    assert main(["bench", "--environment", "env=matrix_game", "--seconds=0.01"]) == 0
    assert "environment steps per second, 128 battles" in capsys.readouterr().out
    assert main(["bench", "--environment", "env=matrix_game", "--seconds=0.01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["battles"] == 128
