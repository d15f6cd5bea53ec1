"""The business rules of identity. Pure: no clock, no database, no network, no keys."""

from identity.domain import refusals as refusals  # declares the refusal codes that the rules raise
