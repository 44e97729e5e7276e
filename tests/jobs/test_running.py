"""How a command is ended: a signal asks for it and is answered at once, a second one is not to be asked again."""

import os
import signal

import click
import pytest

from jobs.commands.running import stopped_by_signals
from jobs.exits import PARTLY

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_the_end_and_says_so(number: signal.Signals, capfd: Output) -> None:
    with stopped_by_signals() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert capfd.readouterr().err == "ending, which takes some seconds; a second signal ends it at once\n"


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_as_partly_done(second: signal.Signals, capfd: Output) -> None:
    def end_twice() -> None:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), second)

    with pytest.raises(click.exceptions.Exit) as ended:
        end_twice()
    assert ended.value.exit_code == PARTLY
    assert capfd.readouterr().err.splitlines()[-1] == (
        "ended at once; what was answered until then is recorded, and the same command does the rest"
    )


def test_an_interrupt_that_was_no_signal_of_ours_is_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt), stopped_by_signals():
        raise KeyboardInterrupt


def test_what_signals_did_before_they_do_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stopped_by_signals():
        os.kill(os.getpid(), signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
