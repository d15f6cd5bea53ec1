"""No events are consumed."""

from servicekit.bus import EventHandlers

on_event = EventHandlers()
