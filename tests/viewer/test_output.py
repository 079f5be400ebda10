"""Every kind of file is written whole or not at all."""

import pytest

from aiirmix.viewer.output import RECORDING_SUFFIX, write
from tests.viewer.sample_battles import AMBUSH


@pytest.mark.parametrize("suffix", [".html", ".gif", ".mp4", RECORDING_SUFFIX])
def test_an_interrupted_write_leaves_only_the_old_file(tmp_path, monkeypatch, suffix):
    if suffix == ".mp4":
        pytest.importorskip("imageio_ffmpeg", reason="videos need the extra `video`")
    path = tmp_path / f"battle{suffix}"
    path.write_text("old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(AMBUSH, [path])
    assert [(file, file.read_text()) for file in tmp_path.iterdir()] == [(path, "old")]
