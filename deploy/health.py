"""Ask the dashboard of this machine whether it is there: exit code 0 when it answers.

    python deploy/health.py [PORT]

A server that takes certain names alone refuses this question, and is there all the same.
"""

from __future__ import annotations

import http.client
import sys

PATH = "/_stcore/health"
PATIENCE = 5.0  # seconds


def main(arguments: list[str]) -> int:
    """Ask once."""
    port = int(arguments[0]) if arguments else 8501
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
    try:
        connection.request("GET", PATH)
        status = connection.getresponse().status
    except OSError as error:
        print(f"No answer at port {port}: {error}")
        return 1
    finally:
        connection.close()
    return int(status >= 500)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
