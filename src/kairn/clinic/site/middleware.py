"""What every answer of the clinic has in common: one name for this machine, and nothing kept on a shared computer."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import sync_and_async_middleware
from whitenoise.middleware import WhiteNoiseMiddleware

Ask = Callable[[HttpRequest], Any]
LOOPBACK_NUMBERS = ("127.0.0.1", "[::1]")
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


@sync_and_async_middleware
def one_name(get_response: Ask) -> Ask:
    """Browsers give passkeys and service workers to localhost and not to its number: send people to the name."""
    return _around(get_response, before=_to_localhost)


@sync_and_async_middleware
def closed_by_default(get_response: Ask) -> Ask:
    """Pages of a chart must not stay in the browser of a shared tablet; devices are not asked for."""
    return _around(get_response, after=_close)


def _around(
    get_response: Ask, before: Callable[[HttpRequest], HttpResponse | None] = lambda _: None, after: Callable[[Any], Any] = lambda response: response
) -> Ask:
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> Any:
            return before(request) or after(await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> Any:
        return before(request) or after(get_response(request))

    return answer


def _to_localhost(request: HttpRequest) -> HttpResponse | None:
    host = request.META.get("HTTP_HOST", "")
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if port and not (port.isascii() and port.isdigit()):
        return None
    if name not in LOOPBACK_NUMBERS or request.method not in ("GET", "HEAD") or settings.KAIRN_TLS:
        return None
    return HttpResponseRedirect(f"http://localhost{':' + port if port else ''}{request.get_full_path()}")


def _close(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


class StaticFiles(WhiteNoiseMiddleware):
    """Style sheets, scripts and fonts, sent whole: they are small, and a file read bit by bit cannot be sent by an asynchronous server."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """One file, or word that the browser's copy is still good."""
        found = static_file.get_response(request.method, request.META)
        answer = HttpResponse(found.file.read() if found.file else b"", status=int(found.status))
        del answer["Content-Type"]
        for name, value in found.headers:
            answer[name] = value
        return answer
