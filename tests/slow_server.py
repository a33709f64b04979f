"""The application as a server loads it, slow where asked to be; senders are given up sooner."""

import time

from flask import request
from gunicorn.workers import gthread

from inspect_app import from_environment
from inspect_app.serving import worker

worker.CROWDED_SECONDS = 1.0
worker.HEAD_SECONDS = 3.0
gthread.STOP_KEEPALIVE_LINGER = 20.0  # the test of a stop asks again within that, however slowly

app = from_environment()


@app.before_request
def dawdle() -> None:
    """Take as many seconds before the work as the request says."""
    time.sleep(float(request.headers.get("X-Dawdle", "0")))
