"""The replay buffer."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from aiirmix.data.replay import ReplayBuffer
from tests.toys import random_batch, small_spec, with_garbage

SPEC = small_spec()


def make_buffer(capacity=6):
    return ReplayBuffer(SPEC, capacity, saved=True)


def filled(*batches, capacity=6):
    buffer = make_buffer(capacity)
    for batch in batches:
        buffer.add(batch)
    return buffer


def assert_same_episodes(found, expected):
    """Compare all real cells of two batches."""
    assert found.lengths.tolist() == expected.lengths.tolist()
    for f in fields(found):
        one, other = getattr(found, f.name), getattr(expected, f.name)
        if f.name in ("epsilon", "contributions"):
            continue
        extra = {"obs": 1, "state": 1, "avail": 1, "alive": 1, "actions": 0, "reward": 0}
        if f.name in extra:
            real = torch.arange(len(one))[:, None] < found.lengths + extra[f.name]
            one, other = one[real], other[real]
        assert one.dtype == other.dtype, f.name
        assert torch.equal(one, other), f.name


def test_what_comes_out_is_what_went_in():
    batch = random_batch(SPEC)
    assert_same_episodes(filled(batch).episodes(np.arange(4)), batch)


def test_true_contributions_are_not_stored():
    batch = random_batch(SPEC)
    known = replace(batch, contributions=torch.ones(batch.actions.shape))
    found = filled(known).episodes(np.arange(4))
    assert_same_episodes(found, batch)
    assert found.contributions is None


def test_the_final_timestep_is_kept():
    batch = random_batch(SPEC)
    found = filled(batch).episodes(np.arange(4))
    for b, length in enumerate(batch.lengths.tolist()):
        assert torch.equal(found.obs[length, b], batch.obs[length, b])


def test_padding_is_never_read():
    batch = random_batch(SPEC)
    found = filled(with_garbage(batch, extra_steps=2)).episodes(np.arange(4))
    assert_same_episodes(found, batch)
    assert torch.equal(found.timesteps.obs, batch.timesteps.obs)


def test_a_shorter_episode_in_the_place_of_a_longer_one():
    long, short = random_batch(SPEC, (9, 8), seed=1), random_batch(SPEC, (2, 1), seed=2)
    assert_same_episodes(filled(long, short, capacity=2).episodes(np.arange(2)), short)


def test_the_newest_replace_the_oldest():
    batches = [random_batch(SPEC, (3, 2), seed=k) for k in range(5)]
    buffer = filled(*batches, capacity=5)
    assert (len(buffer), buffer.added) == (5, 10)
    kept = sorted(buffer.episodes(np.arange(5)).returns.tolist())
    newest = torch.cat([b.returns for b in batches])[-5:]
    assert kept == pytest.approx(sorted(newest.tolist()))


def test_a_sample_has_different_episodes_all_equally_likely():
    buffer = filled(random_batch(SPEC, tuple(range(9, 0, -1))), capacity=20)
    rng, counts = np.random.default_rng(0), torch.zeros(10)
    for _ in range(2000):
        lengths = buffer.sample(3, rng).lengths
        assert len(lengths.unique()) == 3
        counts += torch.bincount(lengths, minlength=10)
    torch.testing.assert_close(counts[1:] / 6000, torch.full((9,), 1 / 9), rtol=0, atol=0.012)


def test_a_sample_has_no_epsilon():
    assert np.isnan(filled(random_batch(SPEC, epsilon=0.3)).sample(2, np.random.default_rng(0)).epsilon)


def test_nothing_is_stored_that_follows_from_the_rest():
    per_timestep = SPEC.n_agents * (4 * SPEC.obs_dim + SPEC.n_actions + 1) + 4 * SPEC.state_dim
    per_episode = (SPEC.episode_limit + 1) * per_timestep + SPEC.episode_limit * (SPEC.n_agents + 4) + 6
    assert make_buffer(capacity=1000).megabytes == pytest.approx(1000 * per_episode / 1e6)


def test_more_episodes_at_once_than_fit_are_refused():
    with pytest.raises(ValueError, match="4 episodes at once do not fit in a replay buffer of 3"):
        filled(random_batch(SPEC), capacity=3)


@pytest.mark.parametrize("first", [3, 5])
def test_the_newest_restore_a_buffer(first):
    buffer = filled(*(random_batch(SPEC, (3, 2), seed=k) for k in range(4)), capacity=5)
    again = make_buffer(capacity=5)
    again.added = first
    again.restore(buffer.newest(first))
    places = np.arange(first, 8) % 5
    assert again.added == buffer.added
    assert_same_episodes(again.episodes(places), buffer.episodes(places))
