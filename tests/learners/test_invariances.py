"""What an update may not depend on."""

from dataclasses import replace

import pytest
import torch

from tests.learners.models import CELLS, MODELS, assert_same_parameters, make_learner, parameters_of, with_sgd
from tests.toys import as_double, random_batch, small_spec, with_garbage

SPEC = small_spec()
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)
RAW = "model.standardise_advantages=false"


def make_batch(seed=0, lengths=(6, 4, 4, 4, 2)):
    return as_double(random_batch(SPEC, lengths=lengths, seed=seed))


def make(model, *overrides):
    return make_learner(model, SPEC, *overrides).double()


def learnt(learner, *batches):
    """All parameters after these updates."""
    for batch in batches:
        learner.learn(batch)
    return parameters_of(learner)


@EVERY_MODEL
def test_what_padding_holds(model):
    clean = [make_batch(seed) for seed in range(2)]
    dirty = [with_garbage(batch, extra_steps=0) for batch in clean]
    assert dirty[0].reward.isnan().any()
    assert_same_parameters(learnt(make(model), *clean), learnt(make(model), *dirty), atol=1e-10)


@EVERY_MODEL
def test_how_wide_a_batch_was_padded_before_its_episodes_were_selected(model):
    batch, everyone = make_batch(), torch.arange(5)
    wide = with_garbage(batch, extra_steps=3).select(everyone)
    assert_same_parameters(learnt(make(model), batch), learnt(make(model), wide), atol=1e-10)


@EVERY_MODEL
def test_the_order_of_equally_long_episodes(model):
    batch = make_batch()
    shuffled = batch.select(torch.tensor([0, 3, 1, 2, 4]))
    assert not torch.equal(shuffled.reward, batch.reward)
    assert_same_parameters(learnt(make(model), batch), learnt(make(model), shuffled), atol=1e-8)


@EVERY_MODEL
def test_the_global_random_numbers(model):
    torch.manual_seed(0)
    first = learnt(make(model), make_batch())
    torch.manual_seed(1)
    assert_same_parameters(learnt(make(model), make_batch()), first)


@pytest.mark.parametrize("model", [*CELLS, "none"])
def test_losses_of_a_batch_are_the_mean_of_its_parts_by_their_counts(model):
    batch = make_batch()
    parts = [batch.select(torch.tensor(k)) for k in ([0, 3], [1, 2, 4])]
    whole, *halves = (make(model, RAW).learn(b) for b in (batch, *parts))
    counts = {
        "actor/loss": [int(b.steps.alive.sum()) for b in parts],
        "actor/entropy": [int(b.steps.alive.sum()) for b in parts],
        "agent_critic/loss": [b.env_steps for b in parts],
        "extrinsic_critic/loss": [b.env_steps for b in parts],
    }
    for name, count in counts.items():
        mean = sum(n * float(half[name]) for n, half in zip(count, halves, strict=True)) / sum(count)
        assert float(whole[name]) == pytest.approx(mean, rel=1e-10), name


def without_agent(batch, agent):
    """The same episodes, in which this agent is dead from the start."""
    alive, obs, avail, actions = (getattr(batch, name).clone() for name in ("alive", "obs", "avail", "actions"))
    alive[:, :, agent], obs[:, :, agent], actions[:, :, agent] = False, 0.0, 0
    avail[:, :, agent] = torch.arange(SPEC.n_actions) == 0
    return replace(batch, alive=alive, obs=obs, avail=avail, actions=actions)


@pytest.mark.parametrize("model", [*CELLS, "none"])
def test_a_dead_agents_actor_does_not_move(model):
    learner = with_sgd(make(model, "model.actor.share_parameters=false"))
    before = parameters_of(learner.actor, "networks")
    learner.learn(without_agent(make_batch(), agent=1))
    after = parameters_of(learner.actor, "networks")
    moved = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"0", "2"}


@pytest.mark.parametrize("model", [*CELLS, "none"])
def test_what_a_dead_agent_would_see_changes_neither_actors_nor_rewards(model):
    batch, parts = without_agent(make_batch(), agent=1), ("actor", "intrinsic", "mixer")
    obs = batch.obs.clone()
    obs[:, :, 1] = 3.0
    updated = []
    for seen in (batch, replace(batch, obs=obs)):
        learner = make(model)
        learner.learn(seen)
        updated.append(parameters_of(learner, *parts))
    first, second = updated
    assert_same_parameters(first, second, atol=1e-12)


def test_what_an_agent_sees_after_its_death_does_not_change_the_others_actors():
    batch = make_batch()
    dying = ~batch.alive[:-1, :, 1] & (torch.arange(6)[:, None] < batch.lengths)
    assert dying.any()
    assert batch.alive[0, :, 1].all()
    obs = torch.where(batch.alive[..., None], batch.obs, 3.0)
    obs[:, :, [0, 2]] = batch.obs[:, :, [0, 2]]
    updated = []
    for seen in (batch, replace(batch, obs=obs)):
        learner = with_sgd(make("aiir_mix", RAW, "model.actor.share_parameters=false"))
        learner.learn(seen)
        updated.append(parameters_of(learner.actor, "networks"))
    others = [{name: p for name, p in u.items() if not name.startswith("networks.1.")} for u in updated]
    first, second = others
    assert_same_parameters(first, second, atol=1e-12)


@pytest.mark.parametrize("model", [*CELLS, "none"])
def test_precision(model):
    updates = []
    for kind in (torch.float32, torch.float64):
        learner = with_sgd(make_learner(model, SPEC)).to(kind)
        updates.append(learner.learn(random_batch(SPEC) if kind == torch.float32 else as_double(random_batch(SPEC))))
    for name in ("actor/loss", "agent_critic/loss", "extrinsic_critic/loss"):
        assert float(updates[0][name]) == pytest.approx(float(updates[1][name]), rel=1e-4, abs=1e-5), name


@EVERY_MODEL
def test_execution_needs_the_agents_networks_alone(model):
    learner, steps = make(model), make_batch().steps
    before, acting = learner.policy(steps), {id(p) for p in learner.policy.parameters()}
    with torch.no_grad():
        for parameter in learner.parameters():
            if id(parameter) not in acting:
                parameter.add_(1.0)
    elsewhere = replace(steps, state=steps.state + 1.0)
    assert torch.equal(learner.policy(elsewhere), before)


def watched(learner):
    """The learner, noting for every `descend` what it changed and what else its loss depends on."""
    seen = {}
    descend = learner.descend

    def noting(name, loss):
        own = {id(p) for p in learner.parameters_of(name)}
        others = {n: p for n, p in learner.named_parameters() if p.requires_grad and id(p) not in own}
        leaks = [
            n
            for n, p in others.items()
            if torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)[0] is not None
        ]
        before = parameters_of(learner)
        norm = descend(name, loss)
        after = parameters_of(learner)
        own_names = {f"learner.{n}" for n, p in learner.named_parameters() if id(p) in own}
        changed = {n for n in before if not torch.equal(before[n], after[n])}
        seen[name] = {"leaks": leaks, "foreign": changed - own_names, "moved": bool(changed & own_names)}
        return norm

    learner.descend = noting
    return seen


@EVERY_MODEL
def test_every_step_moves_its_own_parameters_and_only_those(model):
    learner = make(model)
    seen = watched(learner)
    learner.learn(make_batch())
    assert seen
    assert all(step == {"leaks": [], "foreign": set(), "moved": True} for step in seen.values()), seen


@EVERY_MODEL
def test_optimisers_share_no_parameter_and_own_every_one_that_can_learn(model):
    learner = make(model)
    owned = [id(p) for name in learner.optimizers_by_name for p in learner.parameters_of(name)]
    assert len(owned) == len(set(owned))
    assert set(owned) == {id(p) for p in learner.parameters() if p.requires_grad}


@pytest.mark.parametrize("target", ["agent", "extrinsic"])
def test_targets_are_constant_between_copies_and_equal_after(target):
    learner = make("aiir_mix", "model.target_update_every=3")
    critic, copy = getattr(learner, f"{target}_critic"), getattr(learner, f"{target}_target").copy
    history = [parameters_of(copy, "net")]
    for seed in range(6):
        learner.learn(make_batch(seed))
        history.append(parameters_of(copy, "net"))
        if seed % 3 == 2:
            assert_same_parameters(history[-1], parameters_of(critic, "net"))
        else:
            assert_same_parameters(history[-1], history[-2])
    assert any(not torch.equal(history[0][name], history[-1][name]) for name in history[0])


def test_all_targets_of_an_update_are_computed_before_any_of_its_steps():
    # With steps of either kind switched off, the critics of one update learn the same.
    batch, after = make_batch(), []
    for actor, rewards in ((0.0, 0.0), (0.5, 0.5)):
        learner = with_sgd(make("aiir_mix"), actor, rewards)
        learner.learn(batch)
        after.append(parameters_of(learner, "agent_critic", "extrinsic_critic"))
    first, second = after
    assert_same_parameters(first, second)
