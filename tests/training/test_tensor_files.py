"""Files of tensors: whole or refused, compressed or not."""

from typing import Any

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.training.tensor_files import load_tensors, save_small

CONTENT: dict[str, Any] = {
    "state_dict": {"weight": torch.linspace(0, 1, 5000).round(decimals=2)},
    "names": ["actor"],
    "steps": 3,
}


def test_a_small_file_has_the_content_of_a_plain_one_and_is_smaller(tmp_path):
    plain, small = tmp_path / "plain.ckpt", tmp_path / "small.ckpt"
    torch.save(CONTENT, plain)
    save_small(CONTENT, small)
    for content in (load_tensors(small), load_tensors(plain)):
        assert torch.equal(content["state_dict"]["weight"], CONTENT["state_dict"]["weight"])
        assert {**content, "state_dict": None} == {**CONTENT, "state_dict": None}
    assert small.stat().st_size < plain.stat().st_size / 2


def test_a_small_file_has_the_same_bytes_whenever_it_is_written(tmp_path, monkeypatch):
    files = [tmp_path / "one.ckpt", tmp_path / "two.ckpt"]
    save_small(CONTENT, files[0])
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    save_small(CONTENT, files[1])
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("place", [0.3, 0.6])
def test_a_changed_byte_of_a_small_file_is_noticed(tmp_path, place):
    file = tmp_path / "small.ckpt"
    save_small({"weight": torch.rand(5000)}, file)
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"^{file} is damaged: "):
        load_tensors(file)
