"""`python -m remote_meeting.cli`: the same as `remote-meeting`."""

from .main import main

if __name__ == "__main__":
    main()
