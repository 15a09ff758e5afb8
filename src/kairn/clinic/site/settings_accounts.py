"""Settings of accounts and access: sign-in, passkeys, codes, sessions, lockout and the idle lock."""

from __future__ import annotations

ACCOUNTS_APPS = ("kairn.clinic.people", "allauth", "allauth.account", "allauth.mfa", "django.contrib.humanize")
"""For INSTALLED_APPS; people stands before allauth so that its templates win."""

ACCOUNTS_MIDDLEWARE = (
    "allauth.account.middleware.AccountMiddleware",
    "kairn.clinic.people.device.DeviceMiddleware",
    "kairn.clinic.people.idle.IdleLockMiddleware",
    "kairn.clinic.people.access.AccessMiddleware",
)
"""For MIDDLEWARE, in this order, after sessions, CSRF and authentication."""

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["kairn.clinic.people.open_accounts.Accounts"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kairn.clinic.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "kairn.clinic.people.forms.SignIn",
    "reauthenticate": "kairn.clinic.people.forms.Reauthenticate",
    "change_password": "kairn.clinic.people.forms.ChangePassword",
    "set_password": "kairn.clinic.people.forms.SetPassword",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# allauth's limit on wrong passwords counts an account wherever the guesses come from, so that a stranger could lock a nurse out. Ours
# (people.lockout) counts account and address together and can be lifted; allauth's stays as the outer wall against guessing from many places.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,60/5m/key", "login": "120/m/ip"}

MFA_ADAPTER = "kairn.clinic.people.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "kairn.clinic.people.forms.Code",
    "reauthenticate": "kairn.clinic.people.forms.CodeAgain",
    "activate_totp": "kairn.clinic.people.forms.ActivateCodes",
    "add_webauthn": "kairn.clinic.people.forms.AddPasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Kairn"

SESSION_ENGINE = "kairn.clinic.people.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

KAIRN_IDLE_MINUTES = 10
"""A session untouched this long is locked, not ended."""
KAIRN_LOCKOUT = {"failures": 5, "minutes": 15}
"""So many failures of one account from one address within so many minutes lock that pair out until the oldest of them is that old."""
KAIRN_PIN_FAILURES = 5
"""So many wrong PINs on one device, and only the password opens it again."""
KAIRN_BREAK_GLASS_MINUTES = 15
KAIRN_OFFLINE_HOURS = 12
"""How long what was entered on a tablet without network keeps its author by itself; after that a named person claims it."""
CSRF_FAILURE_VIEW = "kairn.clinic.people.unheard.csrf_failure"
KAIRN_SHIFT_HOURS = 12
"""How long somebody who takes a visit is on shift with it."""
KAIRN_UNDO_SECONDS = 10
"""How long the word that an entry was received offers to take it back."""
