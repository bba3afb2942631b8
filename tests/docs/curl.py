"""Does what the pages ask of `curl`, for machines that have none; knows no other option.

python -m tests.docs.curl -s [-X METHOD] URL [-d BODY]
"""

import argparse
import sys

import httpx


def main(arguments: list[str]) -> None:
    """Make the call and print its answer's body."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method", default="GET")
    parser.add_argument("-d", dest="body", default="")
    parser.add_argument("url")
    asked = parser.parse_args(arguments)
    answer = httpx.request(asked.method, asked.url, content=asked.body, timeout=30, trust_env=False)
    print(answer.text)


if __name__ == "__main__":
    main(sys.argv[1:])
