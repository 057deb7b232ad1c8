"""`python -m upbeat.cli`: the command line where its script is not on the path."""

from upbeat.cli import main

if __name__ == "__main__":
    main()
