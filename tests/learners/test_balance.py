"""The balance of intrinsic and extrinsic advantage in the learner."""

import pytest
import torch
from torch.func import functional_call

from aiirmix.common.errors import ConfigError
from tests.learners.models import (
    SPEC,
    assert_same_parameters,
    double_batch,
    make_double,
    make_learner,
    parameters_of,
    printed,
    with_sgd,
)
from tests.learners.two_level import TwoLevel
from tests.toys import random_batch

KAPPA = 0.8
BALANCED = (f"model.balance.kappa_max={KAPPA}", "model.mixer.weight=1")
ZERO = ("model.source_start=zero", "model.agent_critic.start=zero")


class BalancedTwoLevel(TwoLevel):
    """The two-level problem with A = std(√(1−κ²) Â_ex + κ Â_δ), in which the deviation of A_δ is a constant."""

    def delta_returns(self, eta):
        steps, r_ex = self.batch.transitions, self.batch.transitions.packing.pack(self.batch.reward)
        parts = [{n.split(".", 1)[1]: p for n, p in eta.items() if n.startswith(k)} for k in ("intrinsic", "mixer")]
        r_in = functional_call(self.learner.intrinsic, parts[0], (steps,))
        delta = functional_call(self.learner.mixer, parts[1], (r_in, r_ex)) - r_ex[:, None]
        return self.returns(steps.packing.unpack(delta), self.values[1])

    def advantage(self, eta):
        learnt = self.delta_returns(eta) - self.values[0][:-1]
        deviation = self.mean((learnt - self.mean(learnt)) ** 2).sqrt().detach()
        mixed = (1 - KAPPA**2) ** 0.5 * self.extrinsic_advantage() + KAPPA * learnt / deviation
        return self.standardised(mixed)


@pytest.mark.parametrize("model", ["aiir_mix", "liir"])
def test_the_meta_gradient_runs_through_the_balance(model):
    alpha, batch = 0.3, double_batch()
    learner = with_sgd(make_double(printed(model), *BALANCED), actor=alpha)
    expected = torch.cat([g.flatten() for g in BalancedTwoLevel(learner, batch, alpha).gradient().values()])
    learner.learn(batch)
    got = [-alpha * p.grad.flatten() for part in (learner.intrinsic, learner.mixer) for p in part.parameters()]
    assert float((torch.cat(got) - expected).norm() / expected.norm()) < 1e-10


@pytest.mark.parametrize("source", ["liir", "aiir"])
def test_with_heads_at_zero_the_first_step_is_that_of_no_intrinsic_reward(source):
    batch, actors = double_batch(), []
    own = ZERO, ["model/extrinsic_critic=team"]
    for model in (source, "none"):
        learner = make_double(printed(model), *BALANCED, "model.agent_critic.start=zero", *own[model == "none"])
        rewards = learner.shaped_rewards(batch)
        assert not rewards.r_in.any()
        assert learner.learn(batch)["rewards/fraction_of_advantage"].item() == pytest.approx(0.0, abs=1e-9)
        actors.append(parameters_of(learner, "actor"))
    with_source, without = actors
    assert_same_parameters(with_source, without, rtol=1e-8, atol=1e-10)


def test_heads_at_zero_learn_and_reach_the_advantage():
    learner = make_double(printed("aiir"), *BALANCED, *ZERO)
    for seed in range(20):
        metrics = learner.learn(double_batch(seed))
    assert learner.intrinsic.head.weight.abs().max() > 1e-3
    assert 0.05 < metrics["rewards/fraction_of_advantage"] < 0.95


def test_the_fraction_of_the_advantage_does_not_depend_on_the_mixers_weight():
    """Without a balance the weight λ decides; with it, κ does."""
    fractions = []
    for weight in (1.0, 10.0):
        learner = make_double(printed("liir"), "model.balance.kappa_max=0.8", "model.agent_critic.start=zero")
        learner.mixer.weight = weight
        fractions.append(learner.learn(double_batch())["rewards/fraction_of_advantage"].item())
    assert fractions[0] == pytest.approx(fractions[1], rel=1e-6)
    assert fractions[0] > 0.2


def test_a_balance_needs_an_extrinsic_critic():
    with pytest.raises(Exception, match="need a critic of r_ex: choose model/extrinsic_critic=agent or team"):
        make_double("none", "model.balance.kappa_max=0.5")


def test_balanced_is_scaled_with_a_start_at_zero():
    made = [make_learner("liir", SPEC, f"model/balance={name}") for name in ("scaled", "balanced")]
    assert [learner.balance.kappa_max for learner in made] == [0.3, 0.95]
    assert [learner.mixer.weight for learner in made] == [1.0, 1.0]
    r_in = [learner.shaped_rewards(random_batch(SPEC)).r_in.any() for learner in made]
    assert r_in == [True, False]


@pytest.mark.parametrize(
    ("model", "change"),
    [("liir", "model/mixer=replace"), ("aiir_mix", "model.mixer.start=random")],
)
def test_a_mixer_that_does_not_start_at_r_ex_is_refused_with_a_balance(model, change):
    """The actors would learn from −r_ex: with `replace`, r_total − r_ex is −r_ex where r_in is 0."""
    for balance in ("balanced", "gated"):
        with pytest.raises(ConfigError, match=r"which must be 0 where r_in is: choose model/balance=total"):
            make_learner(model, SPEC, f"model/balance={balance}", change)
    assert make_learner(model, SPEC, "model/balance=total", change)


@pytest.mark.parametrize("source", ["none", "random", "rnd"])
def test_a_source_that_cannot_start_at_zero_is_refused(source):
    with pytest.raises(ConfigError, match=r"cannot start at zero.*choose model/balance=total or scaled"):
        make_learner("aiir_mix", SPEC, f"model/intrinsic={source}")
    assert make_learner("aiir_mix", SPEC, f"model/intrinsic={source}", "model/balance=scaled")
