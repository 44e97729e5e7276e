"""The README tells the truth: its commands exist and are all there are, its output is what comes out, its code runs."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from jobs.cli import COMMANDS, run, tallybook
from tests import reference

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
DOCUMENTS = {path: path.read_text(encoding="utf-8") for path in [README, *sorted((ROOT / "docs").glob("*.md"))]}
COMMANDS_MD = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_the_reference_of_commands_is_what_the_help_says() -> None:
    """`python -m tests.reference` writes it anew."""
    assert reference.PLACE.read_text(encoding="utf-8") == reference.reference()


def test_the_documents_name_no_command_that_is_not_there() -> None:
    named = {name for text in DOCUMENTS.values() for name in re.findall(r"(?m)^    tallybook ([a-z]+)", text)}
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_every_document_that_is_linked_to_is_there() -> None:
    for path, text in DOCUMENTS.items():
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_exit_code_is_in_the_reference_and_in_the_help() -> None:
    import jobs.exits as codes

    numbers = {value for name, value in vars(codes).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d) \| ", COMMANDS_MD, re.MULTILINE)} == numbers
    assert all(f" {number} " in (tallybook.help or "") for number in numbers)


def test_every_variable_is_in_the_reference() -> None:
    source = (ROOT / "jobs" / "settings.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r'"(TALLYBOOK_[A-Z_]+|GITHUB_TOKEN)"', source)):
        assert f"`{variable}`" in COMMANDS_MD, variable


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


def test_the_code_of_the_notebooks_document_runs_on_the_demonstration(demo: tuple[Path, str], tmp_path: Path) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "notebook.md").read_text(), re.DOTALL))
    (tmp_path / "tallybook-demo").symlink_to(demo[0] / "tallybook-demo")
    printed = io.StringIO()
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(printed):
        exec(compile(f"{code}\nbook.close()", "notebook.md", "exec"), {})  # noqa: S102 - the document is ours
        assert "2025-12-01 = 100" in Path("growth.svg").read_text()
    assert "hub.docker.com" in printed.getvalue()


def test_the_example_catalog_is_a_catalog() -> None:
    from collector.catalog.schema import read_catalog

    example = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert [project.id for project in read_catalog(example[1], "catalog.md").projects] == ["kubeflow"]
