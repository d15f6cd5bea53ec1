"""`python -m identity`. The imports are local because the PDF renderer's worker process imports this module too."""

if __name__ == "__main__":
    from servicekit.service import run

    from identity.app import SERVICE

    run(SERVICE)
