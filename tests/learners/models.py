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
COMPARED = [*CELLS, "none"]
MODELS = sorted(path.stem for path in Path(CONF, "model").glob("*.yaml"))
PRINTED = {"base": {"proximal": "actor_critic"}, "balance": {"gated": "total"}}
"""What takes the place of a shipped model's parts in the paper: one step, λ-returns, the advantage of r_total."""


def printed(model):
    """Name a shipped model in the form of the paper's equations."""
    return f"{model}, printed"


FORMS = sorted([*MODELS, *map(printed, COMPARED)])
"""The shipped models, and the paper's in the form of its equations."""
LEARNERS = ["aiir_mix", printed("aiir_mix"), "coma", "mappo", "qmix", "qtran"]
"""A model of each class of learners, and one of each update of actors."""
FAMILIES = [*LEARNERS, "iql", "liir", "none", printed("none"), "rnd"]
"""A model of each kind of learner; the others differ from one of them in their settings."""
META_MODELS = [*CELLS, "aiir_mix_paper", "liir_code"]


@cache
def choices_of(model):
    """Return what a model chooses of the groups in conf/model, such as its base; its own name if it has none."""
    name, _, form = model.partition(", ")
    defaults = OmegaConf.load(Path(CONF, "model", f"{name}.yaml")).defaults
    choices = choices_of(defaults[0]) if defaults[0] in MODELS else {"base": name}
    for one in defaults:
        if isinstance(one, DictConfig):
            choices = choices | {str(group).removeprefix("override "): choice for group, choice in one.items()}
    return choices | replaced(choices) if form else choices


def replaced(choices):
    """Return what the printed form has instead of some of a model's choices."""
    return {group: PRINTED[group][one] for group, one in choices.items() if one in PRINTED.get(group, {})}


@cache
def _composed(model, overrides=()):
    name, _, form = model.partition(", ")
    parts = {f"model/{group}": one for group, one in replaced(choices_of(name)).items()} if form else {}
    chosen = {override.partition("=")[0] for override in overrides}
    added = [f"{group}={one}" for group, one in parts.items() if group not in chosen]
    with configurations():
        return compose_run((f"model={name}", *added, *overrides)).model


def shrink(node, width=7):
    """Make every hidden layer narrow, in place."""
    for key, value in node.items():
        if key == "hidden":
            node[key] = [width] * len(value) if OmegaConf.is_list(value) else width
        elif isinstance(value, DictConfig):
            shrink(value, width)


def make_learner(model, spec, *overrides, seed=0, width=7):
    """Build the learner that `model=… overrides` composes, with narrow layers. Overrides go before a form."""
    config = _composed(model, overrides).copy()
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
    return OmegaConf.select(_composed(model), setting)


def settings(model, **values):
    """Return overrides for those of the settings that the model has."""
    return [f"model.{key}={value}" for key, value in values.items() if value_of(model, key) is not None]


def one_epoch(model):
    """Return overrides with which a model makes all updates of a batch in `learn`, those of reward parameters too."""
    return settings(model, **{"update.epochs": 1})


def models_with(setting):
    """List the models that have a setting, as models with one base do."""
    examples = {choices_of(family)["base"]: family for family in FAMILIES}
    return [model for model in FORMS if value_of(examples[choices_of(model)["base"]], setting) is not None]


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
