"""Ledgers for the tests: each test gets a fresh one, on SQLite and on PostgreSQL."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import URL, create_engine, make_url, text

from storage.database import migrate
from tests.ledgers import Ledger
from tests.storage.postgres import NoServer, server

_numbers = count(1)
# `make chaos` tries far more than `make test` has time for.
settings.register_profile("small", deadline=None, max_examples=25)
settings.register_profile("large", deadline=None, max_examples=1000)
settings.load_profile("small")
# Set by xdist: what is printed in a test is no wider or narrower for it.
os.environ.pop("COLUMNS", None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of storage, where all SQL is, on both databases, and others that are marked; the rest on SQLite."""
    if "dialect" in metafunc.fixturenames:
        both = ".storage." in metafunc.module.__name__ or metafunc.definition.get_closest_marker("both_databases")
        metafunc.parametrize("dialect", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """Name the database of this test."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """Give a server; without one the tests on it are skipped, but not where nothing may be."""
    try:
        with server() as url:
            yield make_url(url)
    except NoServer as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"PostgreSQL is not tested: {error}")
        pytest.skip(f"PostgreSQL is not tested: {error}")


@pytest.fixture(scope="session")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty ledger to be copied, which is faster than making one."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_ledger(postgres: URL) -> Iterator[str]:
    """Give the name of a database with an empty ledger to be copied, which is faster than making one."""
    with _database(postgres, "template1") as (name, url):
        migrate.upgrade(url)
        yield name


@pytest.fixture
def new_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a place without a ledger: no file, or an empty database."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
        return
    with _database(request.getfixturevalue("postgres"), "template1") as (_, url):
        yield url


@pytest.fixture
def ledger_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty ledger."""
    if dialect == "sqlite":
        path = tmp_path / "ledger.db"
        shutil.copyfile(request.getfixturevalue("sqlite_ledger"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_ledger")
    with _database(request.getfixturevalue("postgres"), template) as (_, url):
        yield url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Give an empty ledger, open."""
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture
def empty_ledgers(
    dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractContextManager[Ledger]]:
    """Give what opens an empty ledger, for each example of a property its own."""

    @contextmanager
    def opened() -> Iterator[Ledger]:
        if dialect == "sqlite":
            path = tmp_path / f"{next(_numbers)}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_ledger"), path)
            with Ledger.open(f"sqlite:///{path}") as ledger:
                yield ledger
            path.unlink()
            return
        template = request.getfixturevalue("postgres_ledger")
        with _database(request.getfixturevalue("postgres"), template) as (_, url), Ledger.open(url) as ledger:
            yield ledger

    return opened


@contextmanager
def _database(postgres: URL, template: str) -> Iterator[tuple[str, str]]:
    """Give the name and URL of a fresh database, made of a template, gone at the end."""
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    name = f"tallybook_test_{os.getpid()}_{next(_numbers)}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield name, postgres.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
