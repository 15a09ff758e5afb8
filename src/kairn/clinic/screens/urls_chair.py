"""The addresses of a visit, of the patient's own pages, of the ride, and of the news; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.screens.chair.undo import chair_undo
from kairn.clinic.screens.chair.view import chair, chair_act, chair_fragment
from kairn.clinic.screens.discharge.view import adverse_home, discharge, recovery_record, visit_end
from kairn.clinic.screens.going_home.view import going_home_paper
from kairn.clinic.screens.handing_over.view import hand_over_offer, hand_over_take, handing_over
from kairn.clinic.screens.handover.view import handover
from kairn.clinic.screens.live.view import events
from kairn.clinic.screens.monitor.view import monitor
from kairn.clinic.screens.paper_hour.view import paper_hour
from kairn.clinic.screens.phone.view import patient_check_in, patient_going_home, patient_home, patient_plan, patient_struggling, patient_who_looked
from kairn.clinic.screens.preflight.view import preflight, visit_order
from kairn.clinic.screens.replay.view import replay, replay_step
from kairn.clinic.screens.ride.view import escort_ride
from kairn.clinic.screens.session_note.view import session_note, session_note_json, session_note_pdf
from kairn.clinic.screens.visit.entering import enter_preflight, infusion_start, pump_resume

VISIT = "patients/<uuid:patient>/visits/<uuid:visit>"

urlpatterns = [
    path(f"{VISIT}/preflight", preflight, name="preflight"),
    path(f"{VISIT}/arrive", enter_preflight, name="visit_arrive"),
    path(f"{VISIT}/order", visit_order, name="visit_order"),
    path(f"{VISIT}/start", infusion_start, name="infusion_start"),
    path(f"{VISIT}/resume", pump_resume, name="pump_resume"),
    path(f"{VISIT}/monitor", monitor, name="monitor"),
    path(f"{VISIT}/chair", chair, name="chair"),
    path(f"{VISIT}/chair/live", chair_fragment, name="chair_fragment"),
    path(f"{VISIT}/chair/<slug:act>", chair_act, name="chair_act"),
    path(f"{VISIT}/entries/<uuid:event>/undo", chair_undo, name="chair_undo"),
    path(f"{VISIT}/home", discharge, name="discharge"),
    path(f"{VISIT}/home/checks", recovery_record, name="recovery_record"),
    path(f"{VISIT}/home/with-it", adverse_home, name="adverse_home"),
    path(f"{VISIT}/home/paper", going_home_paper, name="going_home_paper"),
    path(f"{VISIT}/handover", handover, name="handover"),
    path(f"{VISIT}/hands", handing_over, name="handing_over"),
    path(f"{VISIT}/hands/offer", hand_over_offer, name="hand_over_offer"),
    path(f"{VISIT}/hands/take", hand_over_take, name="hand_over_take"),
    path(f"{VISIT}/paper", paper_hour, name="paper_hour"),
    path(f"{VISIT}/note", session_note, name="session_note"),
    path(f"{VISIT}/note.pdf", session_note_pdf, name="session_note_pdf"),
    path(f"{VISIT}/note.json", session_note_json, name="session_note_json"),
    path(f"{VISIT}/replay", replay, name="replay"),
    path(f"{VISIT}/replay/minute", replay_step, name="replay_step"),
    path(f"{VISIT}/ended", visit_end, name="visit_end"),
    path("me", patient_home, name="patient_home"),
    path("me/help", patient_struggling, name="patient_struggling"),
    path("me/check-in", patient_check_in, name="patient_check_in"),
    path("me/after-visit", patient_going_home, name="patient_going_home"),
    path("me/plan", patient_plan, name="patient_plan"),
    path("me/who-looked", patient_who_looked, name="patient_who_looked"),
    path("ride/<str:token>", escort_ride, name="escort_ride"),
    path("events", events, name="events"),
]
