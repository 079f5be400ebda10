"""The report of the benchmark, and how the simulator's cost grows."""

from dataclasses import replace

import pytest

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.tools.bench import Bench, Speed, growth, has_marines_only, report

SPEED = Speed("3m", units=6, per_core=900.0, check=0.0, memory=1, threads=1.0, processes=1.0)
TWICE = replace(SPEED, map="5m_vs_6m", units=12, per_core=225.0)


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
        replace(SPEED, map=name, units=bench.env.world.units.shape[1], per_core=bench.speed(1.0))
        for name in maps
        for bench in [Bench(name, battles=32)]
    ]
    assert growth(speeds) <= 2.0
