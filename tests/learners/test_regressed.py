"""The presets whose intrinsic source regresses on the team's advantage."""

import pytest

from aiirmix.launch.compose import compose_run, configurations


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("aiir_regressed", ["model=aiir", "model/intrinsic=attention_own_action", "model/meta=regress_advantage"]),
        ("liir_regressed", ["model=liir", "model.intrinsic.inputs=[obs]", "model/meta=regress_advantage"]),
    ],
)
def test_a_preset_is_its_model_with_these_overrides(preset, words):
    with configurations():
        assert compose_run([f"model={preset}"]).model == compose_run(words).model
