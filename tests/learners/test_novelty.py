"""Sources that teach themselves inside the learner: with their own optimiser, and never by the meta-gradient."""

from functools import partial

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
from tests.marks import slow
from tests.toys import random_batch

NOVELTY = ["rnd", "counts", "curiosity"]
LEARNING = ["rnd", "curiosity"]


@pytest.mark.parametrize("model", LEARNING)
def test_the_source_learns_and_the_mixer_has_an_optimiser_of_its_own(model):
    learner = make_double(model, "model/mixer=hypernet", "model.mixer.weight=0.1")
    rewards, source = ({id(p) for p in learner.parameters_of(name)} for name in ("rewards", "source"))
    assert rewards == {id(p) for p in learner.mixer.parameters()}
    assert source == {id(p) for p in learner.intrinsic.parameters() if p.requires_grad}
    before = parameters_of(learner, "intrinsic", "mixer")
    learner.update(double_batch())
    after = parameters_of(learner, "intrinsic", "mixer")
    moved = {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"intrinsic", "mixer"}


@pytest.mark.parametrize("model", NOVELTY)
def test_a_source_without_gradients_has_no_reward_parameters_with_a_linear_mixer(model):
    assert not make_learner(model, SPEC).rewards_learn


@pytest.mark.parametrize("model", NOVELTY)
def test_rewards_are_constants_from_before_the_sources_step(model):
    learner, batch = make_double(model), double_batch()
    assessed = learner.assess(batch)
    assert not assessed.rewards.r_in.requires_grad
    fresh = make_double(model)
    fresh.learn(batch)
    paid = make_double(model)
    paid.sources.observe(batch)
    assert torch.equal(assessed.rewards.r_in, paid.sources.rewards(batch).r_in)


@pytest.mark.parametrize("model", ["counts", *slow(["rnd", "curiosity"])])
@pytest.mark.parametrize(
    "overrides",
    [
        ["model/update=clipped"],
        ["model/mixer=hypernet", "model/meta_data=next"],
        ["model/mixer=replace"],
        ["model/balance=scaled"],
        ["model.intrinsic.centre=true"],
        ["model/base=proximal"],
    ],
    ids=str,
)
def test_it_works_with_every_other_part(model, overrides):
    learner = make_learner(printed(model), SPEC, *overrides)
    for seed in range(2):
        learner.update(random_batch(SPEC, seed=seed))
    assert all(p.isfinite().all() for p in learner.parameters())
    assert learner.interval.updates[0]["rewards/fraction_of_advantage"] > 0


def test_a_long_update_teaches_the_source_once_per_batch():
    learner = make_learner("rnd", SPEC, "model/update=clipped", "model.update.epochs=4")
    learner.update(random_batch(SPEC))
    assert ["source/loss" in metrics for metrics in learner.interval.updates] == [False, False, False, True]


@pytest.mark.parametrize("model", NOVELTY)
def test_two_sources_are_refused(model):
    with pytest.raises(ConfigError, match=r"does not learn by the meta-gradient, so model\.sources must be 1"):
        make_learner(model, SPEC, "model.sources=2")


def test_a_source_that_teaches_itself_needs_an_optimiser():
    with pytest.raises(ConfigError, match=r"needs an optimiser: model\.optimizers\.source"):
        make_learner("rnd", SPEC, "~model.optimizers.source")


@pytest.mark.parametrize("model", NOVELTY)
def test_a_checkpoint_holds_all_that_the_source_has_learnt(model):
    through, before, after = (make_double(model) for _ in range(3))
    for learner in (through, before):
        learner.update(double_batch(0))
    after.load_state_dict(before.state_dict())
    for name, optimizer in after.optimizers_by_name.items():
        optimizer.load_state_dict(before.optimizers_by_name[name].state_dict())
    for learner in (through, after):
        learner.update(double_batch(1))
    assert_same_parameters(parameters_of(through), parameters_of(after))


def test_a_source_that_cannot_be_asked_about_other_actions_has_no_coherence():
    learner = make_learner(printed("rnd"), SPEC, "model/mixer=hypernet")
    for seed in range(25):
        learner.update(random_batch(SPEC, seed=seed))
    assert not any("rewards/coherence" in metrics for metrics in learner.interval.updates)


class PaidForNovelty(TwoLevel):
    """The two-level problem in which r_in is a constant, and η are the parameters of the mixer alone."""

    def __init__(self, learner, batch, alpha, r_in):
        super().__init__(learner, batch, alpha)
        self.r_in = r_in

    def eta(self):
        return {name: p.detach().clone().requires_grad_() for name, p in self.learner.mixer.named_parameters()}

    def total_returns(self, eta):
        pack, unpack = self.batch.transitions.packing.pack, self.batch.transitions.packing.unpack
        r_total = functional_call(self.learner.mixer, eta, (self.r_in, pack(self.batch.reward)))
        return self.returns(unpack(r_total), self.values[1])


@pytest.mark.parametrize("model", NOVELTY)
def test_the_mixer_climbs_the_two_level_objective(model):
    alpha, batch = 0.3, double_batch()
    learner, noting = (make_double(printed(model), "model/mixer=hypernet", "model.mixer.weight=0.5") for _ in range(2))
    noting.sources.observe(batch)
    with_sgd(learner, actor=alpha).add_optimizer("rewards", partial(torch.optim.SGD, lr=0.0), learner.mixer)
    expected = PaidForNovelty(learner, batch, alpha, noting.sources.rewards(batch).r_in).gradient()
    learner.learn(batch)
    for name, parameter in learner.mixer.named_parameters():
        torch.testing.assert_close(-alpha * parameter.grad, expected[name], rtol=1e-8, atol=1e-12)
    assert max(gradient.abs().max() for gradient in expected.values()) > 1e-6
