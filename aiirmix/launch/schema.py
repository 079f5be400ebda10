"""The types of the top-level settings, and the rules between them. Their values are in `conf/`."""

import re
from dataclasses import dataclass, field, is_dataclass
from typing import Any, get_type_hints

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.launch.checker.annotations import PLAIN
from aiirmix.launch.trainer import check_trainer


@dataclass
class Evaluation:
    """How a model is evaluated while it trains."""

    every: int = MISSING
    episodes: int = MISSING
    final_episodes: int = MISSING


@dataclass
class Experiment:
    """One run. Components (`Any`) are checked against the signature of their `_target_`."""

    name: str = MISSING
    seed: int = MISSING
    env_steps: int = MISSING
    model: Any = MISSING
    env: Any = MISSING
    evaluation: Evaluation = field(default_factory=Evaluation)
    logger: Any = MISSING
    callbacks: Any = MISSING
    trainer: Any = MISSING
    threads: int = MISSING


ConfigStore.instance().store(name="schema", node=Experiment)

ALWAYS_NEEDED = ("recorder", "checkpoint")
"""The callbacks without which nothing of a run would be kept."""

GREATEST_SEED = 2**32 - 1
"""NumPy and Lightning take no greater one."""

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_settings(config: dict[str, Any]) -> None:
    """Check the rules that types cannot express, in a composed and resolved configuration.

    Raises:
        ConfigError: a setting is missing or has the wrong type, a budget is not positive or less than one evaluation
            interval, the seed is negative or too large, the name is not a folder name, or the Trainer or a callback
            cannot work.
    """
    _require_all(Experiment, config)
    steps, every = config["env_steps"], config["evaluation"]["every"]
    _at_least(1, "env_steps", steps)
    _at_least(1, "evaluation.every", every)
    _at_least(1, "evaluation.episodes", config["evaluation"]["episodes"])
    _at_least(0, "evaluation.final_episodes", config["evaluation"]["final_episodes"])
    _at_least(1, "threads", config["threads"])
    check_seed(config["seed"])
    if steps < every:
        raise ConfigError(f"env_steps={steps} is less than one evaluation interval, evaluation.every={every}")
    if not _FOLDER.fullmatch(config["name"]):
        raise ConfigError(f"name={config['name']} must be a folder name: letters, digits and ._- only, at most 100")
    check_trainer(config["trainer"])
    for name in ALWAYS_NEEDED:
        if name not in config["callbacks"]:
            raise ConfigError(f"callbacks.{name} must be given: to add your own to it, write callbacks=[default,mine]")


def check_seed(seed: int) -> None:
    """Check that NumPy and Lightning take the seed.

    Raises:
        ConfigError: they do not.
    """
    _at_least(0, "seed", seed)
    if seed > GREATEST_SEED:
        raise ConfigError(f"seed must be at most {GREATEST_SEED}, not {seed}")


def type_of(key: str) -> type | None:
    """Return the type of a top-level setting such as `evaluation.every`; None for a setting of a component."""
    kind: Any = Experiment
    for part in key.split("."):
        kind = get_type_hints(kind).get(part) if is_dataclass(kind) else None
    return kind if kind in (int, bool, str) else None


def _require_all(kind: type, config: dict[str, Any], above: str = "") -> None:
    """Check that no setting was deleted (`~key`), and none refers to another of the wrong type (`seed=${name}`)."""
    for name, inner in get_type_hints(kind).items():
        if name not in config:
            raise ConfigError(f"{above}{name} must be given")
        wanted, fits = PLAIN.get(getattr(inner, "__name__", ""), ("", _anything))
        if not fits(config[name]):
            raise ConfigError(f"{above}{name} must be {wanted}, not {shown(config[name])}")
        if isinstance(inner, type) and is_dataclass(inner):
            _refuse_others(inner, config[name], f"{above}{name}.")
            _require_all(inner, config[name], f"{above}{name}.")


def _refuse_others(kind: type, config: dict[str, Any], above: str) -> None:
    """Check that no setting was added (`+above.key=…`) that nothing reads."""
    known = [f"{above}{name}" for name in get_type_hints(kind)]
    other = next((name for name in config if f"{above}{name}" not in known), None)
    if other is not None:
        raise ConfigError(unknown("key", f"{above}{other}", known, listed=False))


def _anything(_: object) -> bool:
    return True


def _at_least(least: int, key: str, value: int) -> None:
    if value < least:
        raise ConfigError(f"{key} must be at least {least}, not {value}")
