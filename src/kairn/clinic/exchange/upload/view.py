"""The upload page: GET asks for files, POST imports each of them whole or refuses it whole."""

from __future__ import annotations

from http import HTTPStatus

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods

from kairn.clinic.acts.context import Context, context_of
from kairn.clinic.acts.imports import import_bundle
from kairn.clinic.exchange.arrivals import Arrived, of_outcome
from kairn.clinic.exchange.upload.form import UploadForm
from kairn.clinic.exchange.upload.page import FileShown, UploadPage, file_shown
from kairn.clinic.people.models import User
from kairn.fhir.unpack import check_size
from kairn.terms.problem import Unreadable


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The page. 422 when nothing could be taken, with the reasons."""
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if request.method != "POST":
        return _shown(request, form, UploadPage(), HTTPStatus.OK)
    if not form.is_valid():
        return _shown(request, form, UploadPage(), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert isinstance(request.user, User)
    context = context_of(request.user)
    page = UploadPage(tuple(_one(context, file, form.cleaned_data["source"]) for file in form.cleaned_data["bundles"]))
    return _shown(
        request, UploadForm(initial={"source": form.cleaned_data["source"]}), page, HTTPStatus.OK if page.any_taken else HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _one(context: Context, file: UploadedFile, source: str) -> FileShown:
    name = file.name or "file"
    try:
        check_size(file.size or 0, name)
    except Unreadable as fault:
        return file_shown(Arrived(name, "refused", sentence=str(fault)), "")
    arrived = of_outcome(name, import_bundle(context, file.read(), where=name, source=source))
    return file_shown(arrived, _chart(arrived))


def _chart(arrived: Arrived) -> str:
    try:
        return reverse("patient", args=[arrived.imported.patient]) if arrived.imported else ""
    except NoReverseMatch:
        return ""


def _shown(request: HttpRequest, form: UploadForm, page: UploadPage, code: HTTPStatus) -> HttpResponse:
    refused = [each.sentence if each.sentence.startswith(each.file) else f"{each.file}: {each.sentence}" for each in page.files if not each.taken]
    return render(request, "exchange/upload.html", {"form": form, "page": page, "refused": refused}, status=code)
