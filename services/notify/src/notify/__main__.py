"""`python -m notify`."""

from servicekit.service import run

from notify.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
