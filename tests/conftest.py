"""What all tests share."""

import pytest
import torch
from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.load_profile("quick")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tiny networks are fastest with one, and tests may run side by side."""
    torch.set_num_threads(1)
