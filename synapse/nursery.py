"""
Starts homeservers for tests as `embedded.py` does, without loading Synapse for each: it is loaded once, and whoever asks gets a fork.

`python nursery.py SOCKET` listens there. Whoever connects writes a line of JSON, {"arguments", "folder", "output", "environment"}, and reads two:
{"pid"}, and when that homeserver has ended {"how"}: its exit code, or its signal's name. If the connection ends first, so does the homeserver.
"""

import gc
import json
import os
import select
import selectors
import signal
import socket
import sys

import embedded
from twisted.internet import reactor

PATIENCE_SECONDS = 10


def wait_for_orders(path: str) -> dict:
    """Serves the socket. Returns in each fork, with what was asked for."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    for one in (listener, woken):
        selector.register(one, selectors.EVENT_READ)
    askers = {}

    def bury() -> None:
        while askers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            asker = askers.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            tell(asker, {"how": code if code >= 0 else signal.Signals(-code).name})
            if asker in selector.get_map():
                selector.unregister(asker)
            asker.close()

    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                asker, _ = listener.accept()
                asker.settimeout(PATIENCE_SECONDS)
                try:
                    order = json.loads(asker.makefile().readline())
                except (OSError, ValueError):
                    # Gone before it has asked.
                    asker.close()
                    continue
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    selector.close()
                    for one in (listener, woken, waker, asker, *askers.values()):
                        one.close()
                    return order
                # Done at both ends: whoever is told of it may end it at once, with all that it starts.
                os.setpgid(pid, pid)
                askers[pid] = asker
                selector.register(asker, selectors.EVENT_READ)
                tell(asker, {"pid": pid})
            elif key.fileobj is woken:
                woken.recv(4096)
            else:
                # Nobody says anything more here: the asker is gone.
                selector.unregister(key.fileobj)
                for pid, asker in askers.items():
                    if asker is key.fileobj:
                        os.kill(pid, signal.SIGTERM)
        # At last: of whoever is closed here, nothing more is to be done in this round.
        bury()


def tell(asker: socket.socket, what: dict) -> None:
    try:
        asker.sendall(json.dumps(what).encode() + b"\n")
    except OSError:
        # Gone: what it asked for ends.
        pass


def become(order: dict) -> None:
    """Makes this fork a process of its own: with its group, folder, output and reactor."""
    os.setpgid(0, 0)
    os.chdir(order["folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order["environment"])
    # Python looks at this when it starts.
    sys.path[1:1] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.argv = order["arguments"]
    # The reactor was made when it was loaded, and what it waits on is shared with every other fork.
    reactor._poller = select.epoll()
    for known in (reactor._reads, reactor._writes, reactor._selectables, reactor._internalReaders):
        known.clear()
    reactor.waker = None
    reactor.installWaker()


if __name__ == "__main__":
    embedded.die_with_the_launcher()
    gc.freeze()
    become(wait_for_orders(sys.argv[1]))
    embedded.serve()
