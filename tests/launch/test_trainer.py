"""The arguments of Lightning's Trainer: those that a run can have, and those that it cannot."""

import inspect

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.launch.compose import compose_run, configurations
from aiirmix.launch.trainer import INSTEAD, refuse_arguments


def test_every_argument_is_a_setting_or_refused():
    from pytorch_lightning import Trainer

    with configurations():
        settings = set(compose_run([]).trainer) - {"_target_"}
    arguments = set(inspect.signature(Trainer).parameters)
    assert settings <= arguments
    assert not settings & set(INSTEAD)
    assert arguments - settings <= set(INSTEAD)


@pytest.mark.parametrize("line", ["trainer.max_epochs=3", "+trainer.max_epochs=3", "++trainer.max_epochs=3"])
def test_an_argument_that_cannot_work_says_what_does(type_in, line):
    assert type_in(line) == (2, "", "error: trainer.max_epochs does not work here: use env_steps\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("trainer.threads=2", "use threads, which is a setting of the run"),
        ("trainer.progress=false", "use trainer.enable_progress_bar"),
        ("+trainer.gradient_clip_val=1", "use model.max_grad_norm"),
        ("+trainer.precision=bf16-mixed", "networks compute in float32"),
    ],
)
def test_other_settings_take_the_place_of_arguments(type_in, line, told):
    answer = type_in(line)
    assert answer.code == 2
    assert answer.err.endswith(f"does not work here: {told}\n")


def test_an_argument_is_checked_against_the_signature_of_the_trainer(type_in):
    assert (
        type_in("trainer.deterministic=5").err
        == "error: trainer.deterministic must be true or false or one of warn or null, not 5\n"
    )
    assert type_in("+trainer.profile=x").err == "error: unknown key trainer.profile; did you mean trainer.profiler?\n"


def test_components_that_are_no_arguments_may_have_such_names():
    refuse_arguments(["logger", "callbacks", "model.precision", "trainer.accelerator"])
    with pytest.raises(ConfigError):
        refuse_arguments(["trainer.logger"])


def test_loggers_and_callbacks_are_lists(type_in, runs_of):
    started = runs_of()
    assert type_in("logger=[wandb,tensorboard]").code == 0
    config, _ = started[0]
    assert list(config.logger) == ["wandb", "tensorboard"]
    assert list(config.callbacks) == ["recorder", "checkpoint", "progress"]
