"""The gradient of the extrinsic objective through one update of the actors, against the unrolled two-level problem."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from aiirmix.maths.meta_gradient import (
    finite_difference_directional_derivative,
    jvp_directional_derivative,
)
from tests.learners.models import (
    CELLS,
    META_MODELS,
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

ALPHA = 0.3


def make(model, *overrides):
    return with_sgd(make_double(printed(model), *overrides), actor=ALPHA)


def gradient_of_learner(learner, batch):
    """Return the gradient that the reward parameters descend, scaled to dJ/dη."""
    learner.learn(batch)
    parts = {"intrinsic": learner.intrinsic, "mixer": learner.mixer}
    return {f"{k}.{n}": -ALPHA * p.grad for k, m in parts.items() for n, p in m.named_parameters()}


def flat(named):
    return torch.cat([x.flatten() for x in named.values()])


def relative_error(got, expected):
    got, expected = flat(got), flat(expected)
    assert expected.norm() > 1e-8, "nothing to compare"
    return float((got - expected).norm() / expected.norm())


def test_the_batch_has_what_these_tests_need():
    steps = double_batch().transitions
    assert not steps.alive.all()
    assert not steps.avail[steps.alive].all()
    assert {True, False} == set(double_batch().terminated.tolist())


@pytest.mark.parametrize("shared", [True, *slow([False])], ids=["shared", "unshared"])
@pytest.mark.parametrize("standardised", [True, False], ids=["standardised", "raw"])
@pytest.mark.parametrize("model", CELLS)
def test_the_learners_gradient_is_autograds_through_the_unrolled_step(model, standardised, shared):
    learner = make(model, f"model.standardise_advantages={standardised}", f"model.actor.share_parameters={shared}")
    batch = double_batch()
    expected = TwoLevel(learner, batch, ALPHA).gradient()
    assert relative_error(gradient_of_learner(learner, batch), expected) < 1e-10


@pytest.mark.parametrize(
    ("overrides", "epsilon"),
    [
        ([], 0.3),
        (["model.mixer.start=random"], 0.0),
        (["model.mixer.start=random", "model.mixer.activation=elu", "model.mixer.sign=abs"], 0.0),
        (["model.bootstrap_on_truncation=true"], 0.0),
        (["model.lambda_=0"], 0.0),
        (["model.entropy_coef=0.5"], 0.0),
        (["model/similarity=mlp"], 0.0),
    ],
    ids=["exploring", "random mixer", "elu mixer", "bootstrapping", "one-step returns", "entropy", "mlp"],
)
def test_the_same_holds_under_other_settings(overrides, epsilon):
    learner, batch = make("aiir_mix", *overrides), double_batch(epsilon=epsilon)
    expected = TwoLevel(learner, batch, ALPHA).gradient()
    assert relative_error(gradient_of_learner(learner, batch), expected) < 1e-10


@pytest.mark.parametrize("standardised", [True, False], ids=["standardised", "raw"])
@pytest.mark.parametrize("model", ["rmix", "aiir_mix"])
def test_the_learners_gradient_is_the_slope_of_the_true_objective(model, standardised):
    learner, batch = (
        make(model, f"model.standardise_advantages={standardised}", "model.mixer.start=random"),
        double_batch(),
    )
    two_level = TwoLevel(learner, batch, ALPHA)
    eta, draw = two_level.eta(), torch.Generator().manual_seed(0)
    gradient = gradient_of_learner(learner, batch)
    for _ in range(3):
        direction = {k: torch.randn(p.shape, generator=draw, dtype=p.dtype) for k, p in eta.items()}
        ahead, behind = (
            two_level.objective({k: p.detach() + h * direction[k] for k, p in eta.items()}, create_graph=False).item()
            for h in (1e-5, -1e-5)
        )
        slope = float(flat(gradient) @ flat(direction))
        assert slope == pytest.approx((ahead - behind) / 2e-5, rel=1e-5)


def test_one_small_step_of_the_reward_parameters_raises_the_true_objective():
    for seed in range(5):
        learner, batch = make("aiir_mix", "model.mixer.start=random"), double_batch(seed=seed)
        two_level = TwoLevel(learner, batch, ALPHA)
        before = two_level.objective(two_level.eta())
        with_sgd(learner, actor=ALPHA, rewards=0.01).learn(batch)
        assert two_level.objective(two_level.eta()) > before


@pytest.fixture(params=[0.0, 0.3], ids=["greedy", "exploring"])
def derivative_problem(request):
    """A learner's log-probability as a function of θ, θ, a direction, and c computed by two reverse passes."""
    learner, batch = make("none", "model/extrinsic_critic=team"), double_batch(epsilon=request.param)
    theta = parameters_of_actor(learner)
    draw = torch.Generator().manual_seed(1)
    direction = {k: torch.randn(p.shape, generator=draw, dtype=p.dtype) for k, p in theta.items()}
    return partial(learner.log_probability, batch), theta, direction, double_backward(learner, batch, direction)


def parameters_of_actor(learner):
    return {name: p.detach().clone() for name, p in learner.actor.named_parameters()}


def double_backward(learner, batch, direction):
    """Compute ⟨∇ log π(u), v⟩ for every u as the derivative, by a dummy cotangent, of the gradient along v."""
    two_level = TwoLevel(learner, batch, ALPHA)
    log_probability = two_level.log_probability(two_level.theta)
    dummy = torch.zeros_like(log_probability, requires_grad=True)
    gradients = torch.autograd.grad((dummy * log_probability).sum(), list(two_level.theta.values()), create_graph=True)
    along = sum((g * v).sum() for g, v in zip(gradients, direction.values(), strict=True))
    (c,) = torch.autograd.grad(along, dummy)
    return batch.transitions.packing.pack(c)[batch.transitions.alive], batch.transitions.alive


def test_c_is_what_double_backward_gives(derivative_problem):
    log_probability, theta, direction, (expected, alive) = derivative_problem
    c = jvp_directional_derivative(log_probability, theta, direction)
    torch.testing.assert_close(c[alive], expected, rtol=1e-10, atol=1e-12)


def test_the_finite_difference_of_c_agrees(derivative_problem):
    log_probability, theta, direction, (expected, alive) = derivative_problem
    c = finite_difference_directional_derivative(log_probability, theta, direction)
    assert float((c[alive] - expected).norm() / expected.norm()) < 1e-5


def test_the_finite_difference_agrees_in_single_precision():
    c = {}
    for derivative in (jvp_directional_derivative, finite_difference_directional_derivative):
        learner, batch = make_learner(printed("none"), SPEC), random_batch(SPEC, lengths=(6, 4, 4, 2))
        theta, draw = parameters_of_actor(learner), torch.Generator().manual_seed(1)
        direction = {k: torch.randn(p.shape, generator=draw) for k, p in theta.items()}
        c[derivative] = derivative(partial(learner.log_probability, batch), theta, direction)
    exact, approximate = c.values()
    assert float((approximate - exact).norm() / exact.norm()) < 1e-3


@pytest.mark.parametrize("model", ["aiir_mix", *slow(["liir", "rmix", "aiir"])])
def test_learning_by_finite_differences_is_learning_by_the_exact_derivative(model):
    gradients = [
        gradient_of_learner(make(model, f"model/meta={meta}"), double_batch())
        for meta in ("exact", "finite_difference")
    ]
    assert relative_error(gradients[1], gradients[0]) < 1e-5


def test_the_estimator_of_liirs_public_code_is_its_product_of_scalars():
    # grad_total = ⟨∇ mean log π_θ, ∇J_joint(θ')⟩; descended is grad_total · mean G.
    learner, batch = make("liir_code"), double_batch()
    two_level = TwoLevel(learner, batch, ALPHA)
    eta, old = two_level.eta(), two_level.log_probability(two_level.theta)
    theta = list(two_level.theta.values())
    mean_gradient = torch.autograd.grad(two_level.mean(old), theta, retain_graph=True)
    new = {name: p.detach().requires_grad_() for name, p in two_level.updated_theta(eta).items()}
    joint_ratio = (two_level.log_probability(new) - old.detach()).sum(-1, keepdim=True).exp()
    objective = two_level.mean(joint_ratio * two_level.extrinsic_advantage())
    improvement = torch.autograd.grad(objective, list(new.values()))
    grad_total = torch.cat([g.flatten() for g in mean_gradient]) @ torch.cat([g.flatten() for g in improvement])
    descended = grad_total.detach() * two_level.mean(two_level.total_returns(eta))
    expected = dict(zip(eta, torch.autograd.grad(descended, list(eta.values()), materialize_grads=True), strict=True))
    got = {name: g / -ALPHA for name, g in gradient_of_learner(learner, batch).items()}
    assert relative_error(got, expected) < 1e-10


def test_the_printed_advantage_makes_the_method_inert():
    learner = make_learner("aiir_mix_literal", SPEC)
    before = parameters_of(learner, "intrinsic", "mixer")
    for seed in range(3):
        learner.learn(random_batch(SPEC, seed=seed))
    assert_same_parameters(parameters_of(learner, "intrinsic", "mixer"), before)


@pytest.mark.parametrize("model", [*META_MODELS, *map(printed, CELLS)])
def test_everywhere_else_every_layer_of_the_reward_parameters_learns(model):
    learner = make_learner(model, SPEC)
    before = parameters_of(learner, "intrinsic", "mixer")
    for seed in range(3):
        learner.update(random_batch(SPEC, seed=seed))
    after = parameters_of(learner, "intrinsic", "mixer")
    assert [name for name in before if torch.equal(before[name], after[name])] == []


def test_a_constant_added_to_every_intrinsic_reward_has_no_meta_gradient():
    # Standardised one-step advantages do not depend on it; the scale makes the squash linear.
    learner = make("aiir", "model.lambda_=0", "model.intrinsic.squash_scale=1e9")
    gradient = gradient_of_learner(learner, double_batch())
    assert gradient["intrinsic.head.bias"].abs().max() < 1e-12 * gradient["intrinsic.head.weight"].norm()


def bandit(episodes=64, seed=0):
    """Return one-step episodes with four actions, in which action 0 is paid and all agents see the same."""
    batch = random_batch(SPEC, lengths=(1,) * episodes, seed=seed)
    draw = torch.Generator().manual_seed(seed)
    actions = torch.randint(SPEC.n_actions, batch.actions.shape, generator=draw)
    everything = {"avail": torch.ones_like(batch.avail), "alive": torch.ones_like(batch.alive)}
    return replace(batch, actions=actions, reward=(actions == 0).float().mean(-1), **everything)


@pytest.mark.parametrize("slope", [0.5, -0.5])
def test_the_rewarded_action_is_paid_more_for_either_sign_of_the_mixer(slope):
    learner = make_learner(printed("liir"), SPEC, f"model.mixer.weight={slope}", "model.intrinsic.inputs=[obs]")
    with_sgd(learner, actor=1e-3)
    learner.add_optimizer("rewards", partial(torch.optim.Adam, lr=0.01), learner.intrinsic)
    test = bandit(episodes=500, seed=1000).transitions
    for seed in range(30):
        learner.learn(bandit(seed=seed))
    paid = slope * learner.intrinsic(test)
    assert paid[test.actions == 0].mean() > paid[test.actions != 0].mean() + 0.05
