"""Random numbers of many episodes at once."""

import numpy as np
import pytest

from aiirmix.envs.counter_rng import draw_bits, draw_integers, draw_normals

SEEDS = np.arange(2000)


def test_the_stream_of_a_seed_is_splitmix64():
    """The published generator gives these numbers from the state 0, to which the seed 0 leads."""
    assert [hex(x) for x in draw_bits(np.array([0]), 0, 2)[0]] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]


def test_numbers_depend_only_on_seed_and_position():
    together = draw_bits(np.array([5, 2**62, 5]), 0, 9)
    assert (together[0] == together[2]).all()
    assert (draw_bits(np.array([2**62]), 4, 3)[0] == together[1, 4:7]).all()


@pytest.mark.parametrize("below", [1, 5, 7])
def test_integers_are_equally_likely(below):
    drawn = draw_integers(SEEDS, 3, 40, below)
    counts = np.bincount(drawn.ravel(), minlength=below)
    assert counts.sum() == drawn.size
    assert counts == pytest.approx(np.full(below, drawn.size / below), rel=0.05)


def test_normals_have_the_moments_of_a_standard_normal():
    drawn = draw_normals(SEEDS, 0, 50)
    assert drawn.mean() == pytest.approx(0.0, abs=0.01)
    assert drawn.var() == pytest.approx(1.0, abs=0.02)
    assert (drawn**4).mean() == pytest.approx(3.0, abs=0.15)


def test_neighbouring_seeds_and_positions_are_unrelated():
    drawn = draw_normals(SEEDS, 0, 2)
    assert abs(np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1]) < 0.07
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.07
