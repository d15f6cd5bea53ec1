"""The metrics of every service at `/metrics`. A service adds its own in the module that counts."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "zp_http_seconds",
    "Time from the request's head to the answer's end, by route and status class",
    ("method", "route", "status"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DATABASE_BUSY = Counter(
    "zp_database_busy_total", "Who got no connection in time: request (answered with 503), stream, background", ("caller",)
)
EVENTS_SENT = Counter("zp_events_sent_total", "Events the relay published and the bus acknowledged", ("subject",))
EVENTS_CONSUMED = Counter(
    "zp_events_consumed_total",
    "Events a consumer ended: done, again (seen before), later (retried), dead",
    ("subject", "end"),
)
EVENT_LAG = Histogram(
    "zp_event_lag_seconds",
    "From the event's writing to the end of its handler",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 5, 30, 300),
)
OUTBOX_WAITING = Gauge("zp_outbox_waiting", "Events written but not yet published")
OUTBOX_AGE = Gauge("zp_outbox_oldest_seconds", "Age of the oldest event not yet published")
BUS_CONNECTED = Gauge("zp_bus_connected", "1 while the service receives events, 0 while the bus is away")
BUS_WAITING = Gauge("zp_bus_waiting", "Events on the bus that this service has not ended yet")
BUS_STUCK = Gauge("zp_bus_stuck_seconds", "How long events have waited for this service without one of the oldest being ended")
DEAD_LETTERS = Gauge("zp_dead_letters", "Events that could not be handled and wait for a person")
JOBS_FAILED = Gauge(
    "zp_jobs_failed", "Scheduled jobs that failed every try, or have had no handler for an hour, and wait for a person"
)
JOBS_LATE = Gauge("zp_jobs_late_seconds", "How late the most overdue timed work is")
FILES_ORPHANED = Counter("zp_files_orphaned_total", "Stored objects that no row knew of and that were swept", ("bucket",))
FILES_MISSING = Gauge("zp_files_missing", "Kept files found missing in storage since the last comparison began", ("bucket",))
