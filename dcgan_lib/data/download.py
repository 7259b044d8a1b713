"""Downloads a file, in a limited time."""

import hashlib
import threading
import time
import urllib.error
import urllib.request


def download(url, sha256, seconds):
    """Downloads a file in at most `seconds`; returns its bytes, or `None`, and what went wrong."""
    result, deadline = {"problem": f"its download took over {seconds} seconds"}, time.monotonic() + seconds

    def fetch():
        try:
            content = bytearray()
            with urllib.request.urlopen(url, timeout=seconds) as response:
                while time.monotonic() < deadline:
                    block = response.read1(2**16)
                    content += block
                    if not block:
                        is_right = hashlib.sha256(content).hexdigest() == sha256
                        result.update({"content": bytes(content)} if is_right else {"problem": "another file was sent"})
                        break
        except urllib.error.HTTPError as error:
            result["problem"] = f"the server answered {error.code}"
        except Exception:
            result["problem"] = "no network"

    # In a thread that may be abandoned, because looking up the server's name has no time limit of its own.
    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds)
    return result.get("content"), result["problem"]
