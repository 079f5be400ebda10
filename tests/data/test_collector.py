"""The collector: whole episodes, played in lockstep."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.data.collector import Collector, episode_seeds, epsilon_greedy, sample
from aiirmix.envs.protocol import Outcome
from aiirmix.maths.policy import action_probabilities
from aiirmix.maths.q_values import best_actions
from aiirmix.nets.actor import Actor
from tests.toys import CreditGame

SEEDS = np.arange(100, 112)


def make_env(**changes):
    return CreditGame(**({"agents": 3, "steps": 6, "ragged": True, "mortal": True} | changes))


def make_actor(env, seed=0):
    torch.manual_seed(seed)
    return Actor(env.spec, hidden=6, share_parameters=True)


def collect(seeds=SEEDS, generator=None, epsilon=0.0, **changes):
    env = make_env(**changes)
    return Collector(env).collect(make_actor(env), seeds, epsilon, generator)


def facts_of(seed):
    """Return length, whether it terminates, and the right answers [T, N] of one episode, as kept by the game itself."""
    env = make_env()
    env.reset(np.array([seed]))
    length = int(env.length[0])
    return length, length < env.spec.episode_limit, torch.from_numpy(env.right[0, :length])


def by_length(seeds):
    """Sort the seeds as the batch is sorted: longest episode first, equal lengths in their given order."""
    return sorted(seeds.tolist(), key=lambda seed: -facts_of(seed)[0])


def test_the_toy_has_what_these_tests_need():
    facts = [facts_of(seed) for seed in SEEDS.tolist()]
    assert len({length for length, *_ in facts}) > 3
    assert {terminated for _, terminated, _ in facts} == {True, False}


def test_episodes_come_longest_first_with_their_own_lengths_and_endings():
    batch = collect()
    expected = [facts_of(seed)[:2] for seed in by_length(SEEDS)]
    assert list(zip(batch.lengths.tolist(), batch.terminated.tolist(), strict=True)) == expected


def test_rewards_are_those_the_game_paid_for_the_actions():
    batch = collect()
    for b, seed in enumerate(by_length(SEEDS)):
        length, _, right = facts_of(seed)
        correct = (batch.actions[:length, b] == right) & batch.alive[:length, b]
        torch.testing.assert_close(batch.reward[:length, b], correct.float().mean(1))


def test_an_episode_is_won_if_its_last_reward_is_full():
    batch = collect(mortal=False, steps=3, agents=1, seeds=np.arange(40))
    last = batch.reward.gather(0, batch.lengths[None] - 1)[0]
    assert batch.won.tolist() == (last > 0.99).tolist()
    assert 0 < batch.won.sum() < 40


def test_a_greedy_batch_is_every_episode_played_alone():
    together = collect()
    for b, seed in enumerate(by_length(SEEDS)):
        alone = collect(np.array([seed]))
        length = int(alone.lengths[0])
        assert together.lengths[b] == length
        for name, steps in {"obs": 1, "state": 1, "avail": 1, "alive": 1, "actions": 0, "reward": 0}.items():
            one, many = getattr(alone, name)[:, 0], getattr(together, name)[: length + steps, b]
            assert torch.equal(one, many), name


class KnowsWhoWasRight(CreditGame):
    """A game that knows the contributions; in rows of episodes that are over, they are NaN."""

    def __init__(self, **sizes):
        super().__init__(**sizes)
        self.spec = replace(self.spec, knows_contributions=True)

    def step(self, actions, out=None):
        over, asked = self.over.copy(), self.right[:, self.time]
        known = np.where((actions == asked) & self._alive(self.time), np.float32(1 / self.spec.n_agents), 0)
        self.known = np.where(over[:, None], np.nan, known).astype(np.float32)
        return super().step(actions, out)

    def contributions(self):
        return self.known


def test_contributions_are_those_of_each_step_and_only_where_they_are_known():
    env = KnowsWhoWasRight(agents=3, steps=6, ragged=True, mortal=True)
    batch = Collector(env).collect(make_actor(env), SEEDS)
    assert batch.contributions is not None
    for b, length in enumerate(batch.lengths.tolist()):
        torch.testing.assert_close(batch.contributions[:length, b].sum(-1), batch.reward[:length, b])
    assert len(batch.lengths.unique()) > 3
    assert collect().contributions is None


class Unreliable(CreditGame):
    """A game that aborts the episodes with these seeds at these steps, once each, and leaves NaN in their rows."""

    def __init__(self, aborts, **changes):
        super().__init__(**changes)
        self.aborts = dict(aborts)

    def reset(self, seeds, out=None):
        self.seeds = seeds.tolist()
        return super().reset(seeds, out)

    def step(self, actions, out=None):
        frame, outcome = super().step(actions, out)
        for b, seed in enumerate(self.seeds):
            if self.aborts.get(seed) == self.time and not outcome.terminated[b] and not outcome.truncated[b]:
                del self.aborts[seed]
                outcome.aborted[b] = self.over[b] = True
                frame.obs[b] = outcome.reward[b] = np.nan
        return frame, outcome


@pytest.mark.parametrize("aborts", [{103: 1}, {seed: 1 + seed % 4 for seed in SEEDS.tolist()}])
def test_an_aborted_episode_is_played_again_and_leaves_no_trace(aborts):
    env = Unreliable(aborts, steps=6, mortal=True)
    seen = Collector(env).collect(make_actor(env), SEEDS)
    expected = collect(ragged=False)
    assert not env.aborts
    for name in ("lengths", "terminated", "won", "reward", "actions", "obs", "state", "avail", "alive"):
        found, wanted = getattr(seen, name), getattr(expected, name)
        dimension = int(found.dim() > 1)
        assert {x.numpy().tobytes() for x in found.unbind(dimension)} == {
            x.contiguous().numpy().tobytes() for x in wanted.unbind(dimension)
        }, name


class RepeatsOutcomes(CreditGame):
    """A game that repeats the outcome of an ended episode, reward included, at every later step."""

    def reset(self, seeds, out=None):
        self.ends = Outcome.zeros(len(seeds))
        return super().reset(seeds, out)

    def step(self, actions, out=None):
        over = self.over.copy()
        frame, outcome = super().step(actions, out)
        for said, again in zip(self.ends, outcome, strict=True):
            said[:] = again[:] = np.where(over, said, again)
        return frame, outcome


def test_a_repeated_outcome_ends_an_episode_only_once():
    env = RepeatsOutcomes(agents=3, steps=6, ragged=True, mortal=True)
    seen, expected = Collector(env).collect(make_actor(env), SEEDS), collect()
    for name in ("lengths", "terminated", "won", "returns"):
        assert torch.equal(getattr(seen, name), getattr(expected, name)), name


@pytest.mark.parametrize("most", [1, 5, 12, 100])
def test_a_batch_that_is_too_large_is_played_in_parts(most):
    env = make_env(ragged=False)
    env.spec = replace(env.spec, most_battles=most)
    parts, reset = [], env.reset

    def watched_reset(seeds, out):
        parts.append(seeds)
        return reset(seeds, out)

    env.reset = watched_reset
    batch, expected = Collector(env).collect(make_actor(env), SEEDS), collect(ragged=False)
    assert [len(part) for part in parts] == [min(most, len(SEEDS) - k) for k in range(0, len(SEEDS), most)]
    for name in ("lengths", "reward", "actions", "obs", "alive", "won"):
        assert torch.equal(getattr(batch, name), getattr(expected, name)), name


def test_policies_are_shown_the_actions_they_took_last():
    batch, actor = collect(), make_actor(make_env())
    logits = actor(batch.transitions)
    assert torch.equal(best_actions(logits, batch.transitions.avail), batch.transitions.actions)


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 1.0])
def test_sampled_actions_are_available(epsilon):
    # CreditGame raises on any other.
    batch = collect(generator=torch.Generator().manual_seed(0), epsilon=epsilon)
    assert batch.transitions.avail.gather(-1, batch.transitions.actions[..., None]).all()


def test_a_batch_knows_its_epsilon():
    assert collect(generator=torch.Generator(), epsilon=0.5).transitions.epsilon == 0.5


def test_the_same_generator_seed_gives_the_same_actions():
    first, second, other = (collect(generator=torch.Generator().manual_seed(k)).transitions.actions for k in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_playing_leaves_the_global_random_numbers_alone():
    env = make_env()
    actor = make_actor(env)
    before = torch.random.get_rng_state()
    Collector(env).collect(actor, SEEDS, 0.5, torch.Generator().manual_seed(0))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_second_batch_does_not_change_the_first():
    env = make_env()
    collector, actor = Collector(env), make_actor(env)
    first = collector.collect(actor, SEEDS)
    kept = first.obs.clone(), first.actions.clone(), first.reward.clone()
    collector.collect(actor, SEEDS + 1000)
    assert all(torch.equal(a, b) for a, b in zip(kept, (first.obs, first.actions, first.reward), strict=True))


def test_collected_episodes_carry_no_graph():
    env = make_env()
    seen = []

    class Watching(Actor):
        def act(self, *args):
            seen.append(super().act(*args)[0])
            return super().act(*args)

    torch.manual_seed(0)
    Collector(env).collect(Watching(env.spec, 6, True), SEEDS)
    assert not any(logits.requires_grad for logits in seen)


@given(st.integers(0, 10**6))
def test_greedy_never_picks_an_unavailable_action(seed):
    draw = torch.Generator().manual_seed(seed)
    logits, avail = torch.randn(8, 5, generator=draw), torch.rand(8, 5, generator=draw) < 0.4
    avail[:, seed % 5] = True
    chosen = best_actions(logits, avail)
    assert avail.gather(-1, chosen[:, None]).all()
    assert (logits.gather(-1, chosen[:, None]) >= logits.masked_fill(~avail, -torch.inf)).all()


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_actions_are_drawn_with_their_probabilities(epsilon):
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])
    avail = torch.tensor([True, True, False, True])
    count = 40_000
    drawn = sample(logits.expand(count, 4), avail.expand(count, 4), epsilon, torch.Generator().manual_seed(0))
    fractions = torch.bincount(drawn, minlength=4) / count
    torch.testing.assert_close(fractions, action_probabilities(logits, avail, epsilon), rtol=0, atol=0.01)
    assert fractions[2] == 0


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_epsilon_greedy_spreads_epsilon_over_the_available_actions(epsilon):
    outputs, avail = torch.tensor([2.0, 0.0, 3.0, -1.0]), torch.tensor([True, True, False, True])
    count = 40_000
    drawn = epsilon_greedy(outputs.expand(count, 4), avail.expand(count, 4), epsilon, torch.Generator().manual_seed(0))
    fractions = torch.bincount(drawn, minlength=4) / count
    expected = torch.tensor([1 - epsilon * 2 / 3, epsilon / 3, 0.0, epsilon / 3])
    torch.testing.assert_close(fractions, expected, rtol=0, atol=0.01)
    assert fractions[2] == 0


def test_the_learner_chooses_how_to_explore():
    env = make_env()

    def last(outputs, avail, epsilon, generator):
        assert epsilon == 0.25
        return outputs.shape[-1] - 1 - avail.flip(-1).int().argmax(-1)

    batch = Collector(env).collect(make_actor(env), SEEDS, 0.25, torch.Generator(), last)
    assert (batch.transitions.actions[batch.transitions.alive] == env.spec.n_actions - 1).all()


@pytest.mark.parametrize("explore", [partial(sample, epsilon=0.0), partial(epsilon_greedy, epsilon=1.0)])
def test_agents_and_episodes_draw_independently(explore):
    outputs, avail = torch.zeros(20_000, 2, 2), torch.ones(20_000, 2, 2, dtype=torch.bool)
    drawn = explore(outputs, avail, generator=torch.Generator().manual_seed(0)).double()
    agents, battles = torch.corrcoef(drawn.T)[0, 1], torch.corrcoef(torch.stack([drawn[1:, 0], drawn[:-1, 0]]))[0, 1]
    assert abs(agents) < 0.03
    assert abs(battles) < 0.03


def test_seeds_do_not_depend_on_how_many_are_asked_for():
    assert episode_seeds(3, "train", 5, 4).tolist() == episode_seeds(3, "train", 0, 20)[5:9].tolist()


def test_streams_and_runs_share_no_seed():
    runs = [episode_seeds(seed, stream, 0, 300).tolist() for seed in range(4) for stream in ("train", "test")]
    together = [seed for run in runs for seed in run]
    assert len(set(together)) == len(together)


def test_seeds_are_what_environments_accept():
    seeds = episode_seeds(0, "train", 0, 200)
    assert seeds.dtype == np.int64
    assert (seeds >= 0).all()
    assert episode_seeds(0, "train", 0, 0).shape == (0,)
