"""The root of the command: helps quickly, teaches, and turns bad input into sentences."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from kairn.cli import kairn
from kairn.cli import root as cli_root
from kairn.terms.problem import unreadable


def test_bare_kairn_teaches() -> None:
    done = CliRunner().invoke(kairn, [])
    assert done.exit_code == 0
    for word in ("kairn run", "kairn doctor", "kairn protocol say", "kairn database prepare --print", "KAIRN_HOME"):
        assert word in done.output


def test_it_promises_nothing_that_is_not_built() -> None:
    said = CliRunner().invoke(kairn, ["--help"]).output
    assert "virtual patients" not in said and "measured against" not in said


def test_the_version_is_said() -> None:
    assert CliRunner().invoke(kairn, ["--version"]).output.startswith("kairn, version ")


def test_python_m_kairn_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "kairn", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("Usage: kairn ")


def test_help_does_not_load_django() -> None:
    code = "import sys; from click.testing import CliRunner; from kairn.cli import kairn; CliRunner().invoke(kairn, ['--help']); print('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@pytest.mark.parametrize("name", ["run", "serve", "doctor", "database", "verify", "import", "protocol"])
def test_every_command_explains_itself(name: str) -> None:
    done = CliRunner().invoke(kairn, [name, "--help"])
    assert done.exit_code == 0 and "Usage: kairn" in done.output and len(done.output.splitlines()) > 4


def test_bad_input_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise unreadable("a dose of .5", "a number such as 0.5", "Write the nought.", "line 3")

    monkeypatch.setitem(kairn.commands, "broken", broken)
    done = CliRunner().invoke(kairn, ["broken"])
    assert done.exit_code == 1
    assert done.output == "Error: line 3: saw a dose of .5; expected a number such as 0.5. Write the nought.\n"


def test_a_room_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'django'", name="django")

    monkeypatch.setattr(cli_root, "import_module", absent)
    found = cli_root.load_command("serve", "kairn.clinic.site.commands:serve")
    assert found is not None
    done = CliRunner().invoke(found, ["--port", "1"])
    assert done.exit_code == 1 and "pip install 'kairn[clinic]'" in done.output


def test_a_command_whose_module_is_gone_is_no_command() -> None:
    assert cli_root.load_command("old", "kairn.cli.not_there:old") is None


def test_a_fault_in_our_own_imports_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'kairn.inner'", name="kairn.inner")

    monkeypatch.setattr(cli_root, "import_module", broken)
    with pytest.raises(ModuleNotFoundError):
        cli_root.load_command("protocol", "kairn.cli.protocol:protocol")
