"""Two bare services of the kit, `python -m bench.kit_ends relay` and `... consumer`: only outbox and relay, only inbox.

The consumer hears one fact and does nothing with it but note it in its inbox.
"""

import asyncio
import sys
from typing import Any

from contracts.records import PositionApprovedV1
from servicekit import log
from servicekit.bus import Hears
from servicekit.db import Tx
from servicekit.http import Api
from servicekit.service import Service, serve
from servicekit.settings import Settings

hears = Hears()


@hears(PositionApprovedV1)
async def on_position_approved(_deps: Any, _tx: Tx, _fact: PositionApprovedV1) -> None:
    """Nothing."""


RELAY = Service("records", "relay", Api("relay"), package="bench")
CONSUMER = Service("notify", "consumer", Api("consumer"), hears=hears, package="bench")

if __name__ == "__main__":
    service = {"relay": RELAY, "consumer": CONSUMER}[sys.argv[1]]
    log.configure(service.name, "INFO")
    asyncio.run(serve(service, Settings()))
