"""True contributions: what the metric and the oracle do with them, and that nothing else can use them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.envs.credit import CreditTask
from aiirmix.learners import reward_learner
from aiirmix.learners.credit import credit
from tests.learners.models import FAMILIES, FORMS, make_learner, parameters_of, printed, settings
from tests.marks import slow_but
from tests.toys import random_batch, small_spec

TASK = CreditTask(4, 3, 3, 5, "contexts", "common", "at_end", 0.0, task_seed=0)
SPEC = small_spec()
ORACLE = ("model/intrinsic=oracle",)
WITH_INTRINSIC = ("aiir", "aiir_mix", "liir", "liir_code", "random", "rmix")


def collected(learner, seed=0, episodes=16):
    return Collector(TASK).collect(
        learner.policy, np.arange(episodes) + 100 * seed, generator=torch.Generator().manual_seed(seed)
    )


def known(batch, seed=0):
    """Return the batch with contributions drawn at random."""
    drawn = torch.rand(batch.actions.shape, generator=torch.Generator().manual_seed(seed))
    return replace(batch, contributions=drawn)


@pytest.mark.parametrize("model", slow_but(FAMILIES, FORMS))
def test_no_model_learns_from_contributions(model):
    """Whatever they are, parameters and rewards are the same numbers."""
    learners = [make_learner(model, SPEC, *settings(model, batch_size=2)) for _ in range(3)]
    plain = random_batch(SPEC)
    batches = (plain, known(plain), replace(plain, contributions=torch.full(plain.actions.shape, torch.nan)))
    for learner, batch in zip(learners, batches, strict=True):
        learner.update(batch)
    for learner, batch in zip(learners[1:], batches[1:], strict=True):
        assert all(map(torch.equal, parameters_of(learners[0]).values(), parameters_of(learner).values()))
        assert all(map(torch.equal, _shaped(learners[0], plain), _shaped(learner, batch)))


def _shaped(learner, batch):
    shaped = learner.shaped_rewards(batch)
    return shaped[:2] if shaped else ()


@pytest.mark.parametrize("model", WITH_INTRINSIC)
def test_the_metric_is_the_correlation_over_living_agents(model):
    learner = make_learner(printed(model), SPEC)
    batch = known(random_batch(SPEC))
    r_in = learner.shaped_rewards(batch).r_in
    learner.update(batch)
    alive = batch.transitions.alive
    assert not alive.all()
    truth = batch.transitions.packing.pack(batch.contributions)
    expected = np.corrcoef(r_in[alive].numpy(), truth[alive].numpy())[0, 1]
    found = learner.interval.updates[0]
    assert found["credit/correlation_of_r_in"].item() == pytest.approx(expected, abs=1e-4)
    rows = [(r[a] - r[a].mean(), t[a] - t[a].mean()) for r, t, a in zip(r_in, truth, alive, strict=True)]
    of_r_in, of_truth = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
    among = np.corrcoef(of_r_in, of_truth)[0, 1]
    assert found["credit/correlation_among_agents"].item() == pytest.approx(among, abs=1e-4)


@pytest.mark.parametrize("overrides", [["model.mixer.weight=1"], ["model/balance=balanced"]])
def test_the_credit_of_what_r_in_adds_is_that_of_the_rest_of_a_regression_on_the_advantage_without_it(overrides):
    learner, batch = make_learner(printed("liir"), SPEC, *overrides), known(random_batch(SPEC))
    if "balance" in overrides[0]:
        learner.learn(random_batch(SPEC, seed=1))
    assessed = learner.assess(batch, diagnose=True)
    found = learner.learn(batch)
    transitions = batch.transitions
    pick = transitions.alive.numpy()
    advantage, truth = (
        transitions.packing.pack(x).numpy()[pick] for x in (assessed.rollout.advantages, batch.contributions)
    )
    without = assessed.without.detach().numpy()[pick]
    slope, offset = np.polyfit(without, advantage, 1)
    added = advantage - slope * without - offset
    assert found["credit/correlation"].item() == pytest.approx(np.corrcoef(added, truth)[0, 1], abs=1e-3)
    expected = np.corrcoef(without, truth)[0, 1]
    assert found["credit/correlation_without"].item() == pytest.approx(expected, abs=1e-4)
    assert found["rewards/fraction_of_advantage"].item() == pytest.approx(added.var() / advantage.var(), rel=1e-3)


def test_the_credit_of_c_is_its_correlation_over_living_agents(monkeypatch):
    learner, batch, found = make_learner(printed("aiir"), SPEC), known(random_batch(SPEC)), []

    def kept(*arguments):
        found.append(credit(*arguments))
        return found[-1]

    monkeypatch.setattr(reward_learner, "credit", kept)
    learner.update(batch)
    alive, [c] = batch.transitions.alive, [one.c for one in found]
    truth = batch.transitions.packing.pack(batch.contributions)
    expected = np.corrcoef(c[alive].numpy(), truth[alive].numpy())[0, 1]
    assert learner.interval.updates[0]["credit/correlation_of_c"].item() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model/update=clipped"],
        ["model.balance.kappa_max=0.9", "model/extrinsic_critic=team"],
        ["model/base=proximal"],
    ],
)
def test_without_intrinsic_reward_nothing_is_added(overrides):
    learner = make_learner(printed("none"), SPEC, *overrides, "model.agent_critic.start=zero")
    found = learner.learn(known(random_batch(SPEC)))
    assert found["rewards/fraction_of_advantage"].item() == pytest.approx(0.0, abs=1e-6)
    assert found["credit/correlation"] == 0.0


def test_the_fraction_grows_with_the_weight_of_the_intrinsic_reward():
    fractions = []
    for weight in (0.01, 0.1, 1.0, 10.0):
        learner = make_learner(printed("liir"), SPEC, f"model.mixer.weight={weight}")
        fractions.append(learner.learn(random_batch(SPEC))["rewards/fraction_of_advantage"].item())
    assert fractions == sorted(fractions)
    assert fractions[0] < 1e-3 < 0.1 < fractions[-1]


def test_without_known_contributions_there_is_no_metric():
    learner = make_learner("aiir", SPEC)
    learner.update(random_batch(SPEC))
    assert not any("credit/correlation" in metrics for metrics in learner.interval.updates)


def test_the_oracle_pays_each_agent_its_contribution():
    learner = make_learner(printed("aiir"), TASK.spec, *ORACLE, "model.intrinsic.scale=3", "model.mixer.weight=2")
    batch = collected(learner)
    shaped = learner.shaped_rewards(batch)
    truth = batch.transitions.packing.pack(batch.contributions)
    assert torch.equal(shaped.r_in, 3 * truth)
    torch.testing.assert_close(shaped.r_total, 6 * truth + batch.transitions.packing.pack(batch.reward)[:, None])
    learner.update(batch)
    assert learner.interval.updates[0]["credit/correlation_of_r_in"].item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.slow
def test_the_oracle_learns_where_the_delayed_team_reward_teaches_little():
    def success(*overrides):
        learner = make_learner(
            printed("aiir"), TASK.spec, *overrides, "model.mixer.weight=100", "model.gamma=0", width=16
        )
        for k in range(60):
            learner.update(collected(learner, seed=k))
        return Collector(TASK).collect(learner.policy, np.arange(50)).returns.mean() / TASK.steps

    assert success(*ORACLE) > 0.9
    assert success("model/intrinsic=none") < 0.7


@pytest.mark.parametrize("model", ["aiir", "aiir_mix", "none"])
def test_the_oracle_is_refused_where_contributions_are_unknown(model):
    with pytest.raises(ConfigError, match=r"^model/intrinsic=oracle needs true contributions, .*, not toy/random$"):
        make_learner(printed(model), SPEC, *ORACLE)


def test_the_oracle_refuses_episodes_without_contributions():
    learner = make_learner(printed("aiir"), TASK.spec, *ORACLE)
    batch = replace(collected(learner), contributions=None)
    with pytest.raises(ValueError, match="the oracle reads contributions"):
        learner.shaped_rewards(batch)
