"""Which battles belong to a seed."""

from itertools import islice

import pytest

from aiirmix.envs.skirmish.views.single_battle import seed_series


def first(seed, count=50):
    return list(islice(seed_series(seed), count))


def test_a_seed_has_its_own_series():
    assert first(7) == first(7)
    assert first(7)[0] == 7
    assert len(set(first(7))) == 50


def test_neighbouring_seeds_share_no_battle():
    assert not set(first(7)) & set(first(8))


def test_without_a_seed_there_is_another_series_each_time():
    assert first(None) != first(None)


def test_a_seed_is_not_negative():
    with pytest.raises(ValueError, match="non-negative"):
        first(-1)
