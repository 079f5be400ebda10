"""The arguments of Lightning's Trainer that a run cannot have, and the settings that take their place."""

import re
from collections.abc import Iterable, Mapping

from aiirmix.common.errors import ConfigError, shown

_ONE_DEVICE = "a run uses one device; many runs at once: -m hydra/launcher=joblib"
_FIXED = "it is fixed, as episodes are played on demand"

INSTEAD = {
    **dict.fromkeys(("max_epochs", "max_steps", "min_epochs", "min_steps"), "use env_steps"),
    **dict.fromkeys(("fast_dev_run", "overfit_batches", "limit_train_batches"), "use env_steps"),
    **dict.fromkeys(("val_check_interval", "check_val_every_n_epoch", "num_sanity_val_steps"), "use evaluation.every"),
    "limit_val_batches": "use evaluation.episodes",
    **dict.fromkeys(("limit_test_batches", "limit_predict_batches"), "use aiirmix evaluate --episodes"),
    **dict.fromkeys(("gradient_clip_val", "gradient_clip_algorithm"), "use model.max_grad_norm"),
    "accumulate_grad_batches": "use the model's own number of episodes, e.g. model.episodes_per_batch",
    "progress": "use trainer.enable_progress_bar",
    "threads": "use threads, which is a setting of the run",
    "logger": "use the group logger, e.g. logger=wandb",
    "callbacks": "use the group callbacks, e.g. +callbacks.mine._target_=package.module.Class",
    "enable_checkpointing": "use callbacks.checkpoint",
    "default_root_dir": "use name: a run's directory follows from its settings",
    **dict.fromkeys(("num_nodes", "strategy", "sync_batchnorm", "use_distributed_sampler"), _ONE_DEVICE),
    "precision": "networks compute in float32",
    **dict.fromkeys(("log_every_n_steps", "reload_dataloaders_every_n_epochs", "inference_mode"), _FIXED),
    **dict.fromkeys(("plugins", "barebones", "enable_autolog_hparams", "model_registry"), "it is fixed"),
}
"""What to use in place of an argument."""

_TIME = re.compile(r"\d+(:\d\d){3}")


def refuse_arguments(keys: Iterable[str]) -> None:
    """Make sure that a run can have the arguments of the Trainer that are among these settings.

    Raises:
        ConfigError: it cannot have one; the message says what to use instead.
    """
    for key in keys:
        group, _, name = key.partition(".")
        if group == "trainer" and name in INSTEAD:
            raise ConfigError(f"{key} does not work here: {INSTEAD[name]}")


def check_trainer(trainer: Mapping[str, object]) -> None:
    """Check the arguments of the Trainer, as far as its signature does not.

    Raises:
        ConfigError: one of them is impossible.
    """
    refuse_arguments(f"trainer.{name}" for name in trainer)
    devices, max_time = trainer.get("devices"), trainer.get("max_time")
    if devices != 1 and not (isinstance(devices, list) and len(devices) == 1):
        raise ConfigError(f"trainer.devices must be 1, or a list with the number of one, not {shown(devices)}")
    if max_time is not None and not (isinstance(max_time, str) and _TIME.fullmatch(max_time)):
        raise ConfigError(f"trainer.max_time must be days:hours:minutes:seconds, 00:12:00:00, not {shown(max_time)}")
