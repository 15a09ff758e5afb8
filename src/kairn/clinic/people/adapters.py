"""What sign-in does our way: closed sign-up, our lockout, encrypted second factors."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from kairn.clinic.people import lockout


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the clinic; failures count by account and address."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "That email and that password do not belong together. Nothing was changed.",
        "too_many_login_attempts": "Too many wrong tries for this account from this place. Wait, or ask a clinic lead to lift the lockout.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Ask the lockout, then the password; an attempt counts before it is tried."""
        pair = lockout.Pair.of(credentials.get("email") or credentials.get("username") or "", self.get_client_ip(request))
        if not lockout.begin(pair):
            raise self.validation_error("too_many_login_attempts")
        user = super().authenticate(request, **credentials)
        if user is not None:
            lockout.succeeded(pair, user)
        return user

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **more: Any) -> None:
        """No toast for signing in or out: the page itself shows it."""
        if not (message_template or "").endswith(("logged_in.txt", "logged_out.txt")):
            super().add_message(request, level, message_template, *rest, **more)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors are stored encrypted under a key that is not in the database."""

    def encrypt(self, text: str) -> str:
        """Text for the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` took."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    digest = salted_hmac("kairn.people.second-factor", "key", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(digest))
