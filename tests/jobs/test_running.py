"""How a command is ended: a signal asks for it and is answered at once, a second one is not to be asked again."""

import os
import signal

import pytest

from jobs.commands.running import stopped_by_signals

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_the_end_and_says_so(number: signal.Signals, capfd: Output) -> None:
    with stopped_by_signals() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert capfd.readouterr().err == "ending, which takes some seconds; a second signal ends it at once\n"


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_interrupts(second: signal.Signals) -> None:
    with stopped_by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), second)


def test_what_signals_did_before_they_do_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stopped_by_signals():
        os.kill(os.getpid(), signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
