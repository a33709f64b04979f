"""`python -m sampling`: the same commands that the console script mounts."""

from sampling.cli import main

if __name__ == "__main__":
    main(prog_name="python -m sampling")
