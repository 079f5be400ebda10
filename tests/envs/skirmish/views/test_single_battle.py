"""The seeds of successive battles."""

from itertools import islice

import pytest

from aiirmix.envs.skirmish.views.single_battle import seed_series


def first(seed, count=50):
    """Return the first seeds of a series."""
    return list(islice(seed_series(seed), count))


def test_a_series_is_a_function_of_its_seed_and_starts_with_it():
    assert first(7) == first(7)
    assert first(7)[0] == 7
    assert len(set(first(7))) == 50


def test_neighbouring_seeds_share_no_battle():
    assert not set(first(7)) & set(first(8))


def test_without_a_seed_the_series_differs_each_time():
    assert first(None) != first(None)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        first(-1)
