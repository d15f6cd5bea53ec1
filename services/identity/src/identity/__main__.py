"""`python -m identity`. The PDF renderer's worker process imports this module again, so it imports nothing until it runs."""

if __name__ == "__main__":
    from servicekit.service import run

    from identity.app import SERVICE

    run(SERVICE)
