"""`python -m records`."""

from servicekit.service import run

from records.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
