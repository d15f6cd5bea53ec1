"""Chaos: many terms at once while parts die, and a checker that trusts nobody. See README.md."""
