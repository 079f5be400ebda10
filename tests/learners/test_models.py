"""Every shipped model trains."""

import hashlib
from itertools import cycle, product

import pytest
import torch

from aiirmix.data.collector import Collector, episode_seeds
from tests.learners.models import FORMS, META_MODELS, MODELS, make_learner, printed, value_of
from tests.marks import slow, slow_but
from tests.toys import CreditGame

SIMILARITIES = ["cosine", "dot", "scaled_dot", "mlp", "uniform"]
SOURCES = [
    "individual",
    "none",
    "random",
    "rnd",
    "counts",
    "curiosity",
    *(f"attention model/similarity={s}" for s in SIMILARITIES),
]
MIXERS = [
    "linear",
    "hypernet",
    "replace",
    "hypernet model.mixer.sign=abs",
    "hypernet model.mixer.start=random",
    "hypernet model.mixer.start=random model.mixer.activation=elu model.mixer.sign=abs",
    "hypernet model.mixer.start=random model.mixer.activation=tanh",
    "hypernet model.mixer.start=random model.mixer.activation=relu",
]


def trained(model, *overrides, seed=0, updates=2, **game):
    """Return a learner after some updates on freshly played episodes."""
    env = CreditGame(**{"agents": 3, "ragged": True, "mortal": True} | game)
    learner = make_learner(model, env.spec, *overrides, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(updates):
        seeds = episode_seeds(seed, "train", int(learner.episodes), 6)
        epsilon = learner.epsilon(int(learner.env_steps))
        learner.update(Collector(env).collect(learner.policy, seeds, epsilon, generator))
    return learner


def hash_of(learner):
    state = learner.state_dict()
    return hashlib.sha256(b"".join(x.numpy().tobytes() for x in state.values())).hexdigest()


def assert_healthy(learner):
    for name, parameter in learner.named_parameters():
        assert parameter.isfinite().all(), name
    for update in learner.interval.updates:
        for name, metric in update.items():
            assert metric.isfinite(), name
            assert not metric.requires_grad, name


def test_the_shipped_models_are_found():
    assert set(META_MODELS) < set(MODELS)


@pytest.mark.parametrize("model", slow_but(["aiir_mix", printed("aiir_mix"), "coma", "mappo", "qtran"], FORMS))
def test_the_same_seed_gives_the_same_parameters_and_another_seed_others(model):
    first, second, other = (hash_of(trained(model, seed=seed, updates=3)) for seed in (5, 5, 6))
    assert first == second
    assert first != other


PAIRS = list(product(SOURCES, MIXERS))
"""The default tests have every source and every mixer at least once."""


@pytest.mark.parametrize(("source", "mixer"), slow_but({*zip(SOURCES, cycle(MIXERS))}, PAIRS))
def test_every_combination_of_source_similarity_and_mixer_trains(source, mixer):
    choices = f"model/intrinsic={source} model/mixer={mixer}".split()
    assert_healthy(trained(printed("aiir_mix"), *choices))


@pytest.mark.parametrize("model", ["aiir_mix", printed("aiir_mix"), *slow(["aiir_mix_paper"])])
@pytest.mark.parametrize(
    "override",
    [
        "model.actor.share_parameters=false",
        "model.agent_critic.share_parameters=false",
        "model/agent_critic=attention",
        "model/meta=finite_difference",
        "model/meta=liir_code",
        "model.epsilon={start: 1.0, end: 1.0}",
        "model.intrinsic.head_input=z",
        "model.intrinsic.relu_first=true",
    ],
)
def test_every_switch_trains(model, override):
    assert_healthy(trained(model, override))


@pytest.mark.parametrize("model", ["none", printed("aiir_mix")])
def test_advantages_that_are_not_standardised_train(model):
    assert_healthy(trained(model, "model.standardise_advantages=false"))


@pytest.mark.parametrize("model", ["aiir_mix", printed("aiir_mix"), "liir", "none"])
@pytest.mark.parametrize("game", [{"agents": 1}, {"steps": 1}, {"actions": 1}], ids=str)
def test_the_smallest_games_can_be_learnt_from(model, game):
    assert_healthy(trained(model, **game))


RMSPROP = {"_target_": "torch.optim.RMSprop", "_partial_": True, "lr": 5e-4, "alpha": 0.99, "eps": 1e-5}
PYMARL_VALUES: dict[str, object] = {
    **{"episodes_per_batch": 1, "updates_per_episode": 1.0, "batch_size": 32, "replay.capacity": 5000},
    **{"gamma": 0.99, "lambda_": 0.0, "double_q": True, "target_update_every": 200, "max_grad_norm": 10.0},
    **{"epsilon.start": 1.0, "epsilon.end": 0.05, "epsilon.steps": 50000, "bootstrap_on_truncation": False},
    **{"agents.hidden": 64, "agents.share_parameters": True, "optimizers.values": RMSPROP},
    **{"lr_schedules.values.start": 1.0, "lr_schedules.values.end": 1.0},
}
REFERENCES: dict[str, dict[str, object]] = {
    "iql_reference": PYMARL_VALUES,
    "vdn_reference": PYMARL_VALUES,
    "qmix_reference": PYMARL_VALUES | {"value_mixer.hidden": 32, "value_mixer.hyper_hidden": [64]},
    "qtran_reference": PYMARL_VALUES
    | {"opt_weight": 1.0, "nopt_weight": 0.1, "joint.hidden": [64, 64], "state_value.hidden": [64, 64]},
    "coma_reference": {
        **{"episodes_per_batch": 8, "gamma": 0.99, "returns.lambda_": 0.8, "critic_window": 1},
        **{"epsilon.start": 0.5, "epsilon.end": 0.01, "epsilon.steps": 100000, "max_grad_norm": 10.0},
        **{"entropy_coef": 0.0, "standardise_advantages": False, "target_update_every": 200},
        **{"actor.hidden": 64, "critic.hidden": [128, 128]},
        **{"optimizers.actor": RMSPROP, "optimizers.critic": RMSPROP},
        **{"lr_schedules.actor.start": 1.0, "lr_schedules.actor.end": 1.0},
    },
}
"""PyMARL's values of 2018; the models' pages name their sources."""


@pytest.mark.parametrize("model", REFERENCES)
def test_a_reference_keeps_its_values_when_the_tuned_model_changes(model):
    assert {name: value_of(model, name) for name in REFERENCES[model]} == REFERENCES[model]
