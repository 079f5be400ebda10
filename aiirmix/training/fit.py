"""One run: built from its configuration, trained to its budget, recorded, and resumed where it was interrupted."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from functools import partial

import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from omegaconf import DictConfig
from pytorch_lightning import Trainer, seed_everything

from aiirmix.learners.base import Learner
from aiirmix.runs.config import plain_config
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import heartbeat
from aiirmix.training import checkpoint
from aiirmix.training.build import build
from aiirmix.training.data_module import BattleData
from aiirmix.training.loggers import Log
from aiirmix.training.memory import keep_freed_memory
from aiirmix.training.progress import Progress, Spent
from aiirmix.training.provenance import record_provenance
from aiirmix.training.recorder import Recorder


def fit(cfg: DictConfig, directory: RunDirectory) -> Spent:
    """Trains until `cfg.env_steps` environment steps are played and the last evaluation is written.

    Returns:
        What that took.
    """
    _quieten()
    keep_freed_memory()
    torch.set_num_threads(cfg.trainer.threads)
    seed_everything(cfg.seed, verbose=False)
    make_env = partial(build, cfg.env)
    with (
        closing(BattleData(make_env, cfg.seed, cfg.evaluation.every, cfg.evaluation.episodes)) as battles,
        ExitStack() as open_loggers,
    ):
        record_provenance(directory.provenance_file, battles.env.spec)
        learner: Learner = build(cfg.model, spec=battles.env.spec, seed=cfg.seed)
        battles.attach(learner)
        logs = [open_loggers.enter_context(logger) for logger in _loggers(cfg, directory)]
        recorder = Recorder(directory, battles, cfg.env_steps, logs)
        resumed = recorder.resume(learner)
        progress = Progress(recorder, battles, cfg.trainer.progress)
        trainer = _trainer(cfg, [recorder, progress])
        with heartbeat(directory.progress_file, lambda: int(learner.env_steps), cfg.env_steps):
            if not resumed:
                trainer.validate(learner, battles, verbose=False)
            if int(learner.env_steps) < cfg.env_steps:
                checkpoint.require_space_for_replay(recorder.checkpoint, learner, cfg.env_steps)
                trainer.fit(learner, battles)
            if cfg.evaluation.final_episodes:
                recorder.record_absolute(learner, cfg.evaluation.final_episodes)
    return progress.spent


def _loggers(cfg: DictConfig, directory: RunDirectory) -> Iterator[AbstractContextManager[Log]]:
    """The chosen loggers (`aiirmix.training.loggers`), which get the configuration as plain values."""
    for entry in cfg.logger.values():
        yield build(entry, cfg=plain_config(cfg), directory=directory)


def _trainer(cfg: DictConfig, callbacks: list[Recorder | Progress]) -> Trainer:
    """Checkpoints, progress, logs and counts are ours: Lightning counts optimiser steps, we count environment steps."""
    return Trainer(
        accelerator=cfg.trainer.accelerator,
        devices=1,
        max_epochs=-1,
        logger=False,
        callbacks=list(callbacks),
        # Without it, Lightning in a Slurm job would requeue the job itself, with a checkpoint of its own.
        plugins=[LightningEnvironment()],
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _quieten() -> None:
    """Silences advice of Lightning's that is about datasets on disk, and about Slurm."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", module="lightning_fabric")
