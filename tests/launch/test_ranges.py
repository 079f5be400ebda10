"""Ranges of seeds are expanded, names stay as they are typed, and nothing else is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.common.errors import ConfigError
from aiirmix.launch.ranges import as_typed, expand_seeds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("seed=0-4", "seed=range(0,5)"),
        ("seed=0-2,7,10-11", "seed=0,1,2,7,10,11"),
        ("seed=3", "seed=3"),
        ("seed=0-0", "seed=0"),
        ("++seed=0-1", "++seed=range(0,2)"),
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
    if len(ranges) == 1:
        assert expand_seeds(f"seed={typed}") in (f"seed={meant[0]}", f"seed=range({meant[0]},{int(meant[-1]) + 1})")
    else:
        assert expand_seeds(f"seed={typed}") == f"seed={','.join(meant)}"


def test_a_range_that_ends_before_it_starts_is_an_error():
    with pytest.raises(ConfigError, match=r"seed=0,4-2: the range 4-2 is empty; write 2-4"):
        expand_seeds("seed=0,4-2")


@pytest.mark.parametrize("typed", ["seed=4294967296", "seed=0-99999999999", "seed=1,4294967296", f"seed={'9' * 5000}"])
def test_a_seed_that_numpy_does_not_take_is_an_error(typed):
    with pytest.raises(ConfigError, match="seed must be at most 4294967295, not "):
        expand_seeds(typed)


@pytest.mark.parametrize("word", ["1e5", "0x10", "2e3", "1_000", "007", "true", "inf", "nan", "1.50", "null2"])
def test_names_stay_as_they_are_typed(word):
    assert as_typed(f"name={word}") == f"name='{word}'"
    assert as_typed(f"name={word},{word}") == f"name='{word}','{word}'"


@pytest.mark.parametrize(
    "typed", ["name=null", "name=", "name='a b'", "name=${env_steps}", "env.name=1e5", "name=a,null"]
)
def test_other_names_are_left_to_hydra(typed):
    assert as_typed(typed) == typed
