"""A teacher that shares out the return: what it teaches, with what, and whom it cannot teach."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.envs.credit import CreditTask
from tests.learners.models import SPEC, double_batch, make_double, make_learner, printed
from tests.toys import random_batch

TEACHER = "model/teacher=redistribution"
TASK = CreditTask(3, 3, 3, 4, "contexts", "common", "at_end", 0.0, task_seed=0)


def test_the_source_has_an_optimiser_of_its_own_and_the_mixer_keeps_the_meta_gradient():
    learner = make_double(printed("aiir_mix"), TEACHER)
    owned = {name: {id(p) for p in learner.parameters_of(name)} for name in ("rewards", "source")}
    assert owned["rewards"] == {id(p) for p in learner.mixer.parameters()}
    assert owned["source"] == {id(p) for p in learner.intrinsic.parameters()}


def test_each_step_is_computed_after_the_one_before():
    learner, batch = make_double(printed("liir"), TEACHER, "model.teacher.steps=5"), double_batch()
    losses, descend = [], learner.descend

    def noting(name, loss):
        losses.extend([loss.item()] if name == "source" else [])
        return descend(name, loss)

    learner.descend = noting
    metrics = learner.learn(batch)
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 5
    assert metrics["source/loss"].item() == losses[0]


def test_explained_variance_is_measured_before_the_batch_is_learnt_from():
    learner, batch = make_double(printed("liir"), TEACHER), double_batch()
    r_in, alive = learner.shaped_rewards(batch).r_in, batch.transitions.alive
    sums = batch.transitions.packing.unpack(r_in * alive).sum((0, 2))
    expected = 1 - np.var((batch.returns - sums).numpy()) / np.var(batch.returns.numpy())
    assert learner.learn(batch)["source/explained_variance"].item() == pytest.approx(expected)


@pytest.mark.parametrize("model", ["none", "random", "rnd", "counts"])
def test_a_source_that_does_not_learn_or_teaches_itself_has_no_teacher(model):
    with pytest.raises(ConfigError, match=r"^model/teacher teaches a source that learns: model/intrinsic=attention,"):
        make_learner(model, SPEC, TEACHER)


def test_attention_is_still_shown():
    learner = make_learner("aiir_redistributed", SPEC)
    learner.update(random_batch(SPEC))
    assert learner.shaped_rewards(random_batch(SPEC)).attention is not None
    assert make_learner("liir_redistributed", SPEC).shaped_rewards(random_batch(SPEC)).attention is None


@pytest.mark.parametrize("model", ["aiir_redistributed", "liir_redistributed"])
def test_at_first_every_reward_is_zero_and_the_teams_reward_is_replaced(model):
    shaped = make_learner(model, SPEC).shaped_rewards(random_batch(SPEC))
    assert not shaped.r_in.any()
    assert not shaped.r_total.any()


def test_rewards_find_who_earned_a_return_that_is_paid_at_the_end():
    learner = make_learner(
        "liir_redistributed",
        TASK.spec,
        "model.intrinsic.inputs=[obs]",
        "model.optimizers.source.lr=0.01",
        "model.optimizers.actor.lr=0",
        width=16,
    )
    for k in range(25):
        batch = Collector(TASK).collect(
            learner.policy, np.arange(16) + 100 * k, generator=torch.Generator().manual_seed(k)
        )
        learner.update(batch)
    name = "source/explained_variance"
    *_, explained = (metrics[name] for metrics in learner.interval.updates if name in metrics)
    assert explained > 0.8
    assert batch.contributions is not None
    truth = batch.transitions.packing.pack(batch.contributions).flatten().numpy()
    r_in = learner.shaped_rewards(batch).r_in.flatten().numpy()
    assert np.corrcoef(r_in, truth)[0, 1] > 0.9


def test_dead_agents_get_nothing():
    """What is paid adds up to what was taught: the return."""
    learner, batch = make_learner("aiir_redistributed", SPEC, "model.optimizers.source.lr=0.1"), random_batch(SPEC)
    learner.update(batch)
    r_in, alive = learner.shaped_rewards(batch).r_in, batch.transitions.alive
    assert not alive.all()
    assert not r_in[~alive].any()
    assert r_in[alive].any()


def test_the_next_batch_judges_the_rewards_that_were_paid():
    """Not those that the source gives meanwhile, after a step of its own."""
    learner = make_learner(printed("aiir_mix"), SPEC, TEACHER, "model/meta_data=next", "model.optimizers.source.lr=0.1")
    judged, batches = list[torch.Tensor](), [random_batch(SPEC, seed=seed) for seed in range(3)]
    surrogate = learner.meta.surrogate

    def spy(c, extrinsic, r_in, *others):
        judged.append(r_in)
        return surrogate(c, extrinsic, r_in, *others)

    learner.meta = replace(learner.meta, surrogate=spy)
    paid = []
    for batch in batches:
        paid.append(learner.shaped_rewards(batch).r_in)
        learner.update(batch)
    torch.testing.assert_close(judged, paid[:2])
    assert not torch.allclose(learner.shaped_rewards(batches[1]).r_in, paid[1])
