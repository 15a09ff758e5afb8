"""allauth's forms in our manners: a label is a label, not a placeholder; no link to a page that is closed; the cursor where one types."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn


class Plain:
    """Takes out placeholders, and the offer to send a password by mail, which this clinic does not do."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("password", "oldpassword"):
                field.help_text = ""


class SignIn(Plain, account.LoginForm):
    """Email and password."""


class Reauthenticate(Plain, account.ReauthenticateForm):
    """The password again, before a second factor is changed."""


class ChangePassword(Plain, account.ChangePasswordForm):
    """The old password and the new one."""


class SetPassword(Plain, account.SetPasswordForm):
    """A first password."""


class Code(Plain, mfa.AuthenticateForm):
    """A code at sign-in."""


class CodeAgain(Plain, mfa.ReauthenticateForm):
    """A code, before a second factor is changed."""


class ActivateCodes(Plain, totp.ActivateTOTPForm):
    """The first code of an app."""


class AddPasskey(Plain, webauthn.AddWebAuthnForm):
    """A passkey: by default one that signs in without the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        passwordless = self.fields["passwordless"]
        passwordless.label, passwordless.initial = "Sign in with it alone, without a password", True
        passwordless.help_text = "The device asks for its own PIN, finger or face. Leave it out to use the key only after the password."
