"""COMA: what its critic learns, what its actors learn from it, and what neither may change."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from aiirmix.maths.policy import action_probabilities
from tests.learners.models import assert_same_parameters, make_learner, parameters_of
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
LENGTHS = (6, 4, 4, 4, 2)


def make_batch():
    return as_double(random_batch(SPEC, lengths=LENGTHS))


def make(*overrides):
    return make_learner("coma", SPEC, *overrides).double()


def with_q(learner, q):
    """Return the actors' loss under the critic's Q `q`."""
    return learner.actor_loss(make_batch().transitions, q)[0]


def test_the_actors_descend_the_counterfactual_policy_gradient():
    learner = make("model.standardise_advantages=false", "model.entropy_coef=0")
    steps = as_double(random_batch(SPEC, lengths=(3, 2), epsilon=0.2)).transitions
    q = learner.critic(steps).detach()
    logits = learner.actor(steps)
    loss = torch.zeros((), dtype=torch.float64)
    for m in range(len(steps.obs)):
        for i in range(SPEC.n_agents):
            if steps.alive[m, i]:
                pi = action_probabilities(logits[m, i], steps.avail[m, i], 0.2)
                advantage = q[m, i, steps.actions[m, i]] - sum(p * x for p, x in zip(pi.detach(), q[m, i], strict=True))
                loss = loss - advantage * pi[steps.actions[m, i]].log() / int(steps.alive.sum())
    expected = torch.autograd.grad(loss, list(learner.actor.parameters()))
    got = torch.autograd.grad(learner.actor_loss(steps, q)[0], list(learner.actor.parameters()))
    torch.testing.assert_close(got, expected, rtol=1e-8, atol=1e-10)


def test_the_actors_loss_gives_the_critic_no_gradient():
    learner, steps = make(), make_batch().transitions
    loss, _ = learner.actor_loss(steps, learner.critic(steps))
    critic = list(learner.critic.parameters())
    assert all(gradient is None for gradient in torch.autograd.grad(loss, critic, allow_unused=True))


def test_unavailable_actions_get_no_gradient():
    learner, steps = make(), make_batch().transitions
    logits = learner.actor(steps).detach().requires_grad_()
    learner.logits = lambda at: logits
    loss, _ = learner.actor_loss(steps, learner.critic(steps))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert not gradient[~steps.avail].any()
    assert gradient[steps.avail].any()


def test_the_q_of_unavailable_actions_does_not_matter():
    learner, steps = make(), make_batch().transitions
    q = torch.randn(*steps.avail.shape, dtype=torch.float64)
    losses = [with_q(learner, x) for x in (q, q.masked_fill(~steps.avail, 1e6))]
    assert losses[0] == losses[1]


def changed_by_action_of(agent):
    """Tell for which agents the critic's Q changes at a timestep if one agent acts differently there."""
    critic, steps = make().critic, make_batch().transitions
    actions = steps.actions.clone()
    actions[:, agent] = (actions[:, agent] + 1) % SPEC.n_actions
    difference = critic(steps) - critic(replace(steps, actions=actions))
    return [bool(difference[:, i].any()) for i in range(SPEC.n_agents)]


@pytest.mark.parametrize("agent", range(SPEC.n_agents))
def test_an_agents_baseline_depends_on_the_others_actions_and_not_on_its_own(agent):
    assert changed_by_action_of(agent) == [i != agent for i in range(SPEC.n_agents)]


def test_targets_are_returns_of_the_actions_taken():
    learner, batch = make("model.returns.lambda_=0.7", "model.gamma=0.9"), make_batch()
    q = learner.target(batch.transitions)
    taken = batch.transitions.packing.unpack(q.gather(-1, batch.transitions.actions[..., None])[..., 0])
    targets = batch.transitions.packing.unpack(learner.targets(batch))
    for b, length in enumerate(LENGTHS):
        expected = batch.reward[length - 1, b].expand(SPEC.n_agents)
        for t in reversed(range(length)):
            if t < length - 1:
                expected = batch.reward[t, b] + 0.9 * (0.3 * taken[t + 1, b] + 0.7 * expected)
            torch.testing.assert_close(targets[t, b], expected)


@pytest.mark.parametrize("window", [1, 2, 4, 100])
def test_windows_cover_every_step_once_from_the_last_to_the_first(window):
    critic, steps = make().critic, make_batch().transitions
    windows = list(critic.backwards(steps, window))
    rows = torch.arange(len(steps.obs))
    assert torch.equal(torch.cat([rows[where] for where, _ in windows[::-1]]), rows)
    torch.testing.assert_close(torch.cat([q for _, q in windows[::-1]]), critic(steps))
    first_steps = [sum(steps.packing.sizes[:t]) for t in range(0, len(steps.packing.sizes), window)]
    assert [where.start for where, _ in windows] == first_steps[::-1]


def test_one_window_is_one_step_of_gradient_descent_on_the_squared_error():
    learner, batch = make("model.critic_window=100", "model.max_grad_norm=1e6"), make_batch()
    learner.add_optimizer("critic", partial(torch.optim.SGD, lr=0.1), learner.critic)
    steps, targets = batch.transitions, learner.targets(batch)
    taken = learner.critic(steps).gather(-1, steps.actions[..., None])[..., 0]
    gradients = torch.autograd.grad((taken - targets).square().mean(), list(learner.critic.parameters()))
    names = [f"critic.{name}" for name, _ in learner.critic.named_parameters()]
    before = parameters_of(learner, "critic")
    learner.learn(batch)
    expected = {name: before[name] - 0.1 * gradient for name, gradient in zip(names, gradients, strict=True)}
    assert_same_parameters(parameters_of(learner, "critic"), expected, rtol=1e-10, atol=1e-12)


def test_actors_learn_from_the_critics_q_before_each_of_its_steps(monkeypatch):
    learner, batch = make("model.critic_window=100"), make_batch()
    before, actor_loss, taught_with = learner.critic(batch.transitions).detach(), learner.actor_loss, []

    def noting(steps, q):
        taught_with.append(q)
        return actor_loss(steps, q)

    monkeypatch.setattr(learner, "actor_loss", noting)
    learner.learn(batch)
    torch.testing.assert_close(taught_with[0], before)
    assert not torch.equal(learner.critic(batch.transitions), before)


def test_the_target_critic_counts_the_critics_own_steps():
    learner, batch = make("model.critic_window=2", "model.target_update_every=6"), make_batch()
    start = parameters_of(learner.target, "copy")
    learner.learn(batch)
    assert_same_parameters(parameters_of(learner.target, "copy"), start)
    learner.learn(batch)
    copied, critic = (dict(net.named_parameters()) for net in (learner.target.copy, learner.critic))
    assert_same_parameters(copied, {name: p.detach() for name, p in critic.items()})


def test_standardised_advantages_have_no_scale():
    learner = make()
    q = torch.randn(*make_batch().transitions.avail.shape, dtype=torch.float64)
    assert with_q(learner, q).item() == pytest.approx(with_q(learner, 50 * q).item(), rel=1e-6)


def critic_input(batch, t, b, agent):
    """Return the critic's input for an agent: state, its own obs, the others' actions, all last actions, its id."""
    actions, last = torch.zeros(2, SPEC.n_agents, SPEC.n_actions, dtype=torch.float64)
    for j in range(SPEC.n_agents):
        actions[j, batch.actions[t, b, j]] = float(j != agent)
        last[j, batch.actions[t - 1, b, j]] = float(t > 0)
    own = torch.eye(SPEC.n_agents, dtype=torch.float64)[agent]
    return torch.cat([batch.state[t, b], batch.obs[t, b, agent], actions.flatten(), last.flatten(), own])


def q_at(critic, batch, t):
    """Compute Q of every action of every agent, [B at t, N, A], by linear layers with ReLU between them."""
    x = torch.stack([critic_input(batch, t, b, i) for b in range(len(playing(t))) for i in range(SPEC.n_agents)])
    linears = [(p.weight, p.bias) for p in critic.modules() if isinstance(p, torch.nn.Linear)]
    for k, (weight, bias) in enumerate(linears):
        x = (x.relu() if k else x) @ weight.T + bias
    return x.view(-1, SPEC.n_agents, SPEC.n_actions)


def playing(t):
    """List the episodes that have a timestep t: the first ones, as they are sorted."""
    return [b for b, length in enumerate(LENGTHS) if t < length]


def taken(q, batch, t):
    return q.gather(-1, batch.actions[t, playing(t)][..., None])[..., 0]


def critic_by_description(learner, batch):
    """Take the critic's steps, one for each timestep from the last to the first; return its Q before each."""
    gamma, lambda_ = learner.gamma, learner.returns.keywords["lambda_"]
    ahead = [taken(q_at(learner.target.copy, batch, t), batch, t) for t in range(max(LENGTHS))]
    targets: dict[tuple[int, int], torch.Tensor] = {}
    said: dict[int, torch.Tensor] = {}
    for t in reversed(range(max(LENGTHS))):
        for b in playing(t):
            after = (1 - lambda_) * ahead[t + 1][b] + lambda_ * targets[t + 1, b] if (t + 1, b) in targets else 0.0
            targets[t, b] = batch.reward[t, b] + gamma * after + torch.zeros(SPEC.n_agents, dtype=torch.float64)
        said[t] = q_at(learner.critic, batch, t)
        expected = torch.stack([targets[t, b] for b in playing(t)])
        learner.descend("critic", (taken(said[t], batch, t) - expected).square().mean())
        learner.target.follow(learner.critic)
    return said


def actors_by_description(learner, batch, said):
    """Take the actors' step up the counterfactual policy gradient, agent by agent, where they are alive."""
    hidden, gains, logs, entropies = learner.actor.initial_hidden(len(LENGTHS)), [], [], []
    last = torch.full_like(batch.actions[0], -1)
    for t in range(max(LENGTHS)):
        logits, hidden = learner.actor.act(batch.obs[t], last, hidden)
        last = batch.actions[t]
        for b in playing(t):
            for i in range(SPEC.n_agents):
                if batch.alive[t, b, i]:
                    legal = batch.avail[t, b, i]
                    soft = logits[b, i][legal].softmax(-1)
                    pi = (1 - batch.epsilon) * soft + batch.epsilon / len(soft)
                    q, action = said[t][b, i].detach(), int(batch.actions[t, b, i])
                    gains.append(q[action] - (pi.detach() * q[legal]).sum())
                    logs.append(pi[int(legal[:action].sum())].log())
                    entropies.append(-(soft * soft.log()).sum())
    advantage = torch.stack(gains)
    if learner.standardise_advantages:
        advantage = (advantage - advantage.mean()) / (advantage.var(correction=0) + 1e-10).sqrt()
    gain = (advantage * torch.stack(logs)).mean() + learner.entropy_coef * torch.stack(entropies).mean()
    learner.descend("actor", -gain)


@pytest.mark.parametrize("model", ["coma", "coma_reference"])
def test_two_updates_are_those_of_the_description(model):
    ours, described = (make_learner(model, SPEC, "model.target_update_every=4").double() for _ in range(2))
    for seed in range(2):
        batch = as_double(random_batch(SPEC, lengths=LENGTHS, seed=seed, epsilon=0.3))
        ours.learn(batch)
        actors_by_description(described, batch, critic_by_description(described, batch))
        assert_same_parameters(parameters_of(ours), parameters_of(described), rtol=1e-8, atol=1e-10)


def test_a_critic_that_attends_learns_in_the_same_windows():
    learner, batch = make("model/critic=attention", "model.critic_window=2"), make_batch()
    before = parameters_of(learner, "actor", "critic")
    metrics = learner.learn(batch)
    after = parameters_of(learner, "actor", "critic")
    assert all(metric.isfinite() for metric in metrics.values())
    assert {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])} == {
        "actor",
        "critic",
    }
