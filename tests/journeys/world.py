"""The people and things that stand behind every page: a demonstration clinic full of stories, and an empty clinic with one empty person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from answerings import answerings
from django.utils import timezone
from playwright.sync_api import Browser, Page
from tests.browser import context_for, session_of
from tests.clinic.own_protocols import as_folder, edit, own_copy

from kairn.clinic.acts.stock_entry import lot_stream
from kairn.clinic.people import care
from kairn.clinic.people.accounts import make_account, new_clinic
from kairn.clinic.people.break_glass import break_glass
from kairn.clinic.people.care import join_team
from kairn.clinic.people.demo_people import DOMAIN, staff
from kairn.clinic.people.models import User
from kairn.clinic.site.demo_stock import FIRST, SECOND
from kairn.pathway.scenario import Scenario, load_scenario, scenario_files
from kairn.protocol.load import load_protocol
from kairn.record.event import Draft, StreamKind
from kairn.record.payloads_care import ProtocolProposed

EMPTY_ROLES = ("prescriber", "nurse", "coordinator", "clinic-lead")
LASTS = 4 * 3600
"""Seconds for which nobody of the world is asked for a password again."""
PASSWORD = "a-long-enough-phrase-7"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass(frozen=True)
class Protocols:
    """The content in force in the demonstration clinic, and one more that a prescriber proposed and nobody published yet."""

    in_force: str
    proposed: str
    proposal: UUID


@dataclass(frozen=True)
class World:
    """Sessions by who, scenarios by given name, and the words of addresses that no scenario holds."""

    sessions: Mapping[str, str]
    users: Mapping[str, User]
    stories: Mapping[str, Scenario]
    empty: UUID
    token: str
    used_token: str
    passkey: int
    protocols: Protocols
    responses: Mapping[str, UUID]
    lots: tuple[UUID, UUID]
    entry: UUID

    def words(self, of: str, who: str) -> dict[str, Any]:
        """Arguments for an address about this person; the visit is the story's latest."""
        held = {"token": self.token, "pk": self.passkey, "rule": "escort-there", "seq": 3, "key": "none", "uidb36": "1"}
        held |= {"instrument": "phq-9", "response": self.responses.get(of, uuid4())}
        held |= {"content": self.protocols.proposed, "proposal": self.protocols.proposal, "lot": self.lots[0], "entry": self.entry}
        if of == "nobody":
            return held | {"patient": self.empty}
        if of not in self.stories:
            return held
        story = self.stories[of]
        mine = [draft.id for draft in story.drafts if draft.by.role == who]
        return held | {"patient": story.patient, "visit": next(reversed(story.visits.values()), uuid4()), "event": next(reversed(mine), story.drafts[-1].id)}


def build(browser: Browser, site: str, clinic: UUID) -> World:
    """The world round the demonstration clinic; made once a worker."""
    stories = {one.person.given_name: one for one in _stories()}
    users = dict(staff(clinic))
    users |= {"patient": User.objects.get(email=f"patient@{DOMAIN}"), "outside": User.objects.get(email=f"prescriber2@{DOMAIN}")}
    users["glass"] = make_account(clinic, "Dr Mina Sorensen", _mail(), ["prescriber"]).user
    break_glass(users["glass"], stories["Ben"].patient, "Called to the chair beside mine, nobody of the team in reach.")
    users["plain"], users["coded"] = (make_account(clinic, name, _mail(), ["nurse"], password=PASSWORD).user for name in ("Alma Reyes", "Otto Brandt"))
    make_account(clinic, "Wanda Forgetful", _mail(), ["therapist"])
    users["locked"] = make_account(clinic, "Kofi Mensah", _mail(), ["nurse"]).user
    lonely = new_clinic("Empty clinic").id
    for role in EMPTY_ROLES:
        users[f"empty {role}"] = make_account(lonely, f"Empty {role}", _mail(), [role], joins_new_patients=True).user
    users["director"] = make_account(lonely, "Dr Ada Novak", _mail(), ["clinic-lead", "prescriber"]).user
    _predicting(users["director"])
    join_team(users["locked"], stories["Ana"].patient)
    empty = _registered(users["empty coordinator"])
    sessions = {who: session_of(user) for who, user in users.items()}
    for who in ("plain", "coded"):
        _just_signed_in(sessions[who], users[who])
    carla, ben = stories["Carla"], stories["Ben"]
    tokens = [care.make_escort_link(next(reversed(one.visits.values())), one.patient, timezone.now() + timedelta(hours=9)) for one in (ben, carla)]
    passkey, protocols = _second_factor(browser, site, sessions["coded"], users["coded"]), _protocols(users["prescriber"])
    lots = lot_stream(clinic, *FIRST), lot_stream(clinic, *SECOND)
    entry = uuid5(clinic, "demo stock first")
    return World(sessions, users, stories, empty, tokens[0], tokens[1], passkey, protocols, answerings(stories, users["nurse"]), lots, entry)


def _protocols(by: User) -> Protocols:
    """The clinic's own draft, proposed; its folder is gone again, what was proposed is kept."""
    from kairn.clinic.acts.context import context_of
    from kairn.clinic.acts.papers import keep_bytes
    from kairn.clinic.acts.protocols import published
    from kairn.clinic.ledger.append import append
    from kairn.clinic.ledger.read import head

    context = context_of(by)
    with own_copy() as place:
        edit(place, "protocol.yaml", '"0.8 mg/kg"]', '"0.7 mg/kg"]')
        folder = as_folder(place)
        keep_bytes(folder)
    said = ProtocolProposed(folder.protocol, folder.version, folder.content_hash, "The upper limit as the team agreed it.")
    draft = Draft(uuid4(), context.clinic, context.now, context.author, said, stream_kind=StreamKind.CLINIC)
    append(context.clinic, [draft], expected_seq={context.clinic: head(context.clinic)})
    return Protocols(published(context.clinic)[0].content_hash, folder.content_hash, draft.id)


def _predicting(by: User) -> None:
    """The lane of predicted concentrations is switched on in the empty clinic; the demonstration clinic keeps its own chairs as they are."""
    from kairn.clinic.acts.clinic_decision import clinic_seq
    from kairn.clinic.acts.context import context_of
    from kairn.clinic.acts.outcome import Done
    from kairn.clinic.acts.predicting import switch_prediction

    context = context_of(by)
    outcome = switch_prediction(context, event_id=uuid4(), expected_seq=clinic_seq(context.clinic), on=True, reason="For teaching at the chair.")
    assert isinstance(outcome, Done), outcome


def _stories() -> list[Scenario]:
    protocol = load_protocol("iv-ketamine-oud", "1.0")
    return [load_scenario(path, protocol, timezone.now()) for path in scenario_files()]


def _mail() -> str:
    return f"{uuid4().hex[:12]}@test.example"


def _registered(by: User) -> UUID:
    """A person of whom nothing is known but a name."""
    from kairn.clinic.acts.context import context_of
    from kairn.clinic.acts.course import register_person
    from kairn.clinic.acts.outcome import Done

    patient = uuid4()
    outcome = register_person(context_of(by), event_id=uuid4(), patient=patient, family_name="Unknown", given_name="Person")
    assert isinstance(outcome, Done), outcome
    return patient


def _just_signed_in(session: str, user: User) -> None:
    """Pages of one's own account ask for the password again; this is what giving it leaves behind, and it lasts as long as the walk."""
    from allauth.account.internal.flows.login import record_authentication
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = SessionStore(session)
    record_authentication(request, user, method="password", reauthenticated=True)
    request.session["account_authentication_methods"][-1]["at"] += LASTS
    request.session.save()


def _second_factor(browser: Browser, site: str, session: str, user: User) -> int:
    """Codes, recovery codes and a passkey for an account; answers the passkey's number."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    context = context_for(browser, site, session=session)
    page = context.new_page()
    add_authenticator(page)
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    context.close()
    TOTP.activate(user, generate_totp_secret())
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists():
        RecoveryCodes.activate(user)
    return int(Authenticator.objects.get(user=user, type=Authenticator.Type.WEBAUTHN).pk)


def add_authenticator(page: Page) -> None:
    """A virtual authenticator that keeps passkeys and says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
