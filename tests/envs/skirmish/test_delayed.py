"""Battles that are paid for in the last step: the same battles, the same returns."""

import numpy as np
import pytest

from aiirmix.envs.protocol import Outcome
from aiirmix.envs.skirmish.delayed import DelayedSkirmish
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy

SEEDS = np.arange(5)


def played(env):
    """Play whole battles with random actions; return rewards and who is running, [T, B], and all observations."""
    policy, outcome = RandomPolicy(SEEDS), Outcome.zeros(len(SEEDS))
    frame, actions = env.reset(SEEDS), np.zeros((len(SEEDS), env.spec.n_agents), np.int64)
    rewards, running, seen = [], [np.ones(len(SEEDS), bool)], []
    while running[-1].any():
        policy(frame.avail, actions)
        env.step(actions, (frame, outcome))
        rewards.append(outcome.reward * running[-1])
        seen.append(frame.obs.tobytes())
        running.append(running[-1] & ~(outcome.terminated | outcome.truncated))
    return np.stack(rewards), np.stack(running), seen


def test_the_return_is_paid_in_the_last_step_and_nothing_else_changes():
    plain, running, seen = played(Skirmish("2s3z"))
    delayed, still_running, seen_delayed = played(DelayedSkirmish("2s3z"))
    assert seen == seen_delayed
    assert (running == still_running).all()
    last = running[:-1] & ~running[1:]
    assert not delayed[~last].any()
    assert delayed.sum(0) == pytest.approx(plain.sum(0), rel=1e-5)
    assert (plain.sum(0) > 0).any()


def test_its_name_tells_it_apart():
    assert DelayedSkirmish("3m").spec.name == Skirmish("3m").spec.name + "/delayed"
