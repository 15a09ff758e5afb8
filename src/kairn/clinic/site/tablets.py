"""The page a tablet opens first: how to trust this clinic's certificate, and the certificate itself."""

from __future__ import annotations

import base64
from io import BytesIO

import qrcode
import qrcode.image.svg
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.site.tls import fingerprint, read_authority


@require_safe
def tablets(request: HttpRequest) -> HttpResponse:
    """A QR code of this address, the certificate, its fingerprint, and what to do on each kind of tablet."""
    held = _authority()
    here = request.build_absolute_uri("/")
    page = {"address": here, "code": _qr(request.build_absolute_uri()), "fingerprint": fingerprint(held) if held else "", "secure": request.is_secure()}
    return render(request, "site/tablets.html", page)


@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    """The authority's certificate; public by nature."""
    held = _authority()
    if held is None:
        raise Http404("This clinic has no certificate authority of its own.")
    der = held.public_bytes(serialization.Encoding.DER)
    return HttpResponse(der, content_type="application/x-x509-ca-cert", headers={"Content-Disposition": 'attachment; filename="kairn-ca.crt"'})


def _authority() -> x509.Certificate | None:
    return read_authority(settings.KAIRN_HOME) if settings.KAIRN_TLS_LOCAL else None


def _qr(text: str) -> str:
    drawn = BytesIO()
    qrcode.make(text, image_factory=qrcode.image.svg.SvgPathFillImage).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
