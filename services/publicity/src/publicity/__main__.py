"""`python -m publicity`."""

from servicekit.service import run

from publicity.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
