"""Every stop of the walk over all pages: an address by its name, who opens it, about whom, and in which state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

Deed = Callable[[Page], None]


@dataclass(frozen=True)
class Stop:
    """A page in a state. `who` is a session of the world, nobody when empty; `of` a person; `deed` brings the page into its state.

    `known` selects what the walk looks at in another stop already.
    """

    view: str
    state: str = "filled"
    who: str = "nurse"
    of: str = ""
    query: str = ""
    deed: Deed | None = None
    refused: bool = False
    words: tuple[tuple[str, str], ...] = ()
    known: str = ""

    @property
    def name(self) -> str:
        """For pictures and complaints."""
        return "-".join(filter(None, (self.view, self.of.lower(), self.state.replace(" ", "-"))))


def fill(selector: str, **typed: str) -> Deed:
    """Type into a form, choose what is a radio, and send it, also where a second tap is asked for; an optional part is opened first."""

    def deed(page: Page) -> None:
        form = page.locator(selector).first
        form.evaluate("form => { const part = form.closest('details'); if (part) part.open = true }")
        form.evaluate("form => { form.noValidate = true }")
        for name, value in typed.items():
            field = form.locator(f"[name='{name}']")
            if field.first.get_attribute("type") == "radio":
                form.locator(f"[name='{name}'][value='{value}']").check(force=True)
            else:
                field.first.fill(value)
        send(page, selector)

    return deed


def send(page: Page, selector: str) -> None:
    """Tap the form's button, twice where it asks for that, and wait for the answer."""
    button = page.locator(selector).first.locator("button:not([type=button])").last
    taps = 2 if button.get_attribute("data-two-taps") else 1
    with page.expect_navigation():
        for _ in range(taps):
            button.click()


def _posts(part: str) -> str:
    return f"main form[method=post][action*='{part}']"


def _sign_in_wrongly(page: Page) -> None:
    page.get_by_label("Email").fill("nobody@test.example")
    page.get_by_label("Password").fill("not the password")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


def _lock(page: Page) -> None:
    page.evaluate("fetch('/accounts/lock', {method: 'POST', headers: {'X-CSRFToken': JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']}})")
    page.wait_for_timeout(200)
    page.reload()


def _card(page: Page) -> None:
    page.locator("a[href='#emergency-steps']").click()


def _renew(page: Page) -> None:
    """For a colleague of the walk's own, whom no other stop signs in as."""
    send(page, "main tr:has-text('Wanda Forgetful') form[action$='recover']")


def _upload(name: str, raw: bytes) -> Deed:
    def deed(page: Page) -> None:
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/json", "buffer": raw})
        with page.expect_navigation():
            page.get_by_role("button", name="Import").click()

    return deed


def _nothing_kept(page: Page) -> None:
    for tick in page.locator("main form [name^=p0s][type=checkbox]").all():
        tick.uncheck(force=True)
    send(page, "main form[method=post]")


def _taken() -> Deed:
    from tests import bundles

    return _upload("nadia.json", bundles.living_adult())


def _answer(words: str, **chosen: str) -> Deed:
    """Choose answers and press the button with these words."""

    def deed(page: Page) -> None:
        for key, value in chosen.items():
            page.locator(f"main input[name='a-{key.replace('_', '-')}'][value='{value}']").check(force=True)
        with page.expect_navigation():
            page.locator("main").get_by_role("button", name=words).first.click()

    return deed


def _of(instrument: str) -> tuple[tuple[str, str], ...]:
    return (("instrument", instrument),)


PEOPLE = ("Ana", "Ben", "Carla", "Dan", "Elif", "Farid", "Grace", "Hugo", "Ivy", "Jonas", "Kim", "Lena", "Mara", "Omar", "Priya", "Quinn")

DESK = (
    Stop("home"), Stop("today"), Stop("today", "empty", "empty nurse"), Stop("today", "by the coordinator", "coordinator"),
    Stop("chairs"), Stop("chairs", "empty", "empty nurse"), Stop("chairs", "by the coordinator", "coordinator"),
    Stop("chairs", "by the lead", "clinic-lead"), Stop("chairs", "refused", "patient", refused=True),
    Stop("chairs", "dimmed", "locked", deed=_lock),
    Stop("tasks"), Stop("tasks", "empty", "empty nurse"), Stop("shift", who="outside"), Stop("shift", "empty", "empty nurse"),
    Stop("protocol_read"), Stop("protocol_read", "empty", "empty nurse"), Stop("shelf"),
    Stop("register"), Stop("register", "refused", deed=fill("main form", family_name="", birth_date="1990-13-45"), refused=True),
    Stop("upload"), Stop("upload", "taken", deed=_taken()), Stop("upload", "refused", deed=_upload("broken.json", b"{"), refused=True),
    *(Stop("patient", of=name) for name in PEOPLE), Stop("patient", "empty", "empty nurse", "nobody"),
    Stop("patient", "by the coordinator", "coordinator", "Ben"), Stop("patient", "by the lead", "clinic-lead", "Ben"),
    Stop("patient", "refused", "outside", "Ana", refused=True), Stop("patient", "through the glass", "glass", "Ben"),
    Stop("patient_timeline", of="Grace"), Stop("patient_timeline", "empty", "empty nurse", "nobody"),
    Stop("patient_known_then", of="Hugo"),
    Stop("rule_why", of="Carla"), Stop("rule_why", "of the course", "prescriber", "Elif", words=(("rule", "oud-diagnosed"),)),
    Stop("override", who="prescriber", of="Dan", words=(("rule", "pressure-start-raised"),)),
    Stop("override", "refused", "prescriber", "Dan", deed=fill("main form[method=post]", reason=""), refused=True, words=(("rule", "pressure-start-raised"),)),
)  # fmt: skip

RULES = "main article.stack"
"""Every rule of a protocol, in words: the page of the one in force is looked at whole."""
PROTOCOLS = (
    Stop("protocols"), Stop("protocols", "empty", "empty nurse"), Stop("protocols", "by the prescriber", "prescriber"),
    Stop("protocol_version", words=(("content", "in force"),), known=RULES), Stop("protocol_version", "proposed", "prescriber", known=RULES),
    Stop("protocol_compare"), Stop("protocol_compare", "nothing chosen", query="?with=none"),
    Stop("protocol_propose", who="clinic-lead", words=(("content", "in force"),)),
    Stop("protocol_propose", "refused", "clinic-lead", deed=fill("main form[method=post]", note="Again."), refused=True),
    Stop("protocol_publish", who="clinic-lead"), Stop("protocol_publish", "alone", "prescriber"),
    Stop("protocol_publish", "refused", "clinic-lead", deed=fill("main form[method=post]", effective="2020-01-01"), refused=True),
    Stop("protocol_people"), Stop("protocol_people", "empty", "empty nurse"),
    Stop("prediction", "empty"), Stop("prediction", "by the lead", "clinic-lead"), Stop("prediction", "filled", "director"),
    Stop("prediction", "refused", "director", deed=fill("main form[method=post]", reason=""), refused=True),
    Stop("protocol_move", who="prescriber", of="Grace"), Stop("protocol_move", "read only", "nurse", "Grace"),
    Stop("protocol_move", "empty", "empty prescriber", "nobody"),
)  # fmt: skip

COURSE = (
    Stop("assessment", who="prescriber", of="Elif"), Stop("assessment", "empty", "empty prescriber", "nobody"),
    Stop("assessment", "read only", "clinic-lead", "Elif"),
    Stop("assessment", "refused", "prescriber", "Elif", deed=fill(_posts("facts"), **{"fact-systolic": "NaN"}), refused=True),
    Stop("consent", of="Farid"), Stop("consent", "not yet", of="Elif"), Stop("consent", "empty", "empty nurse", "nobody"),
    Stop("consent", "refused", "prescriber", "Farid", deed=fill("main form#sign", signed_name=""), refused=True),
    Stop("plan", who="prescriber", of="Farid"), Stop("plan", "signed", of="Mara"), Stop("plan", "empty", "empty prescriber", "nobody"),
    Stop("plan", "refused", "prescriber", "Farid", deed=fill("main form[method=post]", infusions="6", spacing_days="3", dose="9", duration="40"), refused=True),
    Stop("book_visit", who="coordinator", of="Mara"), Stop("book_visit", "empty", "empty coordinator", "nobody"),
    Stop("book_visit", "refused", "coordinator", "Mara", deed=fill(_posts("visits"), starts_at="", minutes="x"), refused=True),
    Stop("escort", who="coordinator", of="Mara"), Stop("escort", "refused", "coordinator", "Mara", deed=fill("main form[method=post]", name=""), refused=True),
    Stop("escort", "link made", "coordinator", "Mara", deed=fill(_posts("escort/link"))),
    Stop("aftercare", of="Grace"), Stop("aftercare", "empty", "empty nurse", "nobody"),
    Stop("aftercare", "refused", of="Grace", deed=fill("main form[method=post]"), refused=True),
    Stop("follow_up", of="Hugo"), Stop("follow_up", "empty", "empty nurse", "nobody"),
    Stop("follow_up", "refused", of="Hugo", deed=fill("main form[method=post]"), refused=True),
    *(Stop("withdrawal", of=name) for name in ("Omar", "Priya", "Quinn")), Stop("withdrawal", "thirty days", of="Omar", query="?shown=30"),
    Stop("withdrawal", "empty", "empty nurse", "nobody"), Stop("withdrawal", "read only", "clinic-lead", "Omar"),
    Stop("withdrawal", "refused", of="Omar", deed=fill("main form#use", latest_at=""), refused=True),
    Stop("care_plan", who="therapist", of="Grace"), Stop("care_plan", "by the nurse", of="Grace"), Stop("care_plan", "empty", "empty prescriber", "nobody"),
    Stop("care_plan", "refused", "therapist", "Grace", deed=_nothing_kept, refused=True),
    Stop("care_plan_signed", "empty", of="Grace"),
    Stop("care_team", who="coordinator", of="Ana"), Stop("care_team", "empty", "empty coordinator", "nobody"),
    Stop("person_details", who="coordinator", of="Mara"),
    Stop("person_details", "refused", "coordinator", "Mara", deed=fill("main form[method=post]", family_name=""), refused=True),
    Stop("patient_sign_in", who="coordinator", of="Mara"), Stop("patient_sign_in", "open", "coordinator", "Grace"),
    Stop("patient_sign_in", "refused", "coordinator", "Mara", deed=fill("main form[method=post]", email="nobody"), refused=True),
    Stop("note", of="Ana"), Stop("note", "refused", of="Ana", deed=fill("main form[method=post]", text=""), refused=True),
    Stop("strike_out", who="clinic-lead", of="Hugo"),
    Stop("strike_out", "refused", "clinic-lead", "Hugo", deed=fill("main form[method=post]", reason=""), refused=True),
    Stop("strike_out", "another chair", of="Ana"), Stop("strike_out", "no chair chosen", of="Ana", deed=fill("#move form"), refused=True),
    Stop("record_death", of="Ivy"),
)  # fmt: skip

MEASURES = (
    Stop("measures", of="Grace"), Stop("measures", "empty", "empty nurse", "nobody"), Stop("measures", "read only", "clinic-lead", "Grace"),
    Stop("measures", "refused", of="Grace", deed=_answer("Ask"), refused=True),
    Stop("instrument_answer", of="Grace"), Stop("instrument_answer", "signs", of="Omar", words=_of("cows")),
    Stop("instrument_answer", "scales", of="Grace", words=_of("peg")), Stop("instrument_answer", "number", of="Grace", words=_of("craving-vas")),
    Stop("instrument_answer", "calendar", of="Grace", words=_of("use-calendar")),
    Stop("instrument_answer", "read only", "clinic-lead", "Grace"), Stop("instrument_answer", "not shown", of="Grace", words=_of("who-5")),
    Stop("instrument_answer", "saved", of="Hugo", deed=_answer("Save and come back", mood="1")),
    Stop("instrument_answer", "refused", of="Hugo", deed=_answer("Finish", mood="1"), refused=True),
    Stop("instrument_answer", "raised", of="Hugo", deed=_answer("Save and come back", self_harm="1")),
    Stop("instrument_result", of="Grace"), Stop("instrument_result", "raised", of="Jonas"),
)  # fmt: skip

VISIT = (
    Stop("preflight", of="Dan"), Stop("preflight", "by the prescriber", "prescriber", "Dan"), Stop("preflight", "booked", of="Mara"),
    Stop("preflight", "over", of="Ana"),
    Stop("preflight", "refused", of="Dan", deed=fill("main form[method=post]", systolic="NaN"), refused=True),
    Stop("preflight", "asked again", of="Dan", deed=fill("main form[method=post]", systolic="9999"), refused=True),
    Stop("chair", of="Ana"), Stop("chair", "held", of="Ben"), Stop("chair", "recovery", of="Carla"), Stop("chair", "closed", of="Grace"),
    Stop("chair", "dimmed", "locked", "Ana", deed=_lock),
    Stop("chair", "call refused", of="Ben", deed=fill("#call details form", who=""), refused=True),
    Stop("chair", "emergency card", of="Ben", deed=_card), Stop("chair", "undo", of="Quinn", deed=fill(_posts("chair/note"), text="Awake.")),
    Stop("chair", "asked again", of="Ana", deed=fill("#vitals form", systolic="2010", diastolic="80"), refused=True),
    Stop("chair", "refused", of="Ben", deed=fill(_posts("chair/drug"), drug="", dose=""), refused=True),
    Stop("chair", "cannula refused", of="Ben", deed=fill("#cannula form[action*='placed']", where="port"), refused=True),
    Stop("chair", "cannula look refused", of="Ana", deed=fill("#cannula form[action*='seen']", looks="other"), refused=True),
    Stop("chair", "unwanted refused", of="Ben", deed=fill("#adverse form", severity="mild"), refused=True),
    Stop("handover", of="Kim"), Stop("handover", "running", of="Ana"), Stop("handover", "closed", of="Grace"),
    Stop("going_home_paper", of="Carla"), Stop("going_home_paper", "left", of="Jonas"), Stop("going_home_paper", "booked", of="Grace"),
    Stop("going_home_paper", "refused", "outside", "Ana", refused=True),
    Stop("session_note", of="Ben"), Stop("session_note", "closed", of="Kim"), Stop("session_note", "booked", of="Grace"),
    Stop("session_note", "refused", "outside", "Ana", refused=True),
    Stop("replay", of="Ben"), Stop("replay", "written later", of="Carla", query="?minute=95&known=today"),
    Stop("replay", "as known", of="Carla", query="?minute=95&known=then"), Stop("replay", "closed", of="Kim", query="?minute=38"),
    Stop("replay", "pre-flight", of="Dan", query="?minute=3"), Stop("replay", "not begun", of="Grace"),
    Stop("replay", "refused", "outside", "Ana", refused=True),
    Stop("handing_over", of="Ben"), Stop("handing_over", "to sign", "prescriber", "Ben"), Stop("handing_over", "not there", of="Ana"),
    Stop("handing_over", "read only", "clinic-lead", "Ben"), Stop("handing_over", "closed", of="Kim"),
    Stop("handing_over", "refused", "prescriber", "Ben", deed=fill(_posts("hands/take")), refused=True),
    Stop("paper_hour", of="Ana"), Stop("paper_hour", "closed", of="Kim"), Stop("paper_hour", "read only", "clinic-lead", "Ana"),
    Stop("paper_hour", "refused", of="Ana", deed=fill("main form[method=post]", **{"r0-time": "25:00", "r0-spo2": "960"}), refused=True),
    Stop("monitor", of="Ana"), Stop("monitor", "connected", of="Ben", deed=fill("main form[method=post]", device="bedside-3")),
    Stop("monitor", "over", of="Grace"), Stop("monitor", "read only", "clinic-lead", "Ana"),
    Stop("monitor", "refused", of="Ana", deed=fill("main form[method=post]", device="Ana R.'s"), refused=True),
    Stop("discharge", of="Carla"), Stop("discharge", "running", of="Ana"), Stop("discharge", "left", of="Jonas"), Stop("discharge", "hospital", of="Kim"),
    Stop("discharge", "unwanted", of="Carla", deed=fill("#adverse form", kind="headache", severity="mild")),
    Stop("discharge", "unwanted to sign", "prescriber", "Carla"), Stop("chair", "unwanted", of="Carla"),
    Stop("discharge", "cannula", of="Carla", deed=fill("#cannula form[action*='placed']", site="left-hand", gauge="22", attempts="1")),
    Stop("chair", "cannula", of="Carla"),
    Stop("discharge", "cannula out", of="Carla", deed=fill("#cannula form[action*='seen']", looks="infiltration")),
    Stop("discharge", "refused", of="Carla", deed=fill(_posts("ended"), note="x"), refused=True),
)  # fmt: skip

STOCK = (
    Stop("stock"), Stop("stock", "by the lead", "clinic-lead"), Stop("stock", "empty", "empty nurse"),
    Stop("stock", "refused", "prescriber", deed=fill(_posts("stock/confirm")), refused=True),
    Stop("stock_receive"), Stop("stock_receive", "refused", deed=fill("main form[method=post]", volume="1e3", lot=""), refused=True),
    Stop("stock_lot"), Stop("stock_lot", "count not explained", words=(("lot", "second"),)),
    Stop("stock_lot", "refused", deed=fill(_posts("/count"), counted="a few"), refused=True),
    Stop("stock_strike"), Stop("stock_strike", "refused", deed=fill("main form[method=post]", reason=""), refused=True),
    Stop("stock_day"), Stop("stock_day", "a quiet day", query="?day=2020-02-29"), Stop("stock_day", "empty", "empty nurse"),
    Stop("stock_register"), Stop("stock_register", "empty", "empty nurse"), Stop("stock_register", "quarter", "clinic-lead", query="?from=2020-01-01"),
    Stop("stock_reports", query="?from=2020-01-01"), Stop("stock_reports", "empty", "empty nurse"),
    Stop("visit_stock", of="Ana"), Stop("visit_stock", "closes", of="Jonas"),
    Stop("visit_stock", "booked", of="Grace"), Stop("visit_stock", "recovery", of="Carla"),
    Stop("visit_stock", "second person", "prescriber", "Ana"), Stop("visit_stock", "read only", "clinic-lead", "Jonas"),
    Stop("visit_stock", "refused", of="Ana", deed=fill(_posts("stock/draw"), volume="0.5", syringe="syringe-50"), refused=True),
)  # fmt: skip

PHONE = (
    Stop("patient_home", who="patient"), Stop("patient_check_in", who="patient"), Stop("patient_who_looked", who="patient"),
    Stop("patient_struggling", who="patient"), Stop("patient_plan", who="patient"), Stop("patient_going_home", who="patient"),
    Stop("patient_check_in", "refused", "patient", deed=fill("main form[method=post]", craving="300"), refused=True),
    Stop("patient_questions", who="patient"), Stop("patient_question", who="patient"),
    Stop("patient_question", "scale", "patient", words=_of("peg")), Stop("patient_question", "number", "patient", words=_of("craving-vas")),
    Stop("patient_question", "refused", "patient", deed=_answer("Next"), refused=True),
    Stop("patient_question", "end", "patient", query="?at=end"), Stop("patient_question", "not shown", "patient", words=_of("who-5")),
    Stop("patient_question", "help", "patient", query="?at=9", deed=_answer("Next", self_harm="1")),
    Stop("escort_ride", who=""), Stop("escort_ride", "closed link", "", words=(("token", "made-up"),), refused=True),
)  # fmt: skip

ACCOUNTS = (
    Stop("account_login", who=""), Stop("account_login", "refused", "", deed=_sign_in_wrongly), Stop("tablets", who=""),
    Stop("account_inactive", who=""), Stop("account_logout", who="plain"), Stop("account_reauthenticate", who="plain", query="?next=/today"),
    Stop("account_change_password", who="plain"), Stop("account_change_password", "refused", "plain", deed=fill("main form[method=post]")),
    Stop("account_set_password", who="plain"), Stop("pin", who="plain"), Stop("pin", "refused", "plain", deed=fill("main form[method=post]"), refused=True),
    Stop("locked", who="locked"), Stop("mfa_index", who="plain"), Stop("mfa_index", "with codes", "coded"),
    Stop("mfa_authenticate", who=""), Stop("mfa_reauthenticate", who="coded", query="?next=/today"),
    Stop("mfa_reauthenticate_webauthn", who="coded", query="?next=/today"), Stop("mfa_activate_totp", who="plain"), Stop("mfa_deactivate_totp", who="coded"),
    Stop("mfa_view_recovery_codes", who="coded"), Stop("mfa_generate_recovery_codes", who="coded"), Stop("mfa_list_webauthn", who="coded"),
    Stop("mfa_add_webauthn", who="plain"), Stop("mfa_edit_webauthn", who="coded"), Stop("mfa_remove_webauthn", who="coded"),
    Stop("people_list", who="clinic-lead"), Stop("people_list", "empty", "empty clinic-lead"),
    Stop("people_list", "renewed", "clinic-lead", deed=_renew), Stop("lockouts", who="clinic-lead"),
    Stop("access_review", who="clinic-lead"), Stop("access_review", "empty", "empty clinic-lead"), Stop("break_glass", who="outside", of="Ana"),
    Stop("break_glass", "refused", "outside", "Ana", deed=fill("main form[method=post]", reason="x"), refused=True),
)  # fmt: skip

STOPS = DESK + PROTOCOLS + COURSE + MEASURES + VISIT + STOCK + PHONE + ACCOUNTS

CLOSED = (
    "account_signup", "account_email", "account_email_verification_sent", "account_confirm_email", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_confirm_login_code",
)  # fmt: skip
"""Pages of the sign-in library that nobody may open: asked for, and refused."""

MACHINES = {
    "tablets-certificate": "", "service_worker": "", "manifest": "", "favicon": "", "robots": "", "healthz": "", "mfa_login_webauthn": "",
    "mfa_download_recovery_codes": "coded", "protocol_paper": "nurse", "chair_fragment": "nurse", "replay_step": "nurse", "events": "nurse",
    "session_note_pdf": "nurse", "session_note_json": "nurse",
}  # fmt: skip
"""What a browser or a page asks for by itself, with the session that may: no page, only an answer."""
