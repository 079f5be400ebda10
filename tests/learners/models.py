"""Learners, composed as on the command line."""

from functools import cache, partial
from pathlib import Path

import torch
from omegaconf import DictConfig, OmegaConf

from aiirmix.common.resources import CONF
from aiirmix.launch.compose import compose_run, configurations
from aiirmix.training.build import build
from tests.toys import as_double, random_batch, small_spec

SPEC = small_spec()
CELLS = ["liir", "rmix", "aiir", "aiir_mix"]
MODELS = sorted(path.stem for path in Path(CONF, "model").glob("*.yaml"))
FAMILIES = ["aiir_mix", "coma", "iql", "liir", "mappo", "none", "qmix", "qtran", "rnd"]
"""A model of each kind of learner; the others differ from one of them in their settings."""
LEARNERS = ["aiir_mix", "coma", "mappo", "qmix", "qtran"]
"""A model of each class of learners, and one of each update of actors."""
META_MODELS = [*CELLS, "aiir_mix_paper", "liir_code"]


@cache
def _composed(overrides):
    with configurations():
        return compose_run(overrides).model


def shrink(node, width=7):
    """Make every hidden layer narrow, in place."""
    for key, value in node.items():
        if key == "hidden":
            node[key] = [width] * len(value) if OmegaConf.is_list(value) else width
        elif isinstance(value, DictConfig):
            shrink(value, width)


def make_learner(model, spec, *overrides, seed=0, width=7):
    """Build the learner that `model=… overrides` composes, with narrow layers."""
    config = _composed((f"model={model}", *overrides)).copy()
    shrink(config, width)
    return build(config, spec=spec, seed=seed)


def make_double(model, *overrides):
    """Build the learner for `SPEC` in double precision."""
    return make_learner(model, SPEC, *overrides).double()


def double_batch(seed=0, lengths=(6, 4, 4, 2), epsilon=0.0):
    """Return ragged episodes of `SPEC` in double precision, with dead agents and unavailable actions."""
    return as_double(random_batch(SPEC, lengths=lengths, seed=seed, epsilon=epsilon))


def value_of(model, setting):
    """Return a setting of a shipped model; None if it has no such setting."""
    return OmegaConf.select(_composed((f"model={model}",)), setting)


def settings(model, **values):
    """Return overrides for those of the settings that the model has."""
    return [f"model.{key}={value}" for key, value in values.items() if value_of(model, key) is not None]


@cache
def base_of(model):
    """Return the name of the settings in conf/model/base that a shipped model begins with; its own without any."""
    first = OmegaConf.select(OmegaConf.load(Path(CONF, "model", f"{model}.yaml")), "defaults[0]")
    if isinstance(first, DictConfig):
        return first.get("base", model)
    return base_of(first) if first in MODELS else model


def models_with(setting):
    """List the shipped models that have a setting, as models with one base do."""
    examples = {base_of(family): family for family in FAMILIES}
    return [model for model in MODELS if value_of(examples[base_of(model)], setting) is not None]


def with_sgd(learner, actor=0.1, rewards=0.0):
    """Use plain, unclipped gradient steps for actors and reward parameters (the latter stay constant by default)."""
    learner.max_grad_norm = torch.inf
    learner.add_optimizer("actor", partial(torch.optim.SGD, lr=actor), learner.actor)
    if "rewards" in learner.optimizers_by_name:
        learner.add_optimizer("rewards", partial(torch.optim.SGD, lr=rewards), learner.intrinsic, learner.mixer)
    return learner


def parameters_of(learner, *names):
    """Copy the parameters of these parts, or of the whole learner."""
    parts = {name: getattr(learner, name) for name in names} if names else {"learner": learner}
    return {f"{k}.{n}": p.detach().clone() for k, part in parts.items() for n, p in part.named_parameters()}


def assert_same_parameters(first, second, rtol=0.0, atol=0.0):
    torch.testing.assert_close(first, second, rtol=rtol, atol=atol)
