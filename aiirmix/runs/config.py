"""The configuration of a run as plain values, and the differences between two of them."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from omegaconf import OmegaConf

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


def plain_config(config: Any) -> dict[str, Any]:  # noqa: ANN401 - what OmegaConf.load returns
    """Return the configuration as plain values, with every interpolation resolved.

    Raises:
        OmegaConfBaseException: an interpolation cannot be resolved or a value is missing.
    """
    container = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def matters(key: str) -> bool:
    """Whether a setting can change the results of a run."""
    return not any(key == free or key.startswith(f"{free}.") for free in WITHOUT_EFFECT)


def differences(stored: dict[str, Any], wanted: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield the settings that differ and affect the results, as (key, stored value, wanted value)."""
    old, new = dict(leaves(stored)), dict(leaves(wanted))
    for key in sorted(old.keys() | new.keys()):
        if matters(key) and old.get(key, "absent") != new.get(key, "absent"):
            yield key, old.get(key, "absent"), new.get(key, "absent")


def settings_digest(config: dict[str, Any], ignored: Collection[str] = ()) -> str:
    """Return a digest of all settings that can change the results of a run, less some that are ignored."""
    chosen = [(key, value) for key, value in leaves(config) if matters(key) and key not in ignored]
    return short_digest(json.dumps(sorted(chosen, key=lambda item: item[0]), default=str).encode())


def leaves(config: dict[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of a nested configuration with its dotted key."""
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
