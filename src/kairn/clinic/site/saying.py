"""What a person at the terminal sees while the clinic gets up: a moving line where there is a terminal, plain lines where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(frozen=True)
class SignIn:
    """One account of the demo clinic."""

    role: str
    email: str
    password: str


@dataclass
class Saying:
    """Speaks on standard output."""

    console: Console = field(default_factory=lambda: Console(highlight=False, emoji=False))
    bar: Progress | None = None
    task: TaskID | None = None

    def line(self, text: str = "") -> None:
        """One plain line."""
        self.console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def getting_up(self) -> Iterator[None]:
        """While this block runs, steps move a bar."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as self.bar:
            self.task = self.bar.add_task("Getting up", total=None)
            yield
        self.bar = None

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done now; with counts, how far it is."""
        if self.bar is not None and self.task is not None and self.console.is_terminal:
            self.bar.update(self.task, description=text, completed=done or 0, total=total)
        elif not done:
            self.line(f"{text} ...")

    def sign_ins(self, made: Sequence[SignIn]) -> None:
        """One row per role."""
        table = Table("Role", "E-mail", "Password", title="Sign in as", title_justify="left", box=None, pad_edge=False)
        for each in made:
            table.add_row(each.role, each.email, each.password)
        self.console.print(table)
