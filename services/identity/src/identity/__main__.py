"""`python -m identity`."""

from servicekit.service import run

from identity.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
