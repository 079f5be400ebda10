"""The speed of the simulator, the report on it, and how its cost grows."""

from dataclasses import replace

import pytest

from aiirmix.bench.simulator import (
    SkirmishBench,
    Speed,
    check_maps,
    growth,
    has_marines_only,
    measure_simulator,
    report,
)
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.envs.skirmish.env import Skirmish

SPEED = Speed("3m", units=6, per_core=900.0, check=0.0, memory=1, threads=1.0, processes=1.0)
TWICE = replace(SPEED, map="5m_vs_6m", units=12, per_core=225.0)


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
    assert check_maps([]) == [*MAP_NAMES, *SCENARIO_NAMES]


def test_a_misspelt_map_of_the_simulator_is_refused():
    with pytest.raises(ConfigError, match=r"unknown map 8n; did you mean 8m\?"):
        check_maps(["2s3z", "8n"])


def test_growth_is_the_exponent_of_a_power_of_units():
    assert growth([SPEED, TWICE]) == pytest.approx(2.0)
    assert growth([SPEED, replace(TWICE, per_core=450.0)]) == pytest.approx(1.0)


def test_growth_is_reported_for_maps_that_differ_in_numbers_alone():
    zealots = replace(SPEED, map="3s_vs_3z", units=3)
    assert "on 2 maps of marines, the time of a step grows like units^2.00" in report([SPEED, TWICE, zealots])
    assert "grows" not in report([SPEED, zealots])
    marines = {"3m", "8m", "25m", "5m_vs_6m", "8m_vs_9m", "10m_vs_11m", "27m_vs_30m"}
    assert {name for name in MAP_NAMES if has_marines_only(name)} == marines


@pytest.mark.slow
def test_a_step_costs_no_more_than_the_square_of_the_units():
    maps = [name for name in MAP_NAMES if has_marines_only(name)]
    speeds = [
        replace(SPEED, map=name, units=bench.world.units.shape[1], per_core=bench.speed(1.0))
        for name in maps
        for bench in [SkirmishBench(name, battles=32)]
    ]
    assert growth(speeds) <= 2.0


def test_scenarios_are_measured_too_and_may_have_smacv2s_names():
    assert check_maps(["10gen_zerg_5_vs_5", "terran_5_vs_5", "8m"]) == ["8m", "terran_5_vs_5", "zerg_5_vs_5"]


@pytest.mark.slow
@pytest.mark.parametrize(("own", "size"), [("2s3z", "5_vs_5"), ("MMM", "10_vs_10"), ("bane_vs_bane", "20_vs_23")])
def test_a_step_of_a_scenario_costs_no_more_per_pair_of_units_than_one_of_smacs_maps(own, size):
    """Races differ, as units that die early cost less: the three together are compared."""

    def cost(name):
        bench = SkirmishBench(name)
        return replace(SPEED, units=bench.world.units.shape[1], per_core=bench.speed(1.0)).cost

    scenarios = [cost(f"{race}_{size}") for race in ("terran", "protoss", "zerg")]
    assert sum(scenarios) / 3 < 1.1 * cost(own)
