"""The service, put together."""

from servicekit.service import Service

from seventh.api import api
from seventh.events import on_event

SERVICE = Service("seventh", title="第七", api=api, events=on_event)
