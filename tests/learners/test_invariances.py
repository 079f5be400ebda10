"""What an update must not depend on."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from aiirmix.nets.actor import RecurrentNet
from aiirmix.nets.novelty import lives_on
from aiirmix.nets.target import TargetNetwork
from tests.learners.models import (
    FAMILIES,
    FORMS,
    LEARNERS,
    SPEC,
    assert_same_parameters,
    double_batch,
    make_double,
    models_with,
    one_epoch,
    parameters_of,
    printed,
    settings,
    value_of,
    with_sgd,
)
from tests.marks import slow_but
from tests.toys import as_double, random_batch, with_garbage

EVERY_MODEL = pytest.mark.parametrize("model", slow_but(LEARNERS, FORMS))
EVERY_ACTOR = pytest.mark.parametrize("model", slow_but(LEARNERS, models_with("actor")))
make_batch = partial(double_batch, lengths=(6, 4, 4, 4, 2))


def make(model, *overrides):
    return make_double(model, *one_epoch(model), *overrides)


def learnt(learner, *batches):
    """Return all parameters after these updates."""
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
    # Two sources learn from every other episode each, so both that are exchanged are of one source.
    shuffled = batch.select(torch.tensor([0, 3, 2, 1, 4]))
    assert not torch.equal(shuffled.reward, batch.reward)
    assert_same_parameters(learnt(make(model), batch), learnt(make(model), shuffled), atol=1e-8)


@EVERY_MODEL
def test_the_global_random_numbers(model):
    torch.manual_seed(0)
    first = learnt(make(model), make_batch())
    torch.manual_seed(1)
    assert_same_parameters(learnt(make(model), make_batch()), first)


MEANS_OVER_CELLS = {
    **{"standardise_advantages": False, "critic_window": 100, "value_normaliser.decay": 1.0},
    **{"intrinsic.decay": 1.0, "intrinsic.centre": False},
}
"""With these every loss is a mean of terms that each depend on one transition, except that of balanced actors."""


def means_over_cells(model):
    balanced = value_of(model, "balance.kappa_max") is not None
    return settings(model, **MEANS_OVER_CELLS | {"standardise_advantages": balanced})


@EVERY_MODEL
def test_losses_of_a_batch_are_the_mean_of_its_parts_by_their_counts(model):
    batch, raw = make_batch(), means_over_cells(model)
    parts = [batch.select(torch.tensor(k)) for k in ([0, 3], [1, 2, 4])]
    whole, *halves = (make(model, *raw).learn(b) for b in (batch, *parts))
    living, played = [int(b.transitions.alive.sum()) for b in parts], [b.env_steps for b in parts]
    paid, episodes = [int(lives_on(b).sum()) for b in parts], [len(b.lengths) for b in parts]
    taught = played if "decomposed" in model else episodes
    means = [name for name in whole if "/loss" in name or name in ("actor/entropy", "values/taken", "values/target")]
    assert means
    for name in means:
        counts = {"actor": living, "source": taught if value_of(model, "teacher") else paid}
        count = counts.get(name.partition("/")[0], played)
        mean = sum(n * half[name].item() for n, half in zip(count, halves, strict=True)) / sum(count)
        assert whole[name].item() == pytest.approx(mean, rel=1e-10), name


def without_agent(batch, agent):
    """Return the same episodes with this agent dead from the start."""
    alive, obs, avail, actions = (getattr(batch, name).clone() for name in ("alive", "obs", "avail", "actions"))
    alive[:, :, agent], obs[:, :, agent], actions[:, :, agent] = False, 0.0, 0
    avail[:, :, agent] = torch.arange(SPEC.n_actions) == 0
    return replace(batch, alive=alive, obs=obs, avail=avail, actions=actions)


@EVERY_ACTOR
def test_a_dead_agents_actor_does_not_move(model):
    learner = with_sgd(make(model, "model.actor.share_parameters=false"))
    before = parameters_of(learner.actor, "networks")
    learner.learn(without_agent(make_batch(), agent=1))
    after = parameters_of(learner.actor, "networks")
    moved = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"0", "2"}


@EVERY_ACTOR
def test_what_a_dead_agent_would_see_changes_neither_actors_nor_rewards(model):
    batch, one_step = without_agent(make_batch(), agent=1), settings(model, critic_window=100)
    obs = batch.obs.clone()
    obs[:, :, 1] = 3.0
    updated = []
    for seen in (batch, replace(batch, obs=obs)):
        learner = make(model, *one_step)
        learner.learn(seen)
        parts = [name for name in ("actor", "intrinsic", "mixer") if hasattr(learner, name)]
        updated.append(parameters_of(learner, *parts))
    first, second = updated
    assert_same_parameters(first, second, atol=1e-12)


@EVERY_ACTOR
def test_what_an_agent_sees_after_its_death_does_not_change_the_others_actors(model):
    batch, raw = make_batch(), means_over_cells(model)
    dying = ~batch.alive[:-1, :, 1] & (torch.arange(6)[:, None] < batch.lengths)
    assert dying.any()
    assert batch.alive[0, :, 1].all()
    obs = torch.where(batch.alive[..., None], batch.obs, 3.0)
    obs[:, :, [0, 2]] = batch.obs[:, :, [0, 2]]
    updated = []
    for seen in (batch, replace(batch, obs=obs)):
        # A balance standardises the extrinsic advantages of all agents together, which those of the team do not change.
        team = ["model/extrinsic_critic=team"] if model == "aiir_mix" else []
        learner = with_sgd(make(model, *raw, *team, "model.actor.share_parameters=false"))
        learner.learn(seen)
        updated.append(parameters_of(learner.actor, "networks"))
    others = [{name: p for name, p in u.items() if not name.startswith("networks.1.")} for u in updated]
    first, second = others
    assert_same_parameters(first, second, atol=1e-12)


@EVERY_MODEL
def test_precision(model):
    """Compare all losses and gradient norms of an update except those that follow other steps of the same update."""
    updates, batch = [], random_batch(SPEC)
    for kind in (torch.float32, torch.float64):
        learner = make(model).to(kind)
        updates.append(learner.learn(batch if kind == torch.float32 else as_double(batch)))
    single, double = updates
    compared = [name for name in double if "/loss" in name or name.endswith("critic/grad_norm")]
    assert compared
    for name in [*compared, *({"actor/grad_norm", "values/grad_norm"} & set(double))]:
        assert single[name].item() == pytest.approx(double[name].item(), rel=1e-4, abs=1e-5), name


@EVERY_MODEL
def test_execution_needs_the_agents_networks_alone(model):
    learner, steps = make(model), make_batch().transitions
    before, acting = learner.policy(steps), {id(p) for p in learner.policy.parameters()}
    with torch.no_grad():
        for parameter in learner.parameters():
            if id(parameter) not in acting:
                parameter.add_(1.0)
    elsewhere = replace(steps, state=steps.state + 1.0)
    assert torch.equal(learner.policy(elsewhere), before)


def watched(learner):
    """Record for every `descend` of the learner what it changed and what else its loss depends on."""
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
    # From zero, the critic of what r_in adds has nothing to learn as long as the source is at zero too.
    learner = make(model, *settings(model, **{"agent_critic.start": "random"}))
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


SOURCES = {
    **{"agent_target": "agent_critic", "extrinsic_target": "extrinsic_critic", "target": "critic"},
    **{"agents_target": "agents", "value_mixer_target": "value_mixer", "joint_target": "joint"},
}
"""The network that each target network follows."""


@pytest.mark.parametrize("model", slow_but(FAMILIES, models_with("target_update_every")))
def test_targets_are_constant_between_copies_and_equal_after(model):
    learner = make(model, *settings(model, target_update_every=3, critic_window=100))
    targets = [name for name in SOURCES if isinstance(getattr(learner, name, None), TargetNetwork)]
    assert targets
    started = before = {name: states_of(getattr(learner, name).copy) for name in targets}
    for seed in range(6):
        learner.learn(make_batch(seed))
        after = {name: states_of(getattr(learner, name).copy) for name in targets}
        live = {name: states_of(getattr(learner, SOURCES[name])) for name in targets}
        assert_same_parameters(after, live if seed % 3 == 2 else before)
        before = after
    moved = [name for name in targets if started[name]]
    assert all(not torch.equal(x, after[name][key]) for name in moved for key, x in started[name].items())


def states_of(network):
    return {name: p.detach().clone() for name, p in network.named_parameters()}


@pytest.mark.parametrize("model", ["aiir_mix", printed("aiir_mix")])
def test_all_targets_of_an_update_are_computed_before_any_of_its_steps(model):
    # Without steps of actors and reward parameters, the critics of one update learn the same.
    batch, after = make_batch(), []
    for actor, rewards in ((0.0, 0.0), (0.5, 0.5)):
        learner = with_sgd(make(model), actor, rewards)
        learner.learn(batch)
        after.append(parameters_of(learner, "agent_critic", "extrinsic_critic"))
    first, second = after
    assert_same_parameters(first, second)


ANONYMOUS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("iql", "vdn", "qtran", "qtran_alt"), ()),
    "ippo": ("model.agent_critic.inputs=[obs,last_action]",),
    "mappo": ("model.agent_critic.inputs=[state,obs]",),
    **dict.fromkeys(("none", printed("none")), ("model.agent_critic.inputs=[state,obs]",)),
    "maac_critic": ("model.agent_critic.inputs=[obs]", "model.agent_critic.other_inputs=[obs,action]"),
}
"""Models that treat all agents alike, with overrides that remove the ids from the critics' inputs."""


@torch.no_grad()
def without_ids(learner):
    """Hide the agents' ids, the last inputs of a recurrent network, from all parts."""
    for module in learner.modules():
        if isinstance(module, RecurrentNet):
            module.encode.weight[:, -SPEC.n_agents :] = 0.0
        if hasattr(module, "identity"):
            module.identity.zero_()


@pytest.mark.parametrize("model", ANONYMOUS)
@pytest.mark.parametrize("told_apart", [False, True], ids=["without ids", "with ids"])
def test_agents_are_interchangeable_except_for_their_ids(model, told_apart):
    batch, order = make_batch(), [2, 0, 1]
    changed = {name: getattr(batch, name)[:, :, order] for name in ("obs", "avail", "alive", "actions")}
    found = []
    for seen in (batch, replace(batch, **changed)):
        learner = make(model, *ANONYMOUS[model])
        if not told_apart:
            without_ids(learner)
        found.append([metric.item() for metric in learner.learn(seen).values()])
    first, second = found
    assert (first == pytest.approx(second, rel=1e-9, abs=1e-12)) != told_apart
