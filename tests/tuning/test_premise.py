"""What a study is about: what may change between two commands that continue it, and what is refused."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.launch.compose import configurations
from aiirmix.tuning.request import as_setting, read_request
from aiirmix.tuning.study import Study, check_premise
from aiirmix.tuning.subject import subjects_of
from tests.tuning.conftest import RUN, SPACE


@pytest.fixture
def subject(spaces):
    """Return what a command tunes."""

    def read(*changes, model="none"):
        with configurations():
            words = [f"model={model}", spaces("mine", SPACE), *RUN.split(), *changes]
            request = read_request([as_setting(word) for word in words])
        [found] = subjects_of(request)
        return found

    return read


def test_another_version_of_the_environment_is_refused(subject, monkeypatch):
    Study(subject())
    check_premise(subject())
    monkeypatch.setattr("aiirmix.envs.skirmish.env.SKIRMISH_VERSION", 99)
    told = rf"with another version of the environment: skirmish-{SKIRMISH_VERSION}/8m there, skirmish-99/8m here; give"
    with pytest.raises(ConfigError, match=told):
        check_premise(subject())
