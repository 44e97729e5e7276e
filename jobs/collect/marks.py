"""Which answers the ledger has that a service may be asked about conditionally; knows no service."""

from collections.abc import Mapping, Sequence

from collector.http.credentials import account_of
from collector.model import Artifact, ETag, Mark
from collector.sources.protocol import Source
from jobs.collect.plan import ask_of
from jobs.settings import Settings
from storage.ledger import Ledger


def marks_of(
    source: Source, artifacts: Sequence[Artifact], settings: Settings, ledger: Ledger
) -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of the answers about artifacts by URL, one of each account that may ask."""
    ask = ask_of(source, settings)
    urls = [url for artifact in artifacts if (url := source.marked(artifact.name, ask))]
    accounts = [account_of(settings.github_token)] if ask.authenticated else [""]
    marks: dict[str, tuple[Mark, ...]] = {}
    for account in accounts if urls else ():
        for url, found in ledger.etags(account, urls).items():
            marks[url] = (*marks.get(url, ()), Mark(url, account, ETag(*found)))
    return marks
