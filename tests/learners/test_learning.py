"""Learning in games with known answers; every run takes about a second."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from aiirmix.data.collector import Collector, episode_seeds
from tests.learners.models import COMPARED, make_learner, printed
from tests.marks import slow, slow_but
from tests.toys import CreditGame


class School:
    """A learner in a game of two agents with three actions each: a guess is right one time in three."""

    def __init__(self, model, *overrides, seed=0, **game):
        env = CreditGame(**{"agents": 2, "actions": 3, "steps": 3} | game)
        self.learner, self.collector = make_learner(model, env.spec, *overrides, seed=seed, width=32), Collector(env)
        self.seed, self.generator = seed, torch.Generator().manual_seed(seed)

    def play(self, episodes):
        seeds = episode_seeds(self.seed, "train", int(self.learner.episodes), episodes)
        return self.collector.collect(self.learner.policy, seeds, 0.0, self.generator)

    def teach(self, updates, episodes=16):
        for _ in range(updates):
            self.learner.update(self.play(episodes))
        return self

    def fraction_right(self, policy=None):
        """Return how often the agents are right in 200 greedy test episodes."""
        batch = self.collector.collect(policy or self.learner.policy, episode_seeds(self.seed, "test", 0, 200))
        return batch.transitions.packing.pack(batch.reward).mean().item()


class Forgetful:
    """A policy whose hidden state is set to zero before every step."""

    def __init__(self, policy):
        self.policy, self.initial_hidden = policy, policy.initial_hidden

    def act(self, obs, last_actions, hidden):
        return self.policy.act(obs, last_actions, torch.zeros_like(hidden))


def correct(steps):
    """Tell whether each agent chose the action that it was shown to be right, [M, N]."""
    return (steps.obs[..., :-1].argmax(-1) == steps.actions).float()


def correlation(x, y):
    return torch.corrcoef(torch.stack([x.flatten(), y.flatten()]))[0, 1].item()


def test_without_learning_the_agents_guess():
    fractions = [School("none", seed=seed).fraction_right() for seed in range(5)]
    assert sum(fractions) / len(fractions) < 0.5


@pytest.mark.parametrize("model", slow_but(["aiir_mix", printed("aiir_mix")], [*COMPARED, *map(printed, COMPARED)]))
def test_every_model_learns_what_is_right(model):
    assert School(model).teach(60).fraction_right() > 0.9


@pytest.mark.parametrize(("model", "batches"), [("mappo", 30), *slow([("coma", 150), ("ippo", 30)])])
def test_every_on_policy_baseline_learns_what_is_right(model, batches):
    assert School(model).teach(batches).fraction_right() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("model", ["none", "aiir_mix", printed("none"), printed("aiir_mix")])
def test_unshared_actors_learn_too(model):
    assert School(model, "model.actor.share_parameters=false").teach(120).fraction_right() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("model", ["none", "aiir_mix", printed("none"), printed("aiir_mix")])
def test_what_was_shown_a_step_ago_is_remembered(model):
    school = School(model, steps=4, delay=1).teach(150)
    assert school.fraction_right() > 0.75
    # The first answer needs no hidden state; without one the other three are guessed.
    assert school.fraction_right(Forgetful(school.learner.policy)) < 0.6


def school_for_credit(model, seed, *overrides):
    """Return agents that have begun to learn and hardly change from then on, so that they act rightly and wrongly."""
    overrides = ("model.optimizers.rewards.lr=0", *overrides)
    school = School(printed(model), *overrides, seed=seed, steps=1).teach(20, episodes=64)
    school.learner.add_optimizer("actor", partial(torch.optim.SGD, lr=1e-3), school.learner.actor)
    return school


@pytest.mark.parametrize("seed", [0, *slow([1])])
def test_c_reveals_who_was_right_although_the_reward_does_not(seed):
    school = school_for_credit("liir", seed)
    noted, derivative = [], school.learner.meta.derivative

    def noting(*arguments):
        noted.append(derivative(*arguments))
        return noted[-1]

    school.learner.meta = replace(school.learner.meta, derivative=noting)
    batch = school.play(512)
    school.learner.learn(batch)
    assert correlation(noted[0], correct(batch.transitions)) > 0.5


INDIVIDUAL = "model.intrinsic.inputs=[obs,id]"


@pytest.mark.parametrize("seed", [0, *slow([1, 2])])
@pytest.mark.parametrize(
    ("model", "overrides"),
    [("aiir_mix", []), *slow([("liir", [INDIVIDUAL]), ("rmix", [INDIVIDUAL]), ("aiir", [])])],
    ids=str,
)
def test_intrinsic_rewards_learn_to_reveal_who_was_right(model, overrides, seed):
    school = school_for_credit(model, seed, "model.mixer.weight=0.1", *overrides)
    learner = school.learner
    learner.add_optimizer("rewards", partial(torch.optim.Adam, lr=0.01), learner.intrinsic, learner.mixer)
    school.teach(30, episodes=256)
    steps = school.play(300).transitions
    assert correlation(learner.intrinsic(steps).detach(), correct(steps)) > 0.2


def test_random_rewards_do_not():
    found = []
    for seed in range(20):
        school = School("random", seed=seed, steps=1)
        steps = school.play(100).transitions
        found.append(correlation(school.learner.intrinsic(steps), correct(steps)))
    assert abs(sum(found) / len(found)) < 0.1
