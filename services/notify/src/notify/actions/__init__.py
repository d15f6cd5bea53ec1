"""Use cases of notify: what people read, and what outside systems are sent."""
