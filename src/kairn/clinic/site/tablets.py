"""The page a tablet opens first: how to trust this clinic's certificate, and the certificate itself."""

from __future__ import annotations

import base64
from io import BytesIO

import qrcode
import qrcode.image.svg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kairn.clinic.site.tls import authority_path


@require_safe
def tablets(request: HttpRequest) -> HttpResponse:
    """A QR code of this address, the certificate, its fingerprint, and what to do on each kind of tablet."""
    held = _authority()
    here = request.build_absolute_uri("/")
    page = {"address": here, "code": _qr(request.build_absolute_uri()), "fingerprint": _fingerprint(held) if held else ""}
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
    path = authority_path(settings.KAIRN_HOME)
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def _fingerprint(held: x509.Certificate) -> str:
    return held.fingerprint(hashes.SHA256()).hex(":").upper()


def _qr(text: str) -> str:
    drawn = BytesIO()
    qrcode.make(text, image_factory=qrcode.image.svg.SvgPathFillImage).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
