"""`python -m archive`."""

from servicekit.service import run

from archive.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
