"""Two minimal services of servicekit: `python -m bench.bus_services relay` (outbox and relay) and `... consumer` (inbox).

The consumer handles one event and does nothing except for the inbox row.
"""

import asyncio
import sys
from typing import Any

from contracts.records import PositionApprovedV1
from servicekit import log
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.http import Api
from servicekit.service import Service, serve
from servicekit.settings import Settings

on_event = EventHandlers()


@on_event(PositionApprovedV1)
async def on_position_approved(_deps: Any, _tx: Tx, _event: PositionApprovedV1) -> None:
    """Nothing."""


RELAY = Service("records", "relay", Api("relay"), package="bench")
CONSUMER = Service("notify", "consumer", Api("consumer"), events=on_event, package="bench")

if __name__ == "__main__":
    service = {"relay": RELAY, "consumer": CONSUMER}[sys.argv[1]]
    log.configure(service.name, "INFO")
    asyncio.run(serve(service, Settings()))
