"""`python -m importer`: the import service."""

from servicekit.service import run

from importer.app import SERVICE

if __name__ == "__main__":
    run(SERVICE)
