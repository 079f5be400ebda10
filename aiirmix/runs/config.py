"""The configuration of a run as plain values, and the differences between two of them."""

import json
from collections.abc import Collection, Iterator
from typing import Any

import yaml
from omegaconf import Container, DictConfig, OmegaConf

from aiirmix.common.digest import short_digest

WITHOUT_EFFECT = (
    "logger",
    "callbacks.progress",
    "trainer.detect_anomaly",
    "trainer.enable_model_summary",
    "trainer.enable_progress_bar",
    "trainer.max_time",
    "trainer.profiler",
)
"""Settings that never change what is computed, only what is shown or when a run pauses.

A run may be resumed with other ones.
"""

SAME_NUMBERS: dict[str, object] = {
    "env.check_actions": True,
    "env.launch_seconds": 180,
    "env.step_seconds": 60,
    "env.threads": 1,
}
"""Settings of this package's environments that change no number either, with the values that digests count them as.

The digests of earlier runs have these values in them.
"""
OURS = "aiirmix."
"""How the targets of this package begin: in an environment of one's own such a setting may mean anything."""


def plain_config(config: Any) -> dict[str, Any]:  # noqa: ANN401 - what OmegaConf.load returns
    """Return the configuration as plain values, with every interpolation resolved.

    Raises:
        OmegaConfBaseException: an interpolation cannot be resolved or a value is missing.
    """
    container = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def plain_value(config: DictConfig, key: str) -> Any:  # noqa: ANN401 - a group of settings, or one
    """Return one top-level entry of a configuration as plain values.

    Raises:
        OmegaConfBaseException: as `plain_config`.
    """
    value = OmegaConf.select(config, key, throw_on_missing=True)
    if isinstance(value, Container):
        return OmegaConf.to_container(value, resolve=True, throw_on_missing=True)
    return value


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes configurations as OmegaConf does, many times as fast. They have nothing in common with one another."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything in full."""
        return True


def _quoted_if_number(dumper: Any, text: str) -> Any:  # noqa: ANN401 - PyYAML has no types
    """Quote what OmegaConf would read as a number: to YAML alone, `1e5` is text."""
    try:
        float(text)
    except ValueError:
        return dumper.represent_str(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'")


_Dumper.add_representer(str, _quoted_if_number)


def config_text(config: dict[str, Any]) -> str:
    """Return a configuration as YAML, which `OmegaConf.load` reads again."""
    return str(yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False))


def matters(key: str, env_target: object = "") -> bool:
    """Whether a setting can change the results of a run, given the environment's `_target_`."""
    if key in SAME_NUMBERS and str(env_target).startswith(OURS):
        return False
    return not any(key == free or key.startswith(f"{free}.") for free in WITHOUT_EFFECT)


def differences(stored: dict[str, Any], wanted: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield the settings that differ and affect the results, as (key, stored value, wanted value)."""
    old, new = dict(leaves(stored)), dict(leaves(wanted))
    target = new.get("env._target_")
    for key in sorted(old.keys() | new.keys()):
        if matters(key, target) and old.get(key, "absent") != new.get(key, "absent"):
            yield key, old.get(key, "absent"), new.get(key, "absent")


def settings_digest(config: dict[str, Any], ignored: Collection[str] = ()) -> str:
    """Return a digest of all settings that can change the results of a run, less some that are ignored."""
    values = {key: value for key, value in leaves(config) if matters(key) and key not in ignored}
    target = values.get("env._target_")
    chosen = [(key, value if matters(key, target) else SAME_NUMBERS[key]) for key, value in values.items()]
    return short_digest(json.dumps(sorted(chosen, key=lambda item: item[0]), default=str).encode())


def configuration_hash(config: dict[str, Any]) -> str:
    """Return a digest of what is learnt and where: the settings of model and environment."""
    return settings_digest({group: config[group] for group in ("model", "env")})


def protocol_hash(config: dict[str, Any]) -> str:
    """Return a digest of how a run is evaluated."""
    return settings_digest({"evaluation": config["evaluation"]})


def leaves(config: dict[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of a nested configuration with its dotted key."""
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
