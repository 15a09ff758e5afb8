"""Signing in, being locked out and let in again, the idle lock and the PIN, on the running site."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from django.utils import timezone

from kairn.clinic.people import care, idle, lockout, lookups, pin, table
from kairn.clinic.people.accounts import Made, close_account, make_account
from kairn.clinic.people.models import DeviceSignIn, SignInFailure, User

OPEN, LOCKED = 200, "/accounts/locked"


def person(clinic: UUID, role: str, name: str = "Noor Haddad") -> Made:
    """An account of this test's own."""
    return make_account(clinic, name, f"{uuid4().hex[:10]}@test.example", [role])


def sign_in(client: Client, made: Made, password: str = "", address: str = "10.0.0.1") -> int:
    """What the sign-in page answers: 302 when it let in, 200 when it showed itself again."""
    body = {"login": made.user.email, "password": password or made.password}
    return client.post(reverse("account_login"), body, REMOTE_ADDR=address).status_code


def age(client: Client, minutes: int) -> None:
    """Let the session lie idle."""
    session = client.session
    session[idle.SEEN] -= minutes * 60
    session.save()


def test_a_password_signs_in_and_a_wrong_one_does_not(clinic_id: UUID) -> None:
    made = person(clinic_id, "nurse")
    assert sign_in(Client(), made, "wrong") == OPEN
    client = Client()
    assert sign_in(client, made) == 302
    assert client.get(reverse("mfa_index")).status_code == OPEN
    assert made.password not in made.user.password


def test_sign_up_is_closed(clinic_id: UUID) -> None:
    body = {"email": "new@test.example", "password1": "a-long-password-7", "password2": "a-long-password-7"}
    assert Client().post(reverse("account_signup"), body).status_code in (302, 403)
    assert not User.objects.filter(email="new@test.example").exists()


def test_the_sign_in_page_offers_a_passkey_and_no_inline_code(clinic_id: UUID) -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert "Sign in with a passkey" in page and "onclick" not in page and "style=" not in page
    scripts = [part.split(">")[0] for part in page.split("<script")[1:]]
    assert all("src=" in script or "application/json" in script for script in scripts)


def test_five_wrong_passwords_lock_the_account_out_from_that_address_only(clinic_id: UUID) -> None:
    made, elsewhere = person(clinic_id, "nurse"), "10.0.0.9"
    open_session = Client()
    assert sign_in(open_session, made, address=elsewhere) == 302
    for _ in range(5):
        assert sign_in(Client(), made, "wrong") == OPEN
    assert sign_in(Client(), made) == OPEN, "the right password must not open a locked-out pair"
    assert sign_in(Client(), made, address=elsewhere) == 302, "another address is not locked out"
    assert open_session.get(reverse("mfa_index")).status_code == OPEN, "an open session goes on"


def test_a_lead_lifts_a_lockout_and_a_nurse_cannot(clinic_id: UUID) -> None:
    made, lead, nurse = person(clinic_id, "nurse"), person(clinic_id, "clinic-lead"), person(clinic_id, "nurse")
    for _ in range(6):
        sign_in(Client(), made, "wrong")
    assert [each.email for each in lockout.in_force(clinic_id)] == [made.user.email]
    for who, answer in ((nurse, 403), (lead, 302)):
        client = Client()
        client.force_login(who.user)
        assert client.post(reverse("lockouts"), {"email": made.user.email}).status_code == answer
    assert sign_in(Client(), made) == 302


def test_a_lockout_ends_by_itself(clinic_id: UUID) -> None:
    pair, now = lockout.Pair.of(person(clinic_id, "nurse").user.email, "10.0.0.1"), timezone.now()
    assert [lockout.begin(pair, now) for _ in range(6)] == [True] * 5 + [False]
    until = lockout.locked_until(pair, now)
    assert until is not None
    assert not lockout.begin(pair, until - timedelta(seconds=1))
    assert lockout.begin(pair, until + timedelta(seconds=1))


def test_many_guesses_at_once_gain_nothing(clinic_id: UUID) -> None:
    from django.db import connections

    pair = lockout.Pair.of(person(clinic_id, "nurse").user.email, "10.0.0.1")

    def guess(_: int) -> bool:
        try:
            return lockout.begin(pair)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(40))) == 5


def test_what_names_no_account_is_not_kept_in_clear(clinic_id: UUID) -> None:
    typed = f"my-secret-password-{uuid4().hex}"
    Client().post(reverse("account_login"), {"login": f"{typed}@test.example", "password": "x"})
    assert not SignInFailure.objects.filter(email__contains=typed).exists()


def test_a_closed_account_leaves_at_once(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    close_account(made.user.memberships.get())
    assert client.get(reverse("mfa_index")).status_code == 302
    again = Client()
    sign_in(again, made)
    assert "_auth_user_id" not in again.session


def test_an_idle_session_is_locked_and_not_ended(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    age(client, 11)
    answer = client.get(reverse("mfa_index"))
    assert answer.status_code == 302 and answer["Location"].startswith(LOCKED)
    assert client.post(reverse("locked"), {"password": "wrong"}).status_code == 422
    assert client.post(reverse("locked"), {"password": made.password, "next": reverse("mfa_index")})["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == OPEN


def test_what_a_page_asks_for_by_itself_does_not_keep_a_session_open(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    age(client, 9)
    client.get(reverse("robots")) if "robots" in get_resolver().reverse_dict else client.get(reverse("service_worker"))
    age(client, 2)
    assert client.get(reverse("mfa_index")).status_code == 302


def test_a_board_that_brings_itself_anew_does_not_keep_a_session_open(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    age(client, 9)
    for board in ("today", "chairs"):
        assert client.get(reverse(board), headers={idle.UNASKED: "1"}).status_code == OPEN
    age(client, 2)
    assert client.get(reverse("today"), headers={idle.UNASKED: "1"}).status_code == 302


def test_the_lock_does_not_cover_the_board_of_running_visits(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    age(client, 11)
    shown = client.get(reverse("chairs"), headers={idle.UNASKED: "1"})
    assert shown.status_code == OPEN and b'id="board"' in shown.content
    assert client.get(reverse("today")).status_code == 302, "whoever goes on from there meets the lock"


def test_activity_keeps_a_session_open(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    age(client, 9)
    assert client.post(reverse("seen")).status_code == 204
    age(client, 9)
    assert client.get(reverse("mfa_index")).status_code == OPEN


def test_the_lock_sends_nobody_to_another_site(clinic_id: UUID) -> None:
    made, client = person(clinic_id, "nurse"), Client()
    sign_in(client, made)
    client.post(reverse("lock_now"))
    assert client.post(reverse("locked"), {"password": made.password, "next": "https://elsewhere.example/"})["Location"] == "/"


@pytest.fixture
def tablet(clinic_id: UUID) -> Any:
    """A device on which two nurses signed in fully today, both with a PIN; the second one's session is open."""
    first, second = person(clinic_id, "nurse", "Noor Haddad"), person(clinic_id, "nurse", "Eli Brandt")
    client = Client()
    for made in (first, second):
        assert pin.set_pin(made.user, "2846") == ""
        client.post(reverse("account_logout"))
        assert sign_in(client, made) == 302
    return client, first.user, second.user


def test_a_pin_opens_and_switches_where_both_signed_in_today(tablet: Any) -> None:
    client, first, second = tablet
    client.post(reverse("lock_now"))
    assert "Noor Haddad" in client.get(reverse("locked")).content.decode()
    assert client.post(reverse("locked"), {"person": str(second.id), "pin": "2846"}).status_code == 302
    assert client.session["_auth_user_id"] == str(second.id)
    assert client.post(reverse("locked"), {"person": str(first.id), "pin": "2846"}).status_code == 302
    assert client.session["_auth_user_id"] == str(first.id) and not client.session[idle.LOCKED]


def test_a_pin_is_used_up_after_five_wrong_ones(tablet: Any) -> None:
    client, first, _second = tablet
    client.post(reverse("lock_now"))
    for _ in range(5):
        assert client.post(reverse("locked"), {"person": str(first.id), "pin": "1111"}).status_code == 422
    assert client.post(reverse("locked"), {"person": str(first.id), "pin": "2846"}).status_code == 422
    assert client.session[idle.LOCKED]


def test_a_pin_does_not_work_on_another_device_or_another_day(tablet: Any) -> None:
    client, first, second = tablet
    other = Client()
    other.force_login(second)
    assert other.post(reverse("locked"), {"person": str(first.id), "pin": "2846"}).status_code == 422
    DeviceSignIn.objects.filter(user=first).update(at=timezone.now() - timedelta(days=1))
    assert client.post(reverse("locked"), {"person": str(first.id), "pin": "2846"}).status_code == 422


@pytest.mark.parametrize("weak", ["123", "1111", "1234", "9876", "12a4", "١٢٣٤", "246802468"])
def test_a_weak_pin_is_refused(weak: str) -> None:
    assert pin.refuse_pin(weak)


def test_a_pin_is_stored_hashed(clinic_id: UUID) -> None:
    made = person(clinic_id, "nurse")
    pin.set_pin(made.user, "2846")
    assert "2846" not in User.objects.get(id=made.user.id).pin


@pytest.fixture
def running(clinic_id: UUID) -> Any:
    """A visit that runs, a nurse on shift with it, and her browser left idle."""
    made, visit = person(clinic_id, "nurse"), uuid4()
    patient = care.new_patient(clinic_id, uuid4(), family_name="Byrne")
    care.take_shift(made.user, patient.id, visit, 4)
    before = lookups.hand_in(lookups.Lookups(patient_of_visit={visit: patient.id}.get, visit_runs=lambda asked: asked == visit))
    client = Client()
    sign_in(client, made)
    age(client, 11)
    yield client, patient.id, visit
    lookups.hand_in(before)


def _reverse(name: str, patient: UUID, visit: UUID, act: str = "pump-stopped") -> str:
    for words in ({"visit": visit}, {"patient": patient, "visit": visit}, {"visit": visit, "act": act}, {"patient": patient, "visit": visit, "act": act}):
        try:
            return reverse(name, kwargs=words)
        except Exception:
            continue
    pytest.skip(f"no page {name} yet")


@override_settings(ROOT_URLCONF="tests.clinic.chair_urls")
def test_the_lock_never_covers_a_running_visit(running: Any) -> None:
    client, patient, visit = running
    shown = client.get(_reverse("chair", patient, visit))
    assert shown.status_code == OPEN and shown.content == b"dimmed"
    assert client.get(reverse("mfa_index")).status_code == 302, "every other page stays locked"
    assert client.get(_reverse("chair", patient, uuid4())).status_code == 302, "a visit that does not run is covered"


@override_settings(ROOT_URLCONF="tests.clinic.chair_urls")
def test_dimmed_only_pump_stopped_works(running: Any) -> None:
    client, patient, visit = running
    assert client.post(_reverse("chair_act", patient, visit, "pump-stopped")).content == b"dimmed"
    answer = client.post(_reverse("chair_act", patient, visit, "vitals"), {"act": "pump-stopped"})
    assert answer.status_code == 302 and answer["Location"].startswith(LOCKED), "the act in the address counts, not the one in the form"
    assert table.table().lock.acts == {"chair_act": frozenset({"pump-stopped"})}


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "account_change_password",
        "account_reauthenticate",
    ]
    + ["account_logout", "pin", "locked", "people_list", "lockouts", "access_review"],
)
def test_pages_of_accounts_open_in_our_frame(clinic_id: UUID, name: str) -> None:
    made, client = person(clinic_id, "clinic-lead"), Client()
    sign_in(client, made)
    again = reverse("account_reauthenticate")
    client.post(again, {"password": made.password})
    page = client.get(reverse(name), follow=True)
    text = page.content.decode()
    assert page.status_code == OPEN and "<main" in text and "kairn.css" in text
    assert "placeholder" not in text and "Forgot" not in text and "style=" not in text


def test_codes_of_an_app_are_asked_at_sign_in_and_stored_encrypted(clinic_id: UUID) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time

    made, client, secret = person(clinic_id, "nurse"), Client(), generate_totp_secret()
    TOTP.activate(made.user, secret)
    assert secret not in str(Authenticator.objects.get(user=made.user).data)
    assert sign_in(client, made) == 302
    assert client.get(reverse("mfa_index")).status_code == 302, "the password alone does not sign in"
    assert not DeviceSignIn.objects.filter(user=made.user).exists(), "half a sign-in is no ground for a PIN"
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get(reverse("mfa_index")).status_code == OPEN
    assert DeviceSignIn.objects.filter(user=made.user).exists()


@pytest.mark.parametrize(
    ("view", "sent", "sentence"),
    [
        ("pin", {"pin": "1234", "password": ""}, "That is not the password of this account. Nothing was changed."),
        ("locked", {"password": "wrong"}, "That is not the password of this account. Nothing was changed."),
        ("people_list", {"name": "", "email": "a@test.example"}, "Saw no name; expected the name colleagues know. No account was made."),
        ("people_list", {"close": "x"}, "Saw an account that cannot be closed here; expected a colleague's. Nothing was changed."),
    ],
    ids=["pin", "lock", "account not made", "account not closed"],
)
def test_a_refusal_is_said_in_words(clinic_id: UUID, view: str, sent: dict[str, str], sentence: str) -> None:
    client = Client()
    sign_in(client, person(clinic_id, "administrator"))
    answer = client.post(reverse(view), sent)
    assert answer.status_code == 422 and sentence in unescape(answer.content.decode())


def test_somebody_makes_an_account_and_it_signs_in(clinic_id: UUID) -> None:
    made, client, email = person(clinic_id, "administrator"), Client(), f"{uuid4().hex[:10]}@test.example"
    sign_in(client, made)
    assert client.post(reverse("people_list"), {"name": "New Nurse", "email": email, "roles": ["janitor"]}).status_code == 422
    page = client.post(reverse("people_list"), {"name": "New Nurse", "email": email, "roles": ["nurse"]})
    password = page.content.decode().split("shown this once: <b>")[1].split("<")[0]
    assert sign_in(Client(), Made(User.objects.get(email=email), password)) == 302
