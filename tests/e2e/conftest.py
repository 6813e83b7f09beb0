# SPDX-License-Identifier: GPL-3.0-or-later
"""End-to-end tests: whole processes on loopback, and in the namespace lab."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from processes import Ensign  # noqa: E402  (needs the path above)


@pytest.fixture(scope="module")
def sample():
    """A running server of the sample zones, unsigned. Tests leave it as they found it."""
    with Ensign() as server:
        server.add_sample()
        yield server.start()


@pytest.fixture
def server():
    """A server that the test fills and starts itself."""
    with Ensign() as made:
        yield made


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason="network namespaces need root"))


def pytest_configure(config):
    config.addinivalue_line("markers", "lab: needs root for network namespaces")
