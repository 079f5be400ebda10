"""The actors' update as a part: one step and clipped steps are one learner, with every intrinsic source and mixer."""

import pytest
import torch

from aiirmix.common.errors import ConfigError
from tests.learners.models import (
    CELLS,
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
from tests.marks import slow, slow_but
from tests.toys import as_double, random_batch

CLIPPED = "model/update=clipped"
CLIP = 0.2


def after_learning(learner, batches=3):
    for seed in range(batches):
        learner.update(double_batch(seed))
    return parameters_of(learner)


@pytest.mark.parametrize("model", slow_but(["aiir_mix", "none", "remap"], [*CELLS, "none", "remap"]))
def test_one_clipped_epoch_is_a_single_step(model):
    clipped = after_learning(make_double(printed(model), CLIPPED, "model.update.epochs=1"))
    assert_same_parameters(clipped, after_learning(make_double(printed(model))), rtol=1e-8, atol=1e-10)


def test_several_epochs_are_not():
    clipped, single = (after_learning(make_double(printed("none"), *overrides)) for overrides in ([CLIPPED], []))
    assert max((clipped[name] - single[name]).abs().max() for name in single) > 1e-3


@pytest.mark.parametrize("model", ["aiir_mix", "none"])
def test_a_batch_gives_one_update_for_each_minibatch_of_each_epoch(model):
    learner = make_double(printed(model), CLIPPED, "model.update.epochs=3", "model.update.minibatches=2")
    learner.update(double_batch())
    stepped = ["rewards/grad_norm" in metrics for metrics in learner.interval.updates]
    assert int(learner.updates) == 6
    assert stepped == [False] * 5 + [model == "aiir_mix"]


def test_a_batch_of_one_episode_cannot_be_divided():
    learner = make_double(printed("liir"), CLIPPED, "model.update.epochs=1", "model.update.minibatches=4")
    learner.update(as_double(random_batch(SPEC, lengths=(5,))))
    assert int(learner.updates) == 1


@pytest.mark.parametrize("override", [CLIPPED, "model/update=single"])
@pytest.mark.parametrize("model", ["liir", *slow(["random"])])
def test_without_weight_an_intrinsic_reward_is_none_with_either_update(model, override):
    weightless = make_double(printed(model), override, "model.mixer.weight=0")
    control = make_double(printed("none"), override)
    after_learning(weightless)
    after_learning(control)
    parts = ("actor", "agent_critic")
    assert_same_parameters(parameters_of(weightless, *parts), parameters_of(control, *parts))


def test_reward_parameters_need_an_extrinsic_critic():
    with pytest.raises(Exception, match="need a critic of r_ex: choose model/extrinsic_critic=agent or team"):
        make_double("liir", "model.extrinsic_critic=null")
    make_double("none").update(double_batch())


MAPPOS = ("model/estimator=gae", "model.target_update_every=null", "model/value_normaliser=running")


def test_target_critics_need_an_estimator_that_reads_them():
    with pytest.raises(ConfigError, match=r"from the critics themselves: model\.target_update_every must be null"):
        make_double("mappo", "model.target_update_every=10")
    assert make_double("mappo", "model/estimator=td_lambda", "model.target_update_every=10").agent_target is not None


def test_mappo_takes_an_intrinsic_reward():
    learner = make_learner(printed("aiir_mix"), SPEC, CLIPPED, *MAPPOS)
    before = parameters_of(learner, "intrinsic", "mixer")
    learner.update(random_batch(SPEC))
    after = parameters_of(learner, "intrinsic", "mixer")
    assert [name for name in before if torch.equal(before[name], after[name])] == []


class Unrolled(TwoLevel):
    """θ_K(η) after clipped steps, each on the living agents of some of the episodes."""

    def __init__(self, learner, batch, alpha, parts):
        super().__init__(learner, batch, alpha)
        self.parts = parts

    def mean_over(self, episodes, x):
        chosen = torch.zeros_like(self.mask)
        chosen[:, episodes] = self.mask[:, episodes]
        return torch.where(chosen, x, 0.0).sum() / chosen.sum()

    def updated_theta(self, eta, create_graph=True):
        advantage, theta = self.advantage(eta), self.theta
        log_old = self.log_probability(theta).detach()
        for episodes in self.parts:
            ratio = (self.log_probability(theta) - log_old).exp()
            gain = torch.minimum(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
            objective = self.mean_over(episodes, gain + self.learner.entropy_coef * self.entropy(theta))
            gradients = torch.autograd.grad(objective, list(theta.values()), create_graph=True)
            theta = {name: p + self.alpha * g for (name, p), g in zip(theta.items(), gradients, strict=True)}
        return theta


def gradients_of(alpha, *overrides):
    """Return dJ/dη of the learner and of autograd through the steps, and the fraction clipped before the last."""
    overrides = ("model.mixer.start=random", CLIPPED, *overrides)
    learner, batch = with_sgd(make_double(printed("aiir_mix"), *overrides), actor=alpha), double_batch()
    unrolled = Unrolled(learner, batch, alpha, list(learner.minibatches(len(batch.lengths))))
    expected = torch.cat([gradient.flatten() for gradient in unrolled.gradient().values()])
    *_, metrics = learner.gradient_updates(batch)
    reached = unrolled.updated_theta(unrolled.eta())
    for name, p in learner.actor.named_parameters():
        torch.testing.assert_close(p.detach(), reached[name].detach(), rtol=1e-9, atol=1e-11)
    got = [p.grad.flatten() for part in (learner.intrinsic, learner.mixer) for p in part.parameters()]
    return -alpha * torch.cat(got), expected, float(metrics["actor/fraction_clipped"])


def relative_error(alpha, *overrides):
    got, expected, _ = gradients_of(alpha, *overrides)
    return float((got - expected).norm() / expected.norm())


@pytest.mark.parametrize(
    "overrides", [[], *slow([["model.update.minibatches=2"], ["model.actor.share_parameters=false"]])]
)
def test_the_error_of_the_summed_meta_gradient_shrinks_with_the_actors_steps(overrides):
    steps = ("model/path=every_step", "model.update.epochs=3", *overrides)
    coarse, fine = (relative_error(alpha, *steps) for alpha in (1e-2, 1e-4))
    assert fine < 1e-4
    assert fine < coarse / 50


def test_one_clipped_epoch_has_the_exact_meta_gradient():
    assert relative_error(0.3, "model.update.epochs=1") < 1e-10


def test_the_sum_over_the_steps_is_nearer_than_their_start_where_much_is_clipped():
    cosines = {}
    for path in ("every_step", "start_only"):
        got, expected, clipped = gradients_of(10.0, "model.update.epochs=4", f"model/path={path}")
        cosines[path] = float(torch.cosine_similarity(got, expected, dim=0))
        assert clipped > 0.5
    assert cosines["every_step"] > 0.94 > cosines["start_only"]


@pytest.mark.parametrize("minibatches", [1, *slow([3])])
def test_before_anything_is_clipped_the_start_stands_for_every_step(minibatches):
    parts = f"model.update.minibatches={minibatches}"
    summed, start = (gradients_of(1e-4, f"model/path={path}", parts)[0] for path in ("every_step", "start_only"))
    torch.testing.assert_close(start, summed, rtol=1e-2, atol=1e-3 * float(summed.norm()))
