"""Ranges of seeds are expanded, and nothing else is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.common.errors import ConfigError
from aiirmix.launch.ranges import expand_seeds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("seed=0-4", "seed=0,1,2,3,4"),
        ("seed=0-2,7,10-11", "seed=0,1,2,7,10,11"),
        ("seed=3", "seed=3"),
        ("seed=0-0", "seed=0"),
        ("++seed=0-1", "++seed=0,1"),
    ],
)
def test_ranges_are_expanded(typed, meant):
    assert expand_seeds(typed) == meant


@pytest.mark.parametrize(
    "typed", ["env.map=8m", "tag=2024-01", "seed=range(0,5)", "seed=abc", "seed=1-", "env.seed=0-4", "seeds=0-4", "-m"]
)
def test_other_arguments_are_unchanged(typed):
    assert expand_seeds(typed) == typed


@given(st.text())
def test_any_argument_that_is_not_a_seed_is_unchanged(argument):
    assert argument.lstrip("+").startswith("seed=") or expand_seeds(argument) == argument


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=1))
def test_a_list_of_ranges_keeps_their_order(ranges):
    typed = ",".join(f"{first}-{first + more}" for first, more in ranges)
    meant = [str(seed) for first, more in ranges for seed in range(first, first + more + 1)]
    assert expand_seeds(f"seed={typed}") == f"seed={','.join(meant)}"


def test_a_range_that_ends_before_it_starts_is_an_error():
    with pytest.raises(ConfigError, match=r"seed=0,4-2: the range 4-2 is empty; write 2-4"):
        expand_seeds("seed=0,4-2")
