"""The parts of the meta-gradient, on policies small enough to compute by hand."""

import pytest
import torch

from aiirmix.maths.masked import masked_mean, standardise
from aiirmix.maths.meta_gradient import (
    exact_surrogate,
    extrinsic_objective,
    finite_difference_directional_derivative,
    joint_extrinsic_objective,
    jvp_directional_derivative,
    liir_code_surrogate,
    regression_and_exact_surrogate,
    regression_on_advantage,
    regression_on_credit,
)
from aiirmix.maths.policy import taken_log_probability

DERIVATIVES = [jvp_directional_derivative, finite_difference_directional_derivative]


UNUSED = torch.full((), torch.nan)


def sigmoid_policy(*actions):
    """Return log-probabilities of these actions, [M, 1], under logits (θ, 0)."""
    taken = torch.tensor(actions)[:, None]
    avail = torch.ones(len(actions), 1, 2, dtype=torch.bool)

    def log_probability(parameters):
        theta = parameters["theta"]
        logits = torch.stack([theta, torch.zeros_like(theta)]).expand(len(actions), 1, 2)
        return taken_log_probability(logits, avail, taken)

    return log_probability


def at(theta):
    return {"theta": torch.tensor(theta, dtype=torch.float64)}


def everyone(like):
    return torch.ones_like(like, dtype=torch.bool)


def direction_of_improvement(log_probability, old, new, advantage):
    """Return ∇J at `new`, for J = mean ρ A."""
    leaf = new["theta"].clone().requires_grad_()
    log_new = log_probability({"theta": leaf})
    objective = extrinsic_objective(log_new, log_probability(old), advantage, everyone(log_new))
    return {"theta": torch.autograd.grad(objective, leaf)[0]}


@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_one_agent_one_step_by_hand(derivative):
    # Logits (θ, 0), θ = 0, action 0, A(η) = η = 2, α = 0.1: θ' = 0.05·2. With A_ex = 0.5 the objective is σ(θ').
    alpha, eta = 0.1, torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    log_probability, theta = sigmoid_policy(0), at(0.0)
    new = at(0.0 + alpha * 2.0 * 0.5)
    v = direction_of_improvement(log_probability, theta, new, torch.tensor([[0.5]], dtype=torch.float64))
    c = derivative(log_probability, theta, v)
    loss = exact_surrogate(c, UNUSED, eta, eta, eta, everyone(eta))
    (gradient,) = torch.autograd.grad(loss, eta)
    assert float(v["theta"]) == pytest.approx(0.249376, abs=1e-6)
    assert -alpha * gradient.item() == pytest.approx(0.0124688, abs=1e-7)


def two_samples():
    """Return c of one sample of each action, of which action 0 is the better."""
    log_probability, theta = sigmoid_policy(0, 1), at(0.0)
    v = direction_of_improvement(log_probability, theta, theta, torch.tensor([[1.0], [-1.0]], dtype=torch.float64))
    return jvp_directional_derivative(log_probability, theta, v)


def test_c_tells_the_better_action_from_the_worse():
    assert two_samples().flatten().tolist() == pytest.approx([0.25, -0.25], abs=1e-12)


def test_descending_the_exact_surrogate_raises_the_advantage_of_the_better_action():
    advantage = torch.zeros(2, 1, dtype=torch.float64, requires_grad=True)
    loss = exact_surrogate(two_samples(), UNUSED, advantage, advantage, advantage, everyone(advantage))
    (gradient,) = torch.autograd.grad(loss, advantage)
    assert (-gradient).flatten().tolist() == pytest.approx([0.125, -0.125], abs=1e-12)


def test_the_estimator_of_liirs_public_code_cannot_tell_them_apart():
    returns = torch.zeros(2, 1, dtype=torch.float64, requires_grad=True)
    loss = liir_code_surrogate(two_samples(), UNUSED, returns, returns, returns, everyone(returns))
    (gradient,) = torch.autograd.grad(loss, returns)
    assert gradient.flatten().tolist() == pytest.approx([0.0, 0.0], abs=1e-15)


def random_tensors(*names, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return [torch.randn(4, 3, generator=draw, dtype=torch.float64) for _ in names]


MASK = torch.tensor([[True, True, False], [True, False, True], [True, True, True], [False, False, True]])


def test_the_estimator_of_liirs_public_code_is_a_product_of_means_with_the_opposite_sign():
    c, returns, extrinsic = random_tensors("c", "returns", "parameters")
    returns.requires_grad_()
    (got,) = torch.autograd.grad(liir_code_surrogate(c, UNUSED, extrinsic, extrinsic, returns, MASK), returns)
    expected = MASK.double() * c[MASK].mean() / MASK.sum()
    torch.testing.assert_close(got, expected)


def test_the_scalar_product_of_liirs_public_code_is_the_mean_of_c():
    # ⟨∇ mean log π_θ, v⟩ (what the public code computes) = mean over samples of ⟨∇ log π_θ(u), v⟩.
    weights, inputs, v = random_tensors("weights", "inputs", "direction")
    parameters = {"w": weights[:, :2].clone().requires_grad_()}

    def log_probability(at):
        logits = torch.stack([inputs, (at["w"] * inputs[:, :2]).sum(-1, keepdim=True).expand(4, 3).tanh()], -1)
        return torch.log_softmax(logits, -1)[..., 1]

    (mean_gradient,) = torch.autograd.grad(masked_mean(log_probability(parameters), MASK), parameters["w"])
    c = jvp_directional_derivative(log_probability, {"w": parameters["w"].detach()}, {"w": v[:, :2]})
    assert float((mean_gradient * v[:, :2]).sum()) == pytest.approx(float(masked_mean(c, MASK)), rel=1e-12)


def test_masked_entries_do_not_enter_the_exact_surrogate():
    c, advantage, garbage = random_tensors("c", "advantage", "garbage")
    dirty = torch.where(MASK, advantage, 1e9 * garbage)
    clean_loss, dirty_loss = (exact_surrogate(c, UNUSED, a, a, a, MASK) for a in (advantage, dirty))
    assert float(clean_loss) == pytest.approx(float(dirty_loss), rel=1e-14)
    assert float(clean_loss) == pytest.approx(-float((c * advantage)[MASK].mean()), rel=1e-12)


@pytest.mark.parametrize("objective", [extrinsic_objective, joint_extrinsic_objective])
def test_the_objective_of_an_unchanged_policy_is_the_mean_advantage(objective):
    log_old, advantage, _ = random_tensors("log", "advantage", "unused")
    got = objective(log_old, log_old, advantage, MASK)
    assert float(got) == pytest.approx(float(advantage[MASK].mean()), rel=1e-12)


def test_the_joint_ratio_is_the_product_over_the_living_agents_of_a_step():
    log_new, log_old, advantage = random_tensors("new", "old", "advantage")
    total = 0.0
    for m in range(4):
        ratio = 1.0
        for i in range(3):
            ratio *= float((log_new - log_old)[m, i].exp()) if MASK[m, i] else 1.0
        total += sum(ratio * float(advantage[m, i]) for i in range(3) if MASK[m, i])
    got = joint_extrinsic_objective(log_new, log_old, advantage, MASK)
    assert float(got) == pytest.approx(total / int(MASK.sum()), rel=1e-12)


@pytest.mark.parametrize("objective", [extrinsic_objective, joint_extrinsic_objective])
def test_only_the_new_policy_is_differentiated(objective):
    tensors = [x.requires_grad_() for x in random_tensors("new", "old", "advantage")]
    objective(*tensors, MASK).backward()
    assert [x.grad is not None for x in tensors] == [True, False, False]


def test_with_standardised_advantages_adding_a_constant_to_every_reward_has_no_meta_gradient():
    # One-step returns and a linear mixer: d advantage / d constant is the same everywhere; standardising subtracts it.
    c, advantage, _ = random_tensors("c", "advantage", "unused")
    constant = torch.zeros((), dtype=torch.float64, requires_grad=True)
    loss = exact_surrogate(c, UNUSED, advantage, standardise(advantage + constant, MASK), advantage, MASK)
    assert torch.autograd.grad(loss, constant)[0].item() == pytest.approx(0.0, abs=1e-12)


def test_the_finite_difference_agrees_with_the_exact_derivative():
    exact, approximate = (d(sigmoid_policy(0, 1, 1), at(0.7), at(-2.3)) for d in DERIVATIVES)
    torch.testing.assert_close(approximate, exact, rtol=1e-5, atol=0)


@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_the_derivative_is_linear_in_the_direction_even_when_that_is_tiny(derivative):
    large, tiny = (derivative(sigmoid_policy(0, 1), at(0.7), at(scale)) for scale in (1.0, 1e-12))
    torch.testing.assert_close(tiny * 1e12, large, rtol=1e-3, atol=0)


@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_no_direction_gives_zero(derivative):
    assert not derivative(sigmoid_policy(0, 1), at(0.7), at(0.0)).any()


SURROGATES = (
    exact_surrogate,
    liir_code_surrogate,
    regression_on_credit,
    regression_on_advantage,
    regression_and_exact_surrogate,
)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_an_advantage_of_the_team_is_not_taken_for_one_of_each_agent(surrogate):
    """[M, 1] would broadcast, and give a number."""
    each, team, mask = torch.ones(5, 3), torch.ones(5, 1), torch.ones(5, 3, dtype=torch.bool)
    assert surrogate(each, each, each, each, each, mask).isfinite()
    with pytest.raises(ValueError, match=r"mask must have shape \[5, 1\], not \[5, 3\]"):
        surrogate(team, team, team, team, team, mask)


@pytest.mark.parametrize("objective", [extrinsic_objective, joint_extrinsic_objective])
def test_the_objective_takes_an_advantage_of_each_agent(objective):
    with pytest.raises(ValueError, match=r"advantage must have shape \[5, 3\], not \[5, 1\]"):
        objective(torch.ones(5, 3), torch.ones(5, 3), torch.ones(5, 1), torch.ones(5, 3, dtype=torch.bool))
