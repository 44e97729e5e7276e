"""What answers requests: the network, recorded as it answers; recordings; or recordings first and then the network."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from collector.errors import CREDENTIALS, LIMIT, NOT_ASKED, TRANSIENT
from collector.http.client import Http
from collector.model import Exchange, Failure, Request
from collector.recording.reader import Answered, read_answered, read_response
from collector.recording.warc import RecordingError, unpack
from collector.recording.writer import Recorder
from collector.sources.protocol import Source

_ASK_AGAIN = frozenset({TRANSIENT, LIMIT, CREDENTIALS, NOT_ASKED})
"""Causes for which a later request may do better."""

_Key = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class Live:
    """The services themselves; every exchange is recorded when it ends, what got no answer too."""

    http: Http
    recorder: Recorder
    network: bool = True

    def send(self, source: Source, request: Request) -> Exchange:
        """Ask, and record what came of it. Raises RecordingError."""
        exchange = self.http.fetch(source, request)
        unasked = exchange.failure is not None and exchange.failure.cause == NOT_ASKED
        if unasked and not exchange.responses:
            return exchange
        return self.recorder.write(source.name, exchange, self.http.now())


class Recordings:
    """Recordings, in which a request is found by its method, URL and body; the network is never asked.

    Of several exchanges of one request the last answered one counts. Raises RecordingError for what is no recording,
    and for two records of one id that are not the same.
    """

    network = False

    def __init__(self, files: Iterable[Path]) -> None:
        self._found: dict[_Key, tuple[Path, Answered]] = {}
        digests: dict[str, tuple[str, Path]] = {}
        for path in files:
            for answered in read_answered(path):
                self._take(path, answered, digests)

    def _take(self, path: Path, answered: Answered, digests: dict[str, tuple[str, Path]]) -> None:
        kept, key = answered.kept, _key(answered.request)
        if kept is not None:
            digest, other = digests.setdefault(kept.record, (kept.digest, path))
            if digest != kept.digest:
                where = f"{path} and {other}" if path != other else f"{path}"
                raise RecordingError(f"{where}: two records have the id {kept.record} and are not the same")
        if kept is not None or key not in self._found:
            self._found[key] = path, answered

    @property
    def requests(self) -> Collection[_Key]:
        """The method, URL and body of each request that is recorded."""
        return self._found.keys()

    def send(self, _source: Source, request: Request) -> Exchange:
        """Return the exchange as it was recorded, without the responses that were asked again."""
        found = self._found.get(_key(request))
        if found is None:
            return Exchange(request, failure=Failure(NOT_ASKED, "the recording has no answer for it"))
        path, answered = found
        if answered.kept is None:
            return Exchange(request, failure=answered.failure)
        kept = answered.kept
        try:
            with path.open("rb") as file:
                file.seek(kept.offset)
                response = read_response(unpack(file.read(kept.length), kept.offset))
        except (OSError, ValueError) as error:
            raise RecordingError(f"{path}: cannot be read, or was changed while it was read: {error}") from error
        if response is None or response.record != kept.record:
            raise RecordingError(f"{path}: was changed while it was read")
        return Exchange(request, (response,), kept=(kept,))


@dataclass(frozen=True, slots=True)
class Resuming:
    """Recordings for what they have an answer to, the network for the rest, and for what a later try may better."""

    recorded: Recordings
    live: Live
    network: bool = True

    def send(self, source: Source, request: Request) -> Exchange:
        """Return the recorded answer, or ask."""
        exchange = self.recorded.send(source, request)
        if exchange.answer is not None:
            refused = source.refusal(request, exchange.answer)
            if refused is None or refused.cause not in _ASK_AGAIN:
                return exchange
        return self.live.send(source, request)


def _key(request: Request) -> _Key:
    return request.method, request.url, request.body
