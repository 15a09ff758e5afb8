"""Quick unlock and quick switch of user by PIN, only where that person signed in fully today."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from kairn.clinic.people.models import DeviceSignIn, User

SHORTEST, LONGEST = 4, 8


class PinAnswer(Enum):
    """What became of a PIN; every value but OPEN is a sentence for the person."""

    OPEN = ""
    WRONG = "That is not the PIN. Try again, or use the password."
    USED_UP = "Too many wrong PINs on this device. Use the password."
    NOT_TODAY = "A PIN works only on a device where you signed in fully today. Use the password."
    NO_PIN = "No PIN is set for this account. Use the password."


def refuse_pin(pin: str) -> str:
    """Why a PIN cannot be taken, or nothing."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return f"Saw {len(pin)} characters; expected {SHORTEST} to {LONGEST} digits."
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    if len(steps) == 1:
        return "Saw digits that repeat or count; expected digits nobody guesses."
    return ""


def set_pin(user: User, pin: str) -> str:
    """Keep the PIN hashed; the sentence why not, or nothing."""
    refusal = refuse_pin(pin)
    if not refusal:
        user.pin = make_password(pin)
        user.save(update_fields=["pin"])
    return refusal


def note_full_sign_in(user: User, device: str, now: datetime | None = None) -> None:
    """This person signed in fully on this device just now; wrong PINs before are forgotten."""
    DeviceSignIn.objects.update_or_create(device_digest=device, user=user, defaults={"at": now or timezone.now(), "pin_failures": 0})


def people_of_device(device: str, now: datetime | None = None) -> tuple[User, ...]:
    """Who can use a PIN on this device now, by name."""
    rows = DeviceSignIn.objects.filter(device_digest=device, user__is_active=True).exclude(user__pin="").select_related("user")
    return tuple(sorted((row.user for row in rows if _today(row, now or timezone.now())), key=lambda user: user.name))


def try_pin(user: User, device: str, pin: str, now: datetime | None = None) -> PinAnswer:
    """Weigh a PIN on a device; a wrong one is counted before the answer is known, under the row's lock."""
    if not user.pin:
        return PinAnswer.NO_PIN
    with transaction.atomic():
        row = DeviceSignIn.objects.select_for_update().filter(device_digest=device, user=user).first()
        if row is None or not user.is_active or not _today(row, now or timezone.now()):
            return PinAnswer.NOT_TODAY
        if row.pin_failures >= settings.KAIRN_PIN_FAILURES:
            return PinAnswer.USED_UP
        right = check_password(pin, user.pin)
        row.pin_failures = 0 if right else row.pin_failures + 1
        row.save(update_fields=["pin_failures"])
    return PinAnswer.OPEN if right else PinAnswer.WRONG


def _today(row: DeviceSignIn, now: datetime) -> bool:
    membership = row.user.membership
    zone = ZoneInfo(membership.clinic.time_zone if membership else "UTC")
    return row.at.astimezone(zone).date() == now.astimezone(zone).date()
