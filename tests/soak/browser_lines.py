"""A browser without a window: a session, pages, the parts of a page that news bring anew, and the stream of news, as news.js and htmx do it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

QUIET_SECONDS = 8.0
"""After so long without a beat a page says that the connection is lost (QUIET in news.js)."""
AGAIN_SECONDS = 2.0
APART_SECONDS, FEW = 1.0, 4
"""A part of everything is brought at most so often, and so many of its lines alone in that time (APART and FEW in news.js)."""
PATIENCE_SECONDS = 60.0
EVERYTHING = "*"
BUFFER = 2**22
GOOD = 400
TAG = re.compile(r"<[a-z]+ [^>]*hx-get=\"[^>]*>")
WORD = re.compile(r'([a-z-]+)="([^"]*)"')
EVERY = re.compile(r"every (\d+)s")
SINCE = re.compile(r'<body [^>]*data-since="(\d+)"')


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its text, where it leads, and the moments (monotonic) between which it was asked for and wholly there."""

    status: int
    text: str
    leads: str
    sent: float
    came: float


@dataclass(frozen=True)
class Wish:
    """News: a stream and its seq; `listed` where they are told to lists alone."""

    stream: str
    seq: int = 0
    listed: bool = False


@dataclass
class Part:
    """An element of a page that is brought anew: by news of its stream beyond its seq, and every so many seconds where it says so.

    `of` is the stream of a line of a part of everything.
    """

    id: str
    url: str
    stream: str
    seq: int
    every: int
    of: str

    def concerns(self, wish: Wish) -> bool:
        """Whether news ask for it where it is no part of everything, as news.js decides it."""
        return bool(self.stream) and not self.whole and (wish.stream == EVERYTHING or (wish.stream == self.stream and wish.seq > self.seq))

    @property
    def whole(self) -> bool:
        """Whether all news of the clinic concern it."""
        return self.stream == EVERYTHING


def parts_of(text: str) -> list[Part]:
    """Every such element of a page."""
    return [part for tag in TAG.findall(text) if (part := _part(dict(WORD.findall(tag)))).stream or part.every or part.of]


def _part(said: dict[str, str]) -> Part:
    trigger = said.get("hx-trigger", "")
    every, stream, of = EVERY.search(trigger), said.get("data-stream", ""), said.get("data-of", "")
    stream, of = (stream, of) if "kairn:news" in trigger else ("", "")
    return Part(said.get("id", ""), said["hx-get"].replace("&amp;", "&"), stream, int(said.get("data-seq") or -1), int(every.group(1)) if every else 0, of)


@dataclass
class Seen:
    """What one process of browsers met with: `took` by what was asked for, what went wrong, and the longest silence of an open stream, in seconds."""

    took: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    silence: float = 0.0
    streams: int = 0
    news: int = 0

    def note(self, what: str, answer: Answer) -> Answer:
        """Count an answer. One that is no success is a fault, and so is a page or a part that leads elsewhere, as to the lock or the sign-in."""
        self.took.setdefault(what, []).append(answer.came - answer.sent)
        if answer.status >= GOOD or (answer.leads and not what.startswith("entry")):
            self.wrong.append(f"{what}: {answer.status} {urlsplit(answer.leads).path}".strip())
        return answer


class Browser:
    """One signed-in browser with one page open. `sees` is told of all text that came to the screen, with the moment at which it was there."""

    def __init__(self, port: int, session: str, seen: Seen, sees: Callable[[str, float], None] = lambda _text, _at: None) -> None:
        self.port, self.seen, self.sees = port, seen, sees
        self.cookies = {"sessionid": session}
        self.parts: list[Part] = []
        self.hears_late = 0.0
        self._idle: list[Line] = []
        self._running: set[asyncio.Task[None]] = set()
        self._clocks: list[asyncio.Task[None]] = []
        self._listening: asyncio.Task[None] | None = None
        self._begin()

    def _begin(self) -> None:
        """A page that was just opened has brought nothing yet."""
        self._on_its_way: dict[str, Wish | None] = {}
        self._meanwhile: dict[str, Wish] = {}
        self._whole_at, self._whole_waits = -APART_SECONDS, False
        self._lines_at, self._lines = -APART_SECONDS, 0

    async def open(self, url: str, what: str) -> Answer:
        """Go to a page. It hears the news from then on, on a connection of its own; the page before lets go of its one."""
        self._leave()
        answer = self.seen.note(what, await self.ask("GET", url))
        self._shown(answer)
        since = SINCE.search(answer.text)
        self._listening = asyncio.create_task(self._listen(f"/events?since={since.group(1)}" if since else "/events"))
        return answer

    def _leave(self) -> None:
        if self._listening and self._listening.done() and not self._listening.cancelled() and self._listening.exception():
            self.seen.wrong.append(f"news: {self._listening.exception()!r}")
        for task in filter(None, (*self._clocks, *self._running, self._listening)):
            task.cancel()

    async def send(self, url: str, fields: dict[str, str], what: str) -> Answer:
        """Send a form; what it leads to is for the caller to open."""
        return self.seen.note(what, await self.ask("POST", url, urlencode(fields).encode()))

    def _shown(self, answer: Answer) -> None:
        self._begin()
        self.parts = parts_of(answer.text)
        self._clocks = [asyncio.create_task(self._by_the_clock(part)) for part in self.parts if part.every]
        self.sees(answer.text, answer.came)

    async def _by_the_clock(self, part: Part) -> None:
        while True:
            await asyncio.sleep(part.every)
            self._bring(part, Wish(EVERYTHING))

    def _hear(self, wish: Wish) -> None:
        """What news.js does with a piece of news."""
        for part in self.parts:
            if part.concerns(wish) and not wish.listed:
                self._bring(part, wish)
        self._hear_lists(wish)

    def _hear_lists(self, wish: Wish) -> None:
        whole = next((part for part in self.parts if part.whole), None)
        lines = [part for part in self.parts if part.of and part.of == wish.stream] if whole else []
        if not lines or not whole:
            if wish.listed or wish.stream == EVERYTHING:
                self._bring_whole(wish)
        elif wish.listed:
            return
        elif whole.id in self._on_its_way:
            self._meanwhile[wish.stream] = wish
        elif not self._whole_waits and self._is_one_of_few():
            for line in lines:
                self._bring(line, wish)
        else:
            self._bring_whole(wish)

    def _is_one_of_few(self) -> bool:
        if time.monotonic() - self._lines_at >= APART_SECONDS:
            self._lines_at, self._lines = time.monotonic(), 0
        self._lines += 1
        return self._lines <= FEW

    def _bring(self, part: Part, wish: Wish) -> None:
        """Ask for a part; while it is on its way one more wish waits."""
        if part.id in self._on_its_way:
            if self._on_its_way[part.id] != Wish(EVERYTHING):
                self._on_its_way[part.id] = wish
            return
        self._on_its_way[part.id] = None
        task = asyncio.create_task(self._brought(part, self._on_its_way))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _bring_whole(self, wish: Wish) -> None:
        """The parts of everything: at most once a second, and a second later where lists alone are told."""
        wait = max(self._whole_at + APART_SECONDS - time.monotonic(), APART_SECONDS if wish.listed else 0.0)
        if self._whole_waits:
            return
        if wait > 0:
            self._whole_waits = True
            asyncio.get_running_loop().call_later(wait, self._bring_all_whole, self._on_its_way)
        else:
            self._bring_all_whole(self._on_its_way)

    def _bring_all_whole(self, page: dict[str, Wish | None]) -> None:
        if self._on_its_way is not page:
            return  # another page is open by now
        self._whole_at, self._whole_waits = time.monotonic(), False
        for part in self.parts:
            if part.whole:
                self._bring(part, Wish(EVERYTHING))

    async def _brought(self, part: Part, page: dict[str, Wish | None]) -> None:
        answer = self.seen.note(f"part {part.id.partition('-')[0] if part.of else part.id}", await self.ask("GET", part.url, htmx=True))
        if self._on_its_way is not page:
            return  # another page is open by now
        self._put(part, parts_of(answer.text))
        self.sees(answer.text, answer.came)
        wish, there = page.pop(part.id), next((one for one in self.parts if one.id == part.id), None)
        if there and there.whole:
            later, self._meanwhile = self._meanwhile, {}
            if wish:
                self._bring_whole(wish)
            else:
                for one in later.values():
                    self._hear_lists(one)
        elif wish and there and (there.of or there.concerns(wish)):
            self._bring(there, wish)

    def _put(self, part: Part, fresh: list[Part]) -> None:
        """The answer takes the place of the part: a whole with all its lines, a line alone, which may be gone; the last that goes asks for the whole."""
        if part.whole:
            self.parts = [one for one in self.parts if not one.of] + [one for one in fresh if one.of]
        elif part.of:
            self.parts = [one for one in self.parts if one.id != part.id] + [one for one in fresh if one.id == part.id]
            if not any(one.of for one in self.parts):
                self._bring_whole(Wish(EVERYTHING))
        for one in fresh:
            if one.id == part.id:
                part.seq = max(part.seq, one.seq)

    async def _listen(self, url: str) -> None:
        """Hear the news until the page is left; a stream that ends or cannot be had is a fault, and is tried again, as after a gap."""
        while True:
            try:
                async for wish in self._stream(url):
                    self.seen.news += 1
                    if self.hears_late:
                        await asyncio.sleep(self.hears_late)
                    self._hear(wish)
            except (OSError, EOFError) as fault:
                self.seen.wrong.append(f"news: {type(fault).__name__}")
            url = "/events"
            await asyncio.sleep(AGAIN_SECONDS)

    async def _stream(self, url: str) -> AsyncIterator[Wish]:
        """The news as they come."""
        reader, writer = await self._connected()
        try:
            writer.write(self._head("GET", url, {"Accept": "text/event-stream"}))
            status, _ = await _head_of(reader)
            if status >= GOOD:
                raise EOFError
            self.seen.streams += 1
            heard, kind = time.monotonic(), ""
            while line := await reader.readline():
                now = time.monotonic()
                self.seen.silence, heard = max(self.seen.silence, now - heard), now
                if line.startswith(b"event:"):
                    kind = line.split(b":", 1)[1].strip().decode()
                if line.startswith(b"data:") and kind in ("news", "listed"):
                    said = json.loads(line.split(b":", 1)[1])
                    yield Wish(said["stream"], int(said["seq"]), kind == "listed")
            raise EOFError
        finally:
            writer.close()

    async def ask(self, method: str, url: str, body: bytes = b"", *, htmx: bool = False, more: dict[str, str] | None = None) -> Answer:
        """One request on a connection that is kept, as browsers keep theirs. No answer in time, or none at all, is status 599."""
        told = dict(more or {})
        if method == "POST":
            told = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}", "Content-Length": str(len(body))} | told
        told |= {"HX-Request": "true", "Kairn-Unasked": "1"} if htmx else {}
        sent = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._asked(self._head(method, url, told) + body, sent)
        except (OSError, EOFError, TimeoutError):
            return Answer(599, "", "", sent, time.monotonic())

    async def _asked(self, request: bytes, sent: float) -> Answer:
        line = self._idle.pop() if self._idle else await self._connected()
        try:
            try:
                status, head = await _sent(line, request)
            except (ConnectionError, EOFError):
                # The server closes a connection that was idle for long; a browser opens another one.
                line[1].close()
                line = await self._connected()
                status, head = await _sent(line, request)
            self._keep(head.get("set-cookie", ""))
            text = (await _body_of(line[0], head)).decode("utf-8", "replace")
        except BaseException:
            line[1].close()  # also where the page was left meanwhile
            raise
        answer = Answer(status, text, head.get("location") or head.get("hx-redirect", ""), sent, time.monotonic())
        self._idle.append(line)
        return answer

    async def _connected(self) -> Line:
        return await asyncio.open_connection("localhost", self.port, limit=BUFFER)

    def _head(self, method: str, url: str, more: dict[str, str]) -> bytes:
        at = urlsplit(url)
        path = f"{at.path}?{at.query}" if at.query else at.path
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        told = {"Host": f"localhost:{self.port}", "Cookie": cookies, **more}
        return "".join([f"{method} {path} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in told.items()), "\r\n"]).encode()

    def _keep(self, told: str) -> None:
        """Cookies of an answer; one without a value is taken back."""
        for line in filter(None, told.split("\n")):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        self.cookies = {name: value for name, value in self.cookies.items() if value}


def hidden(text: str, name: str) -> str:
    """The value of the first hidden field of that name, or nothing."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    return found.group(1) if found else ""


async def _sent(line: Line, request: bytes) -> tuple[int, dict[str, str]]:
    line[1].write(request)
    return await _head_of(line[0])


async def _head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first = await reader.readline()
    if not first:
        raise EOFError
    head: dict[str, str] = {}
    while (line := (await reader.readline()).strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        key = name.lower()
        head[key] = f"{head[key]}\n{value.strip()}" if key in head else value.strip()
    return int(first.split()[1]), head


async def _body_of(reader: asyncio.StreamReader, head: dict[str, str]) -> bytes:
    if head.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(head.get("content-length", 0)))
    whole = b""
    while size := int(await reader.readline(), 16):
        whole += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return whole
