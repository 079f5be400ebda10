"""Explain errors of Hydra and OmegaConf in one line that says what would be right."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from hydra import compose
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException, ValidationError

from aiirmix.common.errors import ConfigError, first_line, shown, unknown
from aiirmix.launch import hydra_adapter
from aiirmix.launch.checker.annotations import PLAIN
from aiirmix.launch.schema import type_of


def diagnose(error: Exception, overrides: Sequence[Override]) -> ConfigError:
    """Return the error to show for a failed composition of these overrides."""
    return ConfigError(_diagnosis(error, overrides))


def _diagnosis(error: Exception, overrides: Sequence[Override]) -> str:
    if isinstance(error, OverrideParseException):
        return f"cannot read {error.override}: settings are key=value, unusual values in quotes: \"key='a b'\""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _unknown_option(error.missing_cfg_file)
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} must be given"
    if isinstance(error, InterpolationKeyError) and type_of(_referred_to(error)):
        return f"{_referred_to(error)} must be given"
    unchosen = next((override for override in overrides if _chooses_nothing(override)), None)
    if unchosen is not None:
        return _choose_one(unchosen.key_or_group)
    culprit = next((override for override in overrides if _named(override, error)), None)
    if culprit is None:
        place = getattr(error, "full_key", None)
        return f"{place}: {first_line(error)}" if place else first_line(error)
    if isinstance(error.__cause__, ValidationError):
        return _wrong_type(culprit, error.__cause__)
    return _no_such_key(culprit, overrides)


def refuse_plain_choices(overrides: Sequence[Override]) -> None:
    """Check that components are chosen with `model/mixer=linear`, not `model.mixer=linear`.

    Raises:
        ConfigError: an override sets a component to a string.
    """
    suspicious = [one for one in overrides if "." in one.key_or_group and isinstance(one.value(), str)]
    groups = set(_groups()) if suspicious else set()
    for override in suspicious:
        group = override.key_or_group.replace(".", "/")
        if group in groups:
            raise ConfigError(f"{override.input_line} sets a value; to choose a component, write {group}=…")


def _named(override: Override, error: Exception) -> bool:
    text = str(error)
    return f"'{override.key_or_group}'" in text or str(override.input_line) in text


def _chooses_nothing(override: Override) -> bool:
    return override.key_or_group in set(_groups()) and not isinstance(override.value(), str | list | QuotedString)


def _choose_one(group: str) -> str:
    return f"{group} must be one of {', '.join(hydra_adapter.options(group))}"


def _unknown_option(config_file: str) -> str:
    group, _, option = config_file.rpartition("/")
    return unknown(group.rpartition("/")[2] or "configuration", option, hydra_adapter.options(group))


def _wrong_type(culprit: Override, error: ValidationError) -> str:
    key, value = culprit.key_or_group, shown(culprit.value())
    kind = type_of(key)
    if kind is None:
        return f"{key} cannot be {value}: {first_line(error)}"
    return f"{key} must be {PLAIN[kind.__name__][0]}, not {value}"


def _no_such_key(culprit: Override, overrides: Sequence[Override]) -> str:
    key = culprit.key_or_group
    groups, keys = list(_groups()), list(_keys(_without_values(overrides)))
    if key in groups:
        return f"{culprit.input_line} has nothing to choose here: this configuration has no {key.rpartition('/')[2]}"
    if key in keys:
        return _cannot_be(culprit)
    if key.replace("/", ".") in keys:
        return f"{key} is a setting, not a component: write {key.replace('/', '.')}=…"
    return unknown("group", key, groups) if "/" in key else unknown("key", key, keys, listed=False)


def _cannot_be(culprit: Override) -> str:
    """Say why a setting that exists cannot be given so."""
    key, value = culprit.key_or_group, culprit.value()
    if culprit.is_sweep_override():
        return f"{key} has several values; give one"
    if isinstance(value, dict) and not culprit.is_add():
        return f"{key} gets further keys one by one: {' '.join(f'+{key}.{one}=…' for one in value)}"
    return f"{key} is there already: write {key}=…"


def _without_values(overrides: Sequence[Override]) -> dict[str, Any]:
    """Compose the chosen components alone, or the default ones if those do not fit together."""
    groups = set(_groups())
    chosen = [str(override.input_line) for override in overrides if override.key_or_group in groups]
    try:
        config = compose("config", chosen)
    except (HydraException, OmegaConfBaseException):
        config = compose("config", [])
    return cast("dict[str, Any]", OmegaConf.to_container(config))


def _keys(config: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in config.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}.")


def _groups(above: str = "") -> Iterator[str]:
    """Yield all config groups, without those of Hydra itself."""
    for name in hydra_adapter.groups(above):
        group = f"{above}{name}"
        if group != "hydra":
            yield group
            yield from _groups(f"{group}/")


def _referred_to(error: InterpolationKeyError) -> str:
    """Return the setting that an interpolation refers to and that is missing, e.g. deleted with `~key`."""
    quoted = first_line(error).split("'")
    return quoted[1] if len(quoted) > 1 else first_line(error)
