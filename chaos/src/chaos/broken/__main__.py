"""`python -m chaos.broken <variant> <service>`: changes the kit in this process, then becomes the service."""

import runpy
import sys

if __name__ == "__main__":
    from chaos.broken.variants import VARIANTS

    variant, service = sys.argv[1:3]
    VARIANTS[variant]()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
