"""What the upload page asks: one or more files, and where they come from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from kairn.clinic.people.models import Clinic


class SeveralFiles(forms.FileInput):
    """A native file control that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each is checked as one is."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files given, at least one. Raises ValidationError."""
        given = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(each, initial) for each in given or [None]]


class UploadForm(forms.Form):
    """The form."""

    bundles = FilesField(
        label="Files",
        help_text="FHIR R4 patient Bundles, .json or .json.gz, one person in each.",
        widget=SeveralFiles(attrs={"accept": ".json,.gz,application/json,application/fhir+json,application/gzip"}),
        error_messages={
            "required": "No file was chosen. Choose at least one; nothing was recorded.",
            "empty": "The file is empty. Export it again; nothing was recorded.",
        },
    )
    source = forms.CharField(
        label="Source",
        required=False,
        max_length=Clinic._meta.get_field("name").max_length,
        help_text="The system that sent them, under the same name each time. Leave it empty for the usual one.",
    )
