"""`python -m archive`. The PDF renderer's worker processes import this module again, so it imports nothing until it runs."""

if __name__ == "__main__":
    from servicekit.service import run

    from archive.app import SERVICE

    run(SERVICE)
