"""A demonstration that is told to end takes its servers with it."""

import os
import signal

import pytest

from inspect_app.cli.demo import _ending_when_told


def test_sigterm_unwinds_what_was_opened_and_is_the_callers_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    closed = []

    def serve() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            closed.append("server")

    with pytest.raises(SystemExit) as ended, _ending_when_told():
        serve()

    assert ended.value.code == 128 + signal.SIGTERM
    assert closed == ["server"]
    assert signal.getsignal(signal.SIGTERM) == before
