"""The cost of contributions that steps are played again for."""

from aiirmix.bench.credit import measure_credit


def test_playing_steps_again_takes_longer_and_each_kind_is_measured():
    cost = measure_credit("3m", seconds=0.01, battles=8)
    assert list(cost.causal) == ["difference", "shapley"]
    assert 0 < cost.causal["shapley"] < cost.causal["difference"] < cost.deeds
