"""`python -m seventh`."""

from servicekit.service import run

from seventh.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
