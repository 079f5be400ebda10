"""IPPO and MAPPO: the first and the later updates on a batch."""

from dataclasses import replace
from functools import partial
from itertools import islice

import pytest
import torch

from aiirmix.maths.masked import masked_mean
from aiirmix.maths.policy import taken_log_probability
from tests.learners.models import SPEC, assert_same_parameters, double_batch, make_double, make_learner, parameters_of

LENGTHS = (6, 4, 4, 4, 2)
BOTH = pytest.mark.parametrize("model", ["ippo", "mappo"])
RAW = "model.standardise_advantages=false"
make_batch = partial(double_batch, lengths=LENGTHS)


def taught(learner, batch):
    """Return all parameters after all updates on the batch."""
    learner.update(batch)
    return parameters_of(learner)


def improved(learner, rollout):
    """Return the metrics of one step of actors and critics."""
    return learner.improve_actor(rollout)[2] | learner.improve_critics(rollout)


def minibatches(learner, episodes):
    """Return the episodes of each minibatch of the first epoch."""
    return list(islice(learner.minibatches(episodes), learner.actors_update.minibatches))


def policy_gradient(learner, batch, advantages):
    """Return the gradient of REINFORCE with a baseline: the mean of A ∇log π over living agents."""
    steps = batch.transitions
    log_taken = taken_log_probability(learner.actor(steps), steps.avail, steps.actions)
    gain = masked_mean(steps.packing.pack(advantages) * log_taken, steps.alive)
    return torch.autograd.grad(gain, list(learner.actor.parameters()))


@BOTH
@pytest.mark.parametrize("overrides", [[], [RAW]], ids=["standardised", "raw"])
def test_the_first_update_is_that_of_reinforce_with_a_baseline(model, overrides):
    same, learner = (
        make_double(model, "model.entropy_coef=0", "model.max_grad_norm=1e6", *overrides) for _ in range(2)
    )
    learner.add_optimizer("actor", partial(torch.optim.SGD, lr=0.1), learner.actor)
    batch, before = make_batch(), parameters_of(learner.actor, "networks")
    gradients = policy_gradient(same, batch, same.assess(batch).rollout.advantages)
    metrics = learner.learn(batch)
    expected = {name: before[name] + 0.1 * gradient for name, gradient in zip(before, gradients, strict=True)}
    assert_same_parameters(parameters_of(learner.actor, "networks"), expected, rtol=1e-9, atol=1e-12)
    assert metrics["actor/fraction_clipped"] == 0
    assert float(metrics["actor/kl"]) == pytest.approx(0.0, abs=1e-12)
    if not overrides:
        assert float(metrics["actor/loss"]) == pytest.approx(0.0, abs=1e-9)


@BOTH
@pytest.mark.parametrize("bootstrap", ["true", "false"])
def test_advantages_are_lambda_returns_minus_values(model, bootstrap):
    learner, batch = make_double(model, RAW, f"model.bootstrap_on_truncation={bootstrap}"), make_batch()
    assert not batch.terminated.all()
    learner.update(make_batch(seed=1))
    timesteps = batch.timesteps
    values = learner.agent_normaliser.denormalise(timesteps.packing.unpack(learner.agent_critic(timesteps))).detach()
    rollout = learner.assess(batch).rollout
    for b, length in enumerate(LENGTHS):
        over = bool(batch.terminated[b]) or bootstrap == "false"
        advantage = torch.zeros(SPEC.n_agents, dtype=torch.float64)
        for t in reversed(range(length)):
            after = values[t + 1, b] * float(t + 1 < length or not over)
            error = batch.reward[t, b] + 0.99 * after - values[t, b]
            advantage = error + 0.99 * 0.95 * advantage
            torch.testing.assert_close(rollout.advantages[t, b], advantage)


@BOTH
def test_the_critics_targets_are_the_returns_in_the_normalisers_units(model):
    learner, batch = make_double(model, RAW), make_batch()
    timesteps = batch.timesteps
    raw = timesteps.packing.unpack(learner.agent_critic(timesteps))[:-1]
    rollout = learner.assess(batch).rollout
    pack, scale = batch.transitions.packing.pack, learner.agent_normaliser
    targets = pack(rollout.critics["agent_critic"].returns)
    assert float(targets.mean()) == pytest.approx(0.0, abs=1e-9)
    assert float(targets.var(correction=0)) == pytest.approx(1.0)
    torch.testing.assert_close(scale.denormalise(targets), pack(rollout.advantages + raw))
    torch.testing.assert_close(pack(rollout.critics["agent_critic"].old), pack(raw))


def test_independent_critics_that_see_the_state_alone_are_centralised_ones():
    batch, inputs = make_batch(), "model.agent_critic.inputs=[state]"
    assert_same_parameters(taught(make_double("ippo", inputs), batch), taught(make_double("mappo", inputs), batch))


def test_what_only_the_state_shows_reaches_the_critics_of_mappo_alone():
    batch = make_batch()
    batch.state[2, 0] += 3.0
    for model, seen in (("ippo", False), ("mappo", True)):
        advantages = [make_double(model, RAW).assess(b).rollout.advantages for b in (make_batch(), batch)]
        assert torch.equal(*advantages) != seen


@BOTH
def test_every_epoch_has_an_update_for_each_minibatch(model):
    learner = make_double(model, "model.update.epochs=3", "model.update.minibatches=2")
    learner.update(make_batch())
    assert int(learner.updates) == len(learner.interval.updates) == 6


@BOTH
def test_several_epochs_pull_the_ratios_apart_until_some_are_clipped(model):
    learner = make_double(model, "model.update.epochs=30", "model.optimizers.actor.lr=0.01", RAW)
    learner.update(make_batch())
    clipped = [float(update["actor/fraction_clipped"]) for update in learner.interval.updates]
    assert clipped[0] == 0.0
    assert clipped[-1] > 0.1


def test_actors_do_not_move_where_every_ratio_is_clipped():
    learner, batch = make_double("mappo", "model.entropy_coef=0", RAW), make_batch()
    rollout = learner.assess(batch).rollout
    log_old = batch.transitions.packing.unpack(learner.log_probability(batch, dict(learner.actor.named_parameters())))
    before = parameters_of(learner, "actor")
    metrics = improved(learner, replace(rollout, log_old=(log_old - rollout.advantages.sign()).detach()))
    assert metrics["actor/fraction_clipped"] == 1.0
    assert_same_parameters(parameters_of(learner, "actor"), before)


@BOTH
def test_minibatches_partition_the_episodes(model):
    learner = make_double(model, "model.update.minibatches=2")
    batch = make_batch()
    rollout = learner.assess(batch).rollout
    parts = minibatches(learner, len(LENGTHS))
    assert sorted(torch.cat(parts).tolist()) == list(range(len(LENGTHS)))
    for part in parts:
        chosen = rollout.select(part)
        pack = chosen.batch.transitions.packing.pack
        pairs = [(getattr(chosen, name), getattr(rollout, name)) for name in ("log_old", "advantages")]
        pairs += zip(chosen.critics["agent_critic"], rollout.critics["agent_critic"], strict=True)
        for of_part, whole in pairs:
            assert torch.equal(pack(of_part), pack(whole[:, part]))
        assert torch.equal(pack(chosen.batch.reward), pack(batch.reward[:, part]))


def test_minibatches_differ_from_update_to_update_and_depend_on_the_seed():
    learner, other = (make_learner("mappo", SPEC, "model.update.minibatches=2", seed=seed) for seed in (0, 1))
    deals = []
    for who, updates in ((learner, 0), (learner, 0), (learner, 1), (other, 0)):
        who.updates.fill_(updates)
        deals.append([part.tolist() for part in minibatches(who, 40)])
    assert deals[0] == deals[1]
    assert deals[0] not in deals[2:]


@BOTH
def test_losses_of_a_batch_are_the_mean_of_its_parts_by_their_counts(model):
    learner, batch = make_double(model, RAW), make_batch()
    rollout = learner.assess(batch).rollout
    parts = [rollout.select(torch.tensor(episodes)) for episodes in ([0, 3], [1, 2, 4])]
    whole, *halves = (improved(make_double(model, RAW), part) for part in (rollout, *parts))
    living = [int(part.batch.transitions.alive.sum()) for part in parts]
    counts = {"actor/loss": living, "actor/entropy": living, "agent_critic/loss": [p.batch.env_steps for p in parts]}
    for name, count in counts.items():
        mean = sum(n * half[name].item() for n, half in zip(count, halves, strict=True)) / sum(count)
        assert whole[name].item() == pytest.approx(mean, rel=1e-10), name


@BOTH
def test_the_outputs_that_a_clipped_loss_starts_from_are_the_critics_own(model):
    """They do not move when the normaliser learns the scale of the returns."""
    learner, batch = make_double(model), double_batch()
    function = learner.value_functions["agent_critic"]
    values = function.values(batch)
    targets = function.targets(batch, values, 100 + values.now[:-1])
    assert function.normaliser.normalise(values.now[:-1]).ne(values.live[:-1]).any()
    assert torch.equal(targets.old, values.live[:-1])


@BOTH
def test_a_clipped_value_loss_can_be_chosen(model):
    options = "model/value_loss=clipped", "model.value_loss.clip=0.01"
    clipped, plain = taught(make_double(model, *options), make_batch()), taught(make_double(model), make_batch())
    assert any(not torch.equal(clipped[name], plain[name]) for name in clipped)
