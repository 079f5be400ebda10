"""A teacher that shares out the team's reward of each timestep: what it finds, and what it is built of."""

import numpy as np
import pytest
import torch

from aiirmix.data.collector import Collector
from aiirmix.envs.credit import CreditTask
from aiirmix.launch.compose import compose_run, configurations
from tests.learners.models import SPEC, double_batch, make_double, make_learner, printed
from tests.toys import random_batch

TEACHER = "model/teacher=decomposition"
TASK = CreditTask(3, 3, 3, 4, "contexts", "common", "each_step", 0.05, task_seed=0)


@pytest.mark.parametrize("model", ["liir_decomposed", "aiir_decomposed"])
def test_the_shares_become_the_true_contributions(model):
    """Where the team's reward is a sum of what each agent contributes, plus noise; the sum alone does not show them."""
    learner = make_learner(model, TASK.spec, "model.optimizers.source.lr=0.01", "model.optimizers.actor.lr=0", width=16)
    for k in range(15):
        seeds, generator = np.arange(16) + 100 * k, torch.Generator().manual_seed(k)
        batch = Collector(TASK).collect(learner.policy, seeds, generator=generator)
        learner.update(batch)
    assert batch.contributions is not None
    shares = batch.transitions.packing.unpack(learner.shaped_rewards(batch).r_in)
    sums = batch.reward[..., None].expand_as(shares)
    of_shares, of_sums = (np.corrcoef(x.flatten(), batch.contributions.flatten())[0, 1] for x in (shares, sums))
    assert of_shares > 0.9
    assert of_sums < 0.75


def test_explained_variance_is_measured_before_the_batch_is_learnt_from():
    learner, batch = make_double(printed("liir"), TEACHER), double_batch()
    r_in, alive, pack = learner.shaped_rewards(batch).r_in, batch.transitions.alive, batch.transitions.packing.pack
    error = pack(batch.reward) - torch.where(alive, r_in, 0.0).sum(-1)
    expected = 1 - error.var(unbiased=False) / pack(batch.reward).var(unbiased=False)
    assert learner.learn(batch)["source/explained_variance"].item() == pytest.approx(expected.item())


@pytest.mark.parametrize("model", ["liir_decomposed", "aiir_decomposed"])
def test_at_first_every_share_is_zero_and_the_team_is_paid_its_reward(model):
    batch = random_batch(SPEC)
    shaped = make_learner(model, SPEC).shaped_rewards(batch)
    assert not shaped.r_in.any()
    assert torch.equal(shaped.r_total, batch.transitions.packing.pack(batch.reward)[:, None].expand_as(shaped.r_total))


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("liir_decomposed", ["model=liir", "model.intrinsic.inputs=[obs]"]),
        ("aiir_decomposed", ["model=aiir", "model/intrinsic=attention_own_action"]),
    ],
)
def test_a_preset_is_its_model_with_these_overrides(preset, words):
    words = [*words, "model/balance=scaled", "model.source_start=zero", TEACHER]
    with configurations():
        assert compose_run([f"model={preset}"]).model == compose_run(words).model
