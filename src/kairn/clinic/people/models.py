"""Accounts, clinics, patients, what ties one to another, and the log of who read what."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from kairn.clinic.people.words import CLINIC_MODES, SEXES, STAFF_ROLES


class Clinic(models.Model):
    """One clinic. `mode` says whether its record is live, a demo, or restored; every page says so when it is not live."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=120)
    mode = models.CharField(max_length=8, choices=CLINIC_MODES, default="live")
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "people_clinic"

    def __str__(self) -> str:
        return self.name


class Accounts(BaseUserManager["User"]):
    """Makes accounts; sign-up is closed, so only the clinic makes them."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A stored account with the password hashed (None: no password works until one is set)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with that email, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in by email. There is no user name, no superuser and no admin."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    pin = models.CharField(max_length=128, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Accounts()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "people_user"
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="people_user_email_lower")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The display name."""
        return self.name

    @cached_property
    def membership(self) -> Membership | None:
        """The earliest active membership, or None (a patient has none)."""
        return Membership.working(self.memberships.all()).first()

    @cached_property
    def own_patient(self) -> Patient | None:
        """The patient this account belongs to, or None."""
        account = self.patient_accounts.select_related("patient").first()
        return account.patient if account else None

    @property
    def clinic_id(self) -> UUID | None:
        """The clinic this person works or is treated in."""
        if self.membership:
            return self.membership.clinic_id
        return self.own_patient.clinic_id if self.own_patient else None

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held now: of the membership, and `patient` where the account belongs to one."""
        held = set(self.membership.roles) if self.membership else set()
        return frozenset(held | ({"patient"} if self.own_patient else set()))


class Membership(models.Model):
    """A person works in a clinic, in some roles. `joins_new_patients` puts them on the care team of every new patient."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=16))
    active = models.BooleanField(default=True)
    joins_new_patients = models.BooleanField(default=False)

    class Meta:
        db_table = "people_membership"
        constraints = [
            models.UniqueConstraint(fields=["user", "clinic"], name="people_membership_once"),
            models.CheckConstraint(condition=models.Q(roles__contained_by=list(STAFF_ROLES)), name="people_membership_roles"),
        ]

    @staticmethod
    def working(rows: models.QuerySet[Membership]) -> models.QuerySet[Membership]:
        """Those of them that are active, the earliest first."""
        return rows.filter(active=True).select_related("clinic").order_by("id")


class Patient(models.Model):
    """Who a patient is. The id is the patient's stream in the ledger; events never carry more than it."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="patients")
    family_name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=120, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=8, choices=SEXES, default="unknown")
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    safe_contact = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "people_patient"
        indexes = [models.Index(fields=["clinic", "family_name", "given_name"], name="people_patient_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Given and family name, as spoken."""
        return f"{self.given_name} {self.family_name}".strip()


class Amended(models.Model):
    """What was written of a patient before somebody amended it, a row for each field; rows are only added."""

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="amendments")
    field = models.CharField(max_length=16)
    was = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        db_table = "people_amended"


class PatientAccount(models.Model):
    """The account a patient signs in with."""

    user = models.ForeignKey(User, models.PROTECT, related_name="patient_accounts")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="accounts")

    class Meta:
        db_table = "people_patient_account"
        constraints = [models.UniqueConstraint(fields=["user"], name="people_patient_account_once")]


class CareTeam(models.Model):
    """A person is on a patient's care team from `since` until `until` (open when null)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="care_teams")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="care_team")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_care_team"
        indexes = [models.Index(fields=["user", "patient"], name="people_care_team_pair")]


class Shift(models.Model):
    """A person is on shift with one visit of one patient, between two moments."""

    user = models.ForeignKey(User, models.PROTECT, related_name="shifts")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="shifts")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="shifts")
    visit = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "people_shift"
        indexes = [models.Index(fields=["user", "patient"], name="people_shift_pair")]
        constraints = [models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="people_shift_forward")]


class EscortLink(models.Model):
    """A link for the escort of one visit. Only the token's SHA-256 is kept."""

    token_digest = models.CharField(primary_key=True, max_length=64)
    visit = models.UUIDField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="escort_links")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "people_escort_link"


class MonitorLink(models.Model):
    """A link by which one monitor may send rows of one visit. Only the token's SHA-256 is kept."""

    token_digest = models.CharField(primary_key=True, max_length=64)
    visit = models.UUIDField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="monitor_links")
    device = models.CharField(max_length=40)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="monitor_links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_monitor_link"
        indexes = [models.Index(fields=["visit"], name="people_monitor_visit")]


class BreakGlass(models.Model):
    """Somebody outside the care team opened a chart for a while, with a reason; somebody else reviews it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="glass_broken")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="glass_broken")
    reason = models.CharField(max_length=400)
    started_at = models.DateTimeField()
    until = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="glass_reviewed")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "people_break_glass"
        indexes = [models.Index(fields=["user", "patient", "until"], name="people_break_glass_pair")]


class SignInFailure(models.Model):
    """One wrong password, PIN or code: which account was tried (by email), from which address."""

    email = models.CharField(max_length=254)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="lockouts_lifted")

    class Meta:
        db_table = "people_sign_in_failure"
        indexes = [models.Index(fields=["email", "address", "at"], name="people_failure_pair")]


class DeviceSignIn(models.Model):
    """The latest full sign-in of one person on one device: what a PIN rests on."""

    device_digest = models.CharField(max_length=64)
    user = models.ForeignKey(User, models.PROTECT, related_name="devices")
    at = models.DateTimeField()
    pin_failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "people_device_sign_in"
        constraints = [models.UniqueConstraint(fields=["device_digest", "user"], name="people_device_once")]


class AccessLog(models.Model):
    """Who read what, in a hash chain of its own per clinic. The database fills position, at, prev_hash and hash.

    Names are kept as text, so that a row outlives the account it names. `patients` holds every id a list showed.
    """

    id = models.BigAutoField(primary_key=True)
    clinic = models.UUIDField()
    position = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    by_id = models.CharField(max_length=64)
    by_name = models.CharField(max_length=120)
    roles = models.CharField(max_length=200)
    relation = models.CharField(max_length=120, blank=True)
    access = models.CharField(max_length=12)
    what = models.CharField(max_length=80)
    reason = models.CharField(max_length=400, blank=True)
    patients = ArrayField(models.UUIDField(), default=list)
    prev_hash = models.BinaryField(default=bytes)
    hash = models.BinaryField(default=bytes)

    class Meta:
        db_table = "people_access_log"
        indexes = [GinIndex(fields=["patients"], name="people_access_patients")]
        constraints = [models.UniqueConstraint(fields=["clinic", "position"], name="people_access_place")]


class AccessHead(models.Model):
    """The end of each clinic's chain of reads; only the database's own trigger writes it."""

    clinic = models.UUIDField(primary_key=True)
    position = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "people_access_head"
