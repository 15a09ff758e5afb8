"""What tests of the clinic share: a hasher that is fast, for passwords that protect nothing."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def fast_hasher(settings: Any) -> None:
    """Real hashing costs a third of a second a password, by intent."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
