"""The four models are one learner: a part that contributes nothing changes nothing."""

import pytest
import torch

from tests.learners.models import CELLS, assert_same_parameters, make_learner, parameters_of, printed
from tests.marks import slow
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
UPDATES = 10


@pytest.fixture(autouse=True)
def double_precision():
    """Make networks in double precision, in which a hypernet expresses eq. 13 exactly."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def after_learning(learner, *parts):
    for seed in range(UPDATES):
        learner.learn(as_double(random_batch(SPEC, lengths=(6, 4, 4, 2), seed=seed)))
    return parameters_of(learner, *parts)


def with_frozen_mixer(learner):
    learner.mixer.requires_grad_(False)
    [group] = learner.optimizers_by_name["rewards"].param_groups
    group["params"] = list(learner.intrinsic.parameters())
    return learner


@pytest.mark.parametrize(("with_hypernet", "without"), [("aiir_mix", "aiir"), ("rmix", "liir")])
def test_a_hypernet_frozen_at_equation_13_is_the_linear_mixer(with_hypernet, without):
    parts = ("actor", "agent_critic", "extrinsic_critic", "intrinsic")
    nested = after_learning(with_frozen_mixer(make_learner(printed(with_hypernet), SPEC)), *parts)
    assert_same_parameters(nested, after_learning(make_learner(printed(without), SPEC), *parts), atol=1e-8)


@pytest.mark.parametrize(("with_hypernet", "without"), [("aiir_mix", "aiir"), ("rmix", "liir")])
def test_a_hypernet_that_learns_is_not(with_hypernet, without):
    learnt, linear = (after_learning(make_learner(printed(m), SPEC), "actor") for m in (with_hypernet, without))
    assert max((learnt[name] - linear[name]).abs().max() for name in learnt) > 1e-6


@pytest.mark.parametrize("model", ["aiir", "random", "rnd", *slow(["liir", "counts", "curiosity"])])
def test_without_weight_an_intrinsic_reward_is_no_intrinsic_reward(model):
    parts = ("actor", "agent_critic")
    weightless = after_learning(make_learner(printed(model), SPEC, "model.mixer.weight=0"), *parts)
    assert_same_parameters(weightless, after_learning(make_learner(printed("none"), SPEC), *parts))


@pytest.mark.parametrize(
    ("model", "teacher"), [("liir", "redistribution"), ("aiir", "redistribution"), ("liir", "decomposition")]
)
def test_without_weight_a_teacher_changes_nothing(model, teacher):
    parts = ("actor", "agent_critic")
    weightless = make_learner(printed(model), SPEC, f"model/teacher={teacher}", "model.mixer.weight=0")
    assert_same_parameters(
        after_learning(weightless, *parts), after_learning(make_learner(printed("none"), SPEC), *parts)
    )


@pytest.mark.parametrize("model", ["aiir", "rnd", "counts"])
def test_with_weight_it_is_not(model):
    weighted, control = (after_learning(make_learner(printed(m), SPEC), "actor") for m in (model, "none"))
    assert max((weighted[name] - control[name]).abs().max() for name in weighted) > 1e-6


@pytest.mark.parametrize("form", [str, printed], ids=["shipped", "printed"])
def test_the_two_sources_and_the_two_mixers_start_alike_in_all_cells(form):
    starts = {model: parameters_of(make_learner(form(model), SPEC)) for model in CELLS}
    for name in {name for start in starts.values() for name in start}:
        # An intrinsic source has the same parameter names only in its own two cells.
        cells = ("liir", "rmix"), ("aiir", "aiir_mix")
        groups = cells if ".intrinsic." in name else [tuple(starts)]
        for group in groups:
            first, *others = [starts[m][name] for m in group if name in starts[m]] or [None]
            assert all(torch.equal(first, other) for other in others), name


@pytest.mark.parametrize("shared", ["true", "false"])
def test_with_a_decoder_that_ignores_the_latent_reward_giir_style_is_qmix(shared):
    override = f"model.agents.share_parameters={shared}"
    nested, qmix = (make_learner(model, SPEC, override) for model in ("giir_style", "qmix"))
    nested.agents.rewards.requires_grad_(False)
    nested.agents.slopes.requires_grad_(False)
    nested.add_optimizer("values", nested.make_optimizer["values"], nested.agents, nested.value_mixer)
    found, expected = after_learning(nested, "agents", "value_mixer"), after_learning(qmix, "agents", "value_mixer")
    # Networks side by side are products of other memory layouts, which may round the last digit differently.
    tolerance = 0.0 if shared == "true" else 1e-15
    assert_same_parameters({name: found[name] for name in expected}, expected, atol=tolerance)


def test_with_one_that_learns_it_is_not():
    learnt, qmix = (after_learning(make_learner(model, SPEC), "agents") for model in ("giir_style", "qmix"))
    assert max((learnt[name] - qmix[name]).abs().max() for name in qmix) > 1e-6


def after_updates(learner, *parts):
    for seed in range(UPDATES):
        learner.update(as_double(random_batch(SPEC, lengths=(6, 4, 4, 2), seed=seed)))
    return parameters_of(learner, *parts)


def test_without_intrinsic_reward_the_default_learner_is_mappo():
    none, mappo = (after_updates(make_learner(model, SPEC)) for model in ("none", "mappo"))
    assert none.keys() == mappo.keys()
    assert all(map(torch.equal, none.values(), mappo.values()))


@pytest.mark.parametrize("update", ["single", "clipped"])
@pytest.mark.parametrize(
    ("model", "overrides"),
    [
        ("aiir_mix", ["model.balance.kappa_max=0", "model/balance=balanced"]),
        ("liir", ["model.optimizers.rewards.lr=0"]),
        ("aiir", ["model/balance=total", "model.mixer.weight=0"]),
        ("liir", ["model/balance=total", "model.mixer.weight=0"]),
    ],
    ids=["weight 0", "nothing learnt", "no weight of attention", "no weight"],
)
def test_models_whose_intrinsic_reward_counts_for_nothing_are_the_control(model, overrides, update):
    """With a balance up to rounding: the advantage of r_ex is standardised twice."""
    idle = make_learner(model, SPEC, f"model/update={update}", *overrides)
    control = after_updates(make_learner("none", SPEC, f"model/update={update}"), "actor")
    assert_same_parameters(after_updates(idle, "actor"), control, atol=1e-8)
