"""Batches of episodes and their packed views."""

from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import NO_ACTION, PackedTimesteps, Packing, action_one_hot
from tests.toys import random_batch, small_spec, with_garbage

SPEC = small_spec()
LENGTHS = (5, 3, 3, 1)
BATCH = random_batch(SPEC, LENGTHS)
VIEWS = pytest.mark.parametrize("view", ["transitions", "timesteps"])

falling_lengths = st.lists(st.integers(1, 6), min_size=1, max_size=5).map(lambda x: sorted(x, reverse=True))


def cells(lengths):
    """Return the real cells (t, b) in packed order: time first."""
    return [(t, b) for t in range(max(lengths)) for b, length in enumerate(lengths) if t < length]


@given(falling_lengths, st.integers(0, 3))
def test_packing_keeps_the_real_cells_time_first(lengths, extra_steps):
    x = torch.arange((max(lengths) + extra_steps) * len(lengths) * 2).view(-1, len(lengths), 2)
    rows = Packing(torch.tensor(lengths)).pack(x)
    assert rows.tolist() == [x[t, b].tolist() for t, b in cells(lengths)]


@given(falling_lengths)
def test_unpacking_puts_rows_back_and_zeros_elsewhere(lengths):
    packing = Packing(torch.tensor(lengths))
    x = 1.0 + torch.arange(float(max(lengths) * len(lengths) * 2)).view(-1, len(lengths), 2)
    assert torch.equal(packing.unpack(packing.pack(x)), x * packing.mask[..., None])


@given(falling_lengths)
def test_packing_undoes_unpacking(lengths):
    packing = Packing(torch.tensor(lengths))
    rows = torch.randn(sum(lengths), 3)
    assert torch.equal(packing.pack(packing.unpack(rows)), rows)


@given(falling_lengths)
def test_sizes_count_the_episodes_that_reach_each_step(lengths):
    sizes = Packing(torch.tensor(lengths)).sizes
    assert sizes == [sum(length > t for length in lengths) for t in range(max(lengths))]


def test_unpacking_carries_gradients_to_their_rows():
    rows = torch.randn(sum(LENGTHS), 2, requires_grad=True)
    weights = torch.randn(max(LENGTHS), len(LENGTHS), 2)
    packing = Packing(torch.tensor(LENGTHS))
    (gradient,) = torch.autograd.grad((weights * packing.unpack(rows)).sum(), rows)
    assert torch.equal(gradient, packing.pack(weights))


def test_unsorted_episodes_are_refused():
    with pytest.raises(ValueError, match="longest to shortest"):
        Packing(torch.tensor([2, 3]))


def test_one_hot_actions_and_zeros_for_no_action():
    assert action_one_hot(torch.tensor([2, NO_ACTION, 0]), 3).tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]


def with_contributions(batch, seed=0):
    """Return the same episodes with random contributions."""
    known = torch.rand(batch.actions.shape, generator=torch.Generator().manual_seed(seed))
    return replace(batch, contributions=known)


@VIEWS
def test_a_view_is_every_real_cell_of_every_field(view):
    lengths = [length + (view == "timesteps") for length in LENGTHS]
    for name in ("obs", "state", "avail", "alive"):
        expected = torch.stack([getattr(BATCH, name)[t, b] for t, b in cells(lengths)])
        assert torch.equal(getattr(getattr(BATCH, view), name), expected)


@VIEWS
def test_last_actions_are_those_of_the_step_before(view):
    rows = getattr(BATCH, view)
    lengths = [length + (view == "timesteps") for length in LENGTHS]
    for row, (t, b) in zip(rows.last_actions, cells(lengths), strict=True):
        assert row.tolist() == (BATCH.actions[t - 1, b].tolist() if t else [NO_ACTION] * SPEC.n_agents)


@VIEWS
def test_actions_are_those_of_the_timestep_and_none_at_the_last(view):
    rows = getattr(BATCH, view)
    lengths = [length + (view == "timesteps") for length in LENGTHS]
    for row, (t, b) in zip(rows.actions, cells(lengths), strict=True):
        assert row.tolist() == (BATCH.actions[t, b].tolist() if t < LENGTHS[b] else [NO_ACTION] * SPEC.n_agents)


@VIEWS
def test_views_never_read_what_comes_after_an_episodes_end(view):
    clean, dirty = getattr(BATCH, view), getattr(with_garbage(BATCH, extra_steps=2), view)
    for name in ("obs", "state", "avail", "alive", "actions", "last_actions"):
        assert torch.equal(getattr(clean, name), getattr(dirty, name))


def test_returns_add_up_the_rewards_of_each_episode():
    expected = [sum(BATCH.reward[t, b].item() for t in range(length)) for b, length in enumerate(LENGTHS)]
    assert BATCH.returns.tolist() == pytest.approx(expected, rel=1e-5)


def test_returns_ignore_what_comes_after_an_episodes_end():
    assert torch.equal(with_garbage(BATCH, extra_steps=2).returns, BATCH.returns)


def test_environment_steps_are_the_steps_played():
    assert with_garbage(BATCH, extra_steps=2).env_steps == sum(LENGTHS)


@pytest.mark.parametrize("bootstrap_on_truncation", [True, False])
def test_terminal_steps(bootstrap_on_truncation):
    terminated = torch.tensor([True, False, True, False])
    terminal = replace(BATCH, terminated=terminated).terminal(bootstrap_on_truncation)
    ends = [(length - 1, b) for b, length in enumerate(LENGTHS) if terminated[b] or not bootstrap_on_truncation]
    assert [tuple(cell) for cell in terminal.nonzero().tolist()] == sorted(ends)


def test_selecting_sorts_by_length_and_cuts_to_the_longest():
    few = BATCH.select(torch.tensor([3, 1]))
    assert few.lengths.tolist() == [3, 1]
    assert torch.equal(few.obs, BATCH.obs[:4, [1, 3]])
    assert torch.equal(few.actions, BATCH.actions[:3, [1, 3]])
    assert torch.equal(few.reward, BATCH.reward[:3, [1, 3]])
    assert torch.equal(few.won, BATCH.won[[1, 3]])
    assert torch.equal(few.terminated, BATCH.terminated[[1, 3]])


def test_selecting_keeps_the_order_of_equally_long_episodes():
    assert torch.equal(BATCH.select(torch.tensor([2, 1])).reward, BATCH.reward[:3, [2, 1]])


def test_selecting_keeps_the_exploration():
    assert random_batch(SPEC, epsilon=0.3).select(torch.tensor([0])).epsilon == 0.3


def test_joining_keeps_every_episode_and_sorts_by_length():
    other = random_batch(SPEC, (6, 3), seed=1)
    joined = EpisodeBatch.join([BATCH, other])
    assert joined.lengths.tolist() == [6, 5, 3, 3, 3, 1]
    origins = [(other, 0), (BATCH, 0), (BATCH, 1), (BATCH, 2), (other, 1), (BATCH, 3)]
    for b, (batch, k) in enumerate(origins):
        assert torch.equal(joined.won[b], batch.won[k])
        assert torch.equal(joined.terminated[b], batch.terminated[k])
        for name, extra in {"obs": 1, "state": 1, "avail": 1, "alive": 1, "actions": 0, "reward": 0}.items():
            length = int(batch.lengths[k]) + extra
            assert torch.equal(getattr(joined, name)[:length, b], getattr(batch, name)[:length, k]), name
    assert EpisodeBatch.join([BATCH]) is BATCH


def test_contributions_follow_their_episodes():
    one, other = with_contributions(BATCH), with_contributions(random_batch(SPEC, (6, 3), seed=1), seed=1)
    few, joined = one.select(torch.tensor([3, 1])).contributions, EpisodeBatch.join([one, other]).contributions
    assert few is not None
    assert joined is not None
    assert torch.equal(few, one.contributions[:3, [1, 3]])
    for b, (batch, k) in enumerate([(other, 0), (one, 0), (one, 1), (one, 2), (other, 1), (one, 3)]):
        length = int(batch.lengths[k])
        assert torch.equal(joined[:length, b], batch.contributions[:length, k])
    assert EpisodeBatch.join([BATCH, BATCH]).contributions is None


def test_networks_see_no_contributions():
    assert not {"contributions", "reward"} & {f.name for f in fields(PackedTimesteps)}


def test_moving_to_a_device_keeps_everything():
    batch = with_contributions(random_batch(SPEC, epsilon=0.3))
    assert batch.transitions.epsilon == 0.3
    moved = batch.to(torch.device("cpu"))
    assert moved.epsilon == 0.3
    tensors = [f.name for f in fields(batch) if f.name != "epsilon"]
    assert all(torch.equal(getattr(moved, name), getattr(batch, name)) for name in tensors)


@pytest.mark.parametrize(
    "name", ["obs", "state", "avail", "alive", "reward", "lengths", "terminated", "won", "contributions"]
)
def test_shapes_that_do_not_belong_together_are_refused(name):
    batch = with_contributions(BATCH)
    with pytest.raises(ValueError, match=name):
        replace(batch, **{name: getattr(batch, name)[1:]})


def test_what_follows_the_transitions_has_their_order():
    batch = random_batch(SPEC, (2, 1))
    clock = torch.arange(3.0)[:, None] + 10 * torch.arange(2)
    batch = replace(batch, obs=clock[..., None, None].expand(batch.obs.shape).contiguous())
    assert batch.transitions.obs[:, 0, 0].tolist() == [0, 10, 1]
    assert batch.after.obs[:, 0, 0].tolist() == [1, 11, 2]
    assert batch.timesteps.obs[:, 0, 0].tolist() == [0, 10, 1, 11, 2]
    assert torch.equal(batch.after.last_actions, batch.transitions.actions)
    assert torch.equal(batch.after.actions[0], batch.transitions.actions[2])
    assert (batch.after.actions[1:] == NO_ACTION).all()


def test_what_follows_does_not_depend_on_padding():
    batch = random_batch(SPEC)
    wide = with_garbage(batch, extra_steps=2)
    for name in ("obs", "state", "avail", "alive", "actions", "last_actions"):
        assert torch.equal(getattr(wide.after, name), getattr(batch.after, name)), name
