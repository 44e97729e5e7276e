"""The README tells the truth: its commands exist and are all there are, its output is what comes out, its code runs."""

import contextlib
import io
import re
from pathlib import Path

import click
import pytest

from jobs.cli import COMMANDS, run, tallybook

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def commands() -> dict[str, click.Command]:
    """Return every command by its full name, subcommands among them."""
    context = click.Context(tallybook)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = tallybook.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {f"{name} {sub}": each for sub, each in command.commands.items()}
        else:
            found[name] = command
    return found


def row(name: str) -> str:
    """Return the line of the README's table on a command."""
    lines = [line for line in TEXT.splitlines() if line.startswith(f"| `tallybook {name}") and "| " in line[3:]]
    assert len(lines) == 1, f"the README has {len(lines)} lines on `tallybook {name}`"
    return lines[0]


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_its_line_and_every_option_is_on_it(name: str) -> None:
    line = row(name)
    for parameter in commands()[name].params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert any(option in line for option in parameter.opts), f"{parameter.opts} is not in: {line}"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"^\| `tallybook ((?:db )?[a-z]+)", TEXT, re.MULTILINE))
    assert named == set(commands())


def test_every_exit_code_is_in_the_readme_and_in_the_help() -> None:
    import jobs.exits as codes

    numbers = {value for name, value in vars(codes).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d) \| ", TEXT, re.MULTILINE)} == numbers
    assert all(f" {number} " in (tallybook.help or "") for number in numbers)


def test_every_variable_is_in_the_readme() -> None:
    source = (README.parent / "jobs" / "settings.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r'"(TALLYBOOK_[A-Z_]+|GITHUB_TOKEN)"', source)):
        assert f"`{variable}`" in TEXT, variable


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the demonstration in a folder of its own; give the folder and what was printed."""
    folder = tmp_path_factory.mktemp("demo")
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        assert run(["demo"]) == 0
    return folder, printed.getvalue()


def test_the_demonstration_prints_what_the_readme_shows(demo: tuple[Path, str]) -> None:
    shown = re.search(r"```text\n(Sample data.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    printed, expected = (
        re.sub(r"    \S.* (?=table |explain |history |status)", "    tallybook ", text) for text in (demo[1], shown[1])
    )
    assert (
        re.sub(r"(?m)^    \S*tallybook status$", "    tallybook status", printed).strip()
        == re.sub(r"(?m)^    \S*tallybook status$", "    tallybook status", expected).strip()
    )


def test_the_python_example_runs_on_the_demonstration(demo: tuple[Path, str]) -> None:
    example = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    printed = io.StringIO()
    with contextlib.chdir(demo[0]), contextlib.redirect_stdout(printed):
        exec(compile(example[1], "README.md", "exec"), {})  # noqa: S102 - the README is ours
    assert "153.8k" in printed.getvalue()
    assert "observed" in printed.getvalue()


def test_the_example_catalog_is_a_catalog() -> None:
    from collector.catalog.schema import read_catalog

    example = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    assert [project.id for project in read_catalog(example[1], "README.md").projects] == ["kubeflow"]
