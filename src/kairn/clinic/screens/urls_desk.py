"""The desk's addresses; every name has its entry in the access table."""

from __future__ import annotations

from django.urls import path

from kairn.clinic.screens.aftercare.view import aftercare, contact, follow_up
from kairn.clinic.screens.assessment.view import assessment, assessment_facts, assessment_list, assessment_sign
from kairn.clinic.screens.booking.escort import escort, escort_link
from kairn.clinic.screens.booking.view import book_visit, cancel_visit
from kairn.clinic.screens.care_plan.view import care_plan, care_plan_signed
from kairn.clinic.screens.chairs.view import chairs
from kairn.clinic.screens.consent.view import consent, consent_withdraw
from kairn.clinic.screens.override.view import override
from kairn.clinic.screens.patient.deeds import course_exit, entry_move, note, record_death, stage, strike_out
from kairn.clinic.screens.patient.details import person_details
from kairn.clinic.screens.patient.sign_in import patient_sign_in
from kairn.clinic.screens.patient.team import care_team
from kairn.clinic.screens.patient.view import patient, patient_known_then, patient_timeline
from kairn.clinic.screens.plan.view import plan
from kairn.clinic.screens.protocol_page.view import protocol_read
from kairn.clinic.screens.register.view import register
from kairn.clinic.screens.shift.view import shift, shift_take
from kairn.clinic.screens.tasks.view import task_close, tasks
from kairn.clinic.screens.today.view import home, today
from kairn.clinic.screens.why.view import rule_why
from kairn.clinic.screens.withdrawal.view import withdrawal

PERSON = "patients/<uuid:patient>"

urlpatterns = [
    path("", home, name="home"),
    path("today", today, name="today"),
    path("chairs", chairs, name="chairs"),
    path("tasks", tasks, name="tasks"),
    path("shift", shift, name="shift"),
    path("protocol", protocol_read, name="protocol_read"),
    path("patients/new", register, name="register"),
    path(PERSON, patient, name="patient"),
    path(f"{PERSON}/timeline", patient_timeline, name="patient_timeline"),
    path(f"{PERSON}/known/<int:seq>", patient_known_then, name="patient_known_then"),
    path(f"{PERSON}/rules/<slug:rule>", rule_why, name="rule_why"),
    path(f"{PERSON}/rules/<slug:rule>/override", override, name="override"),
    path(f"{PERSON}/stage", stage, name="stage"),
    path(f"{PERSON}/exit", course_exit, name="course_exit"),
    path(f"{PERSON}/assessment", assessment, name="assessment"),
    path(f"{PERSON}/assessment/facts", assessment_facts, name="assessment_facts"),
    path(f"{PERSON}/assessment/lists", assessment_list, name="assessment_list"),
    path(f"{PERSON}/assessment/sign", assessment_sign, name="assessment_sign"),
    path(f"{PERSON}/consent", consent, name="consent"),
    path(f"{PERSON}/consent/withdraw", consent_withdraw, name="consent_withdraw"),
    path(f"{PERSON}/plan", plan, name="plan"),
    path(f"{PERSON}/visits", book_visit, name="book_visit"),
    path(f"{PERSON}/visits/<uuid:visit>/cancel", cancel_visit, name="cancel_visit"),
    path(f"{PERSON}/visits/<uuid:visit>/escort", escort, name="escort"),
    path(f"{PERSON}/visits/<uuid:visit>/escort/link", escort_link, name="escort_link"),
    path(f"{PERSON}/visits/<uuid:visit>/shift", shift_take, name="shift_take"),
    path(f"{PERSON}/tasks/<uuid:task>/close", task_close, name="task_close"),
    path(f"{PERSON}/course", withdrawal, name="withdrawal"),
    path(f"{PERSON}/care", care_plan, name="care_plan"),
    path(f"{PERSON}/care/signed", care_plan_signed, name="care_plan_signed"),
    path(f"{PERSON}/aftercare", aftercare, name="aftercare"),
    path(f"{PERSON}/contact", contact, name="contact"),
    path(f"{PERSON}/follow-up", follow_up, name="follow_up"),
    path(f"{PERSON}/team", care_team, name="care_team"),
    path(f"{PERSON}/details", person_details, name="person_details"),
    path(f"{PERSON}/sign-in", patient_sign_in, name="patient_sign_in"),
    path(f"{PERSON}/note", note, name="note"),
    path(f"{PERSON}/entries/<uuid:event>/strike", strike_out, name="strike_out"),
    path(f"{PERSON}/entries/<uuid:event>/move", entry_move, name="entry_move"),
    path(f"{PERSON}/death", record_death, name="record_death"),
]
