"""Which episodes judge which, what a step of the optimiser does, and regression on c."""

from functools import partial

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.maths.meta_gradient import cross, of_optimizer, regression_on_advantage, regression_on_credit, same, split
from tests.learners.models import make_learner, printed, with_sgd
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
PAIRS = {
    "same": [([0, 1, 2, 3], [0, 1, 2, 3])],
    "split": [([0, 2], [0, 2]), ([1, 3], [1, 3])],
    "cross": [([0, 2], [1, 3]), ([1, 3], [0, 2])],
}


def make_batch(seed=0):
    return as_double(random_batch(SPEC, lengths=(6, 4, 4, 2), seed=seed))


def make(*overrides):
    return make_learner(printed("liir"), SPEC, *overrides).double()


@pytest.mark.parametrize("data", [same, split, cross])
def test_the_pairs_of_judged_and_judging_episodes(data):
    assert [(pair.judged.tolist(), pair.judges.tolist()) for pair in data(4)] == PAIRS[data.__name__]


@pytest.mark.parametrize("override", ["model/meta_data=split", "model/meta_data=cross", "model.sources=2"])
def test_one_episode_cannot_be_divided(override):
    with pytest.raises(ConfigError, match=r"a batch of one episode has no halves: model\.episodes_per_batch must be 2"):
        make(override, "model.episodes_per_batch=1")
    make("model.episodes_per_batch=1")


def captured(learner, batch):
    """Return c of a batch, as the surrogate gets it, and π's parameters before and after the steps."""
    seen = []
    surrogate = learner.meta.surrogate

    def spy(c, *others):
        seen.append(c)
        return surrogate(c, *others)

    object.__setattr__(learner.meta, "surrogate", spy)
    before = {name: p.detach().clone() for name, p in learner.actor.named_parameters()}
    for _ in learner.gradient_updates(batch):
        pass
    return seen[-1], before


def expected_credit(learner, batch, before, pairs):
    """Compute ⟨∇J over the judges at θ', ∇log π_θ(u)⟩ sample by sample, with torch's reverse mode alone."""
    transitions = batch.transitions
    place = transitions.packing.pack(torch.arange(4).expand(transitions.packing.mask.shape))
    theta, after = before, dict(learner.actor.named_parameters())
    with torch.no_grad():
        log_old = learner.log_probability(batch, theta)
    extrinsic = learner.assess(batch).rollout.extrinsic
    extrinsic = transitions.packing.pack(extrinsic)
    c = torch.zeros_like(log_old)
    for judged, judges in pairs:
        mask = transitions.alive & torch.isin(place, torch.tensor(judges))[:, None]
        log_new = learner.log_probability(batch, after)
        objective = ((log_new - log_old).exp() * extrinsic)[mask].mean()
        v = torch.autograd.grad(objective, list(after.values()))
        leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
        log_probability = learner.log_probability(batch, leaves)
        for row in torch.isin(place, torch.tensor(judged)).nonzero().flatten():
            for agent in transitions.alive[row].nonzero().flatten():
                one = torch.autograd.grad(log_probability[row, agent], list(leaves.values()), retain_graph=True)
                c[row, agent] = sum((a * b).sum() for a, b in zip(one, v, strict=True))
    return c


@pytest.mark.parametrize("data", PAIRS)
def test_c_is_the_gradient_of_the_judges_objective_times_that_of_the_judged_action(data):
    """The critics stand still, so that the advantages can be asked for again after the update."""
    learner, batch = with_sgd(make(f"model/meta_data={data}"), actor=0.3), make_batch()
    learner.add_optimizer("extrinsic_critic", partial(torch.optim.SGD, lr=0.0), learner.extrinsic_critic)
    c, before = captured(learner, batch)
    alive = batch.transitions.alive
    expected = expected_credit(learner, batch, before, PAIRS[data])
    torch.testing.assert_close(c[alive], expected[alive], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("data", ["split", "cross"])
def test_minibatches_are_divided_too(data):
    """After vanishing steps on single episodes, c is that of the whole batch, times what each episode weighed more."""
    clipped = ("model/update=clipped", "model.update.epochs=1", f"model/meta_data={data}")
    found = []
    for minibatches in (1, 4):
        learner = with_sgd(make(*clipped, f"model.update.minibatches={minibatches}"), actor=1e-7)
        found.append(captured(learner, make_batch())[0])
    alive, packing = make_batch().transitions.alive, make_batch().transitions.packing
    living = packing.pack(packing.unpack(alive.double()).sum((0, 2)).expand(packing.mask.shape))[:, None].expand_as(
        alive
    )
    expected = found[0] * alive.sum() / living
    torch.testing.assert_close(found[1][alive], expected[alive], rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(
    "make_optimizer",
    [
        partial(torch.optim.Adam, lr=0.1, betas=(0.8, 0.9), eps=1e-3),
        partial(torch.optim.RMSprop, lr=0.1, alpha=0.9, eps=1e-3),
        partial(torch.optim.SGD, lr=0.1),
    ],
)
def test_the_preconditioner_is_the_derivative_of_the_optimisers_own_step(make_optimizer):
    """At a last gradient of zero the running mean of squares stands still to first order, so the two are equal."""

    def parameter_after(last):
        parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
        optimizer = make_optimizer([parameter])
        for gradient in ([0.5, -3.0], [1.5, 0.2], last):
            parameter.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
        return parameter.detach(), of_optimizer(optimizer, torch.ones(()))[0]

    (up, _), (down, _), (_, got) = map(parameter_after, ([1e-6, 1e-6], [-1e-6, -1e-6], [0.0, 0.0]))
    torch.testing.assert_close(got, (down - up) / 2e-6, rtol=1e-6, atol=1e-9)


def test_with_plain_gradient_steps_the_preconditioner_scales_c_by_the_learning_rate():
    found = []
    for choice in ("none", "optimizer"):
        learner = with_sgd(make(f"model/preconditioner={choice}"), actor=0.3)
        del learner.lr_schedules["actor"]
        found.append(captured(learner, make_batch())[0])
    torch.testing.assert_close(found[1], 0.3 * found[0])


def test_the_preconditioner_knows_that_the_gradient_was_clipped():
    found, batch = [], make_batch()
    norm = float(next(iter(make().gradient_updates(batch)))["actor/grad_norm"])
    assert norm > 0.05
    for choice in ("none", "optimizer"):
        learner = with_sgd(make(f"model/preconditioner={choice}"), actor=0.3)
        del learner.lr_schedules["actor"]
        learner.max_grad_norm = 0.01
        found.append(captured(learner, batch)[0])
    torch.testing.assert_close(found[1], 0.3 * 0.01 / norm * found[0], rtol=1e-3, atol=0.0)


def test_adams_preconditioner_changes_the_direction_of_c():
    plain, adams = (captured(make(f"model/preconditioner={kind}"), make_batch())[0] for kind in ("none", "optimizer"))
    cosine = float(torch.cosine_similarity(plain.flatten(), adams.flatten(), dim=0))
    assert 0.1 < cosine < 0.999


def test_the_regression_by_hand():
    """Where the mask is True, c = (3, 4) has rms √12.5, and r_in = 0: the loss is the mean of c²/12.5, which is 1."""
    c, mask = torch.tensor([[3.0, 4.0, 100.0]]), torch.tensor([[True, True, False]])
    r_in = torch.zeros(1, 3, requires_grad=True)
    loss = regression_on_credit(c, c, r_in, c, c, mask)
    (gradient,) = torch.autograd.grad(loss, r_in)
    assert loss.item() == pytest.approx(1.0)
    assert gradient.flatten().tolist() == pytest.approx([-3 / 12.5**0.5, -4 / 12.5**0.5, 0.0])


def test_the_regression_on_the_advantage_by_hand():
    """Errors of 1 and −2 where the mask is True: the mean square is 2.5."""
    extrinsic, mask = torch.tensor([[1.0, -2.0, 100.0]]), torch.tensor([[True, True, False]])
    r_in = torch.tensor([[2.0, -4.0, 0.0]], requires_grad=True)
    loss = regression_on_advantage(extrinsic, extrinsic, r_in, extrinsic, extrinsic, mask)
    (gradient,) = torch.autograd.grad(loss, r_in)
    assert loss.item() == pytest.approx(2.5)
    assert gradient.flatten().tolist() == pytest.approx([1.0, -2.0, 0.0])


def gradients_of_first_step(*overrides):
    """Return the gradients of the reward parameters' first loss by name; those that it does not reach are missing."""
    learner = make_learner(printed("aiir_mix"), SPEC, "model.meta.pays_dead=false", *overrides).double()
    found, descend = {}, learner.descend

    def spy(name, loss):
        if name == "rewards":
            for part in ("intrinsic", "mixer"):
                parameters = dict(getattr(learner, part).named_parameters(part))
                gradients = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True, allow_unused=True)
                found.update({n: g for n, g in zip(parameters, gradients, strict=True) if g is not None})
        return descend(name, loss)

    learner.descend = spy
    learner.update(make_batch())
    return found


def test_beside_a_regression_the_mixer_may_follow_the_exact_meta_gradient():
    """The source's gradient is that of the regression, and the mixer's is that of the meta-gradient."""
    regression, exact, both = (
        gradients_of_first_step(f"model/meta={rule}") for rule in ("regress_advantage", "exact", "regress_and_mix")
    )
    assert both.keys() == exact.keys()
    for name, gradient in both.items():
        assert gradient.any()
        torch.testing.assert_close(gradient, (regression if name.startswith("intrinsic") else exact)[name])
        assert name.startswith("mixer") or not torch.allclose(gradient, exact[name])
    assert not any(name.startswith("mixer") for name in regression)


@pytest.mark.parametrize(("rule", "computed"), [("exact", [True] * 3), ("regress_advantage", [True, False, False])])
def test_credit_is_computed_where_it_is_learnt_from_or_logged(rule, computed):
    learner = make(f"model/meta={rule}")
    for seed in range(3):
        learner.update(make_batch(seed))
    assert ["meta/objective" in metrics for metrics in learner.interval.updates] == computed
    assert all("rewards/grad_norm" in metrics for metrics in learner.interval.updates)


@pytest.mark.slow
def test_regression_brings_the_source_to_c():
    learner = make("model/meta=regress_c", "model.optimizers.actor.lr=0", "model.optimizers.rewards.lr=0.02")
    batch, alive = make_batch(), make_batch().transitions.alive
    for _ in range(200):
        learner.learn(batch)
    c, _ = captured(learner, batch)
    r_in = learner.shaped_rewards(batch).r_in
    assert float(torch.corrcoef(torch.stack([c[alive], r_in[alive]]))[0, 1]) > 0.9


@pytest.mark.parametrize(("meta", "paid"), [("exact", True), ("regress_c", False), ("regress_advantage", False)])
def test_dead_agents_are_paid_what_was_taught_for_them(meta, paid):
    """The gradient reaches their rewards by the returns of what they did before; a regression does not."""
    learner, batch = make(f"model/meta={meta}"), make_batch()
    alive, values = batch.transitions.alive, learner.value_functions["agent_critic"].values(batch)
    own = learner.rewards_of(batch, learner.sources.rewards(batch), values)[1]
    assert bool(own.r_in[~alive].any()) == paid
    assert own.r_in[alive].all()
    gradient = torch.autograd.grad(own.returns[alive].sum(), own.r_in)[0]
    assert gradient[~alive].any() or not paid
