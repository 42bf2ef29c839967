"""Starts Synapse as the embedded homeserver: as `python -m synapse.app.homeserver`, with what its settings cannot say."""

import ctypes
import gc
import os
import signal
import sqlite3
import sys
import threading
import time

# Nothing of what is loaded is garbage, and looking through it again and again takes a sixth of the start.
gc.disable()
from synapse.app.homeserver import main
from synapse.storage.engines.sqlite import Sqlite3Engine

gc.enable()

PR_SET_PDEATHSIG = 1
CHECKPOINT_SECONDS = 30


def die_with_the_launcher() -> None:
    """A launcher that was killed cannot stop its children: on Linux the kernel does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def overwrite_what_is_deleted() -> None:
    """Deleted rows would stay readable in free pages and in the write-ahead log of the database file."""
    prepare = Sqlite3Engine.on_new_connection
    emptied = set()

    def on_new_connection(self, db_conn):
        prepare(self, db_conn)
        db_conn.execute("PRAGMA secure_delete = ON;")
        db_conn.execute("PRAGMA journal_size_limit = 0;")
        file = db_conn.execute("PRAGMA database_list;").fetchone()[2]
        if file and file not in emptied:
            emptied.add(file)
            threading.Thread(target=empty_the_log, args=(file,), daemon=True).start()

    Sqlite3Engine.on_new_connection = on_new_connection


def empty_the_log(file: str) -> None:
    """By itself SQLite works its log in only after a thousand pages, which on a quiet day may take until the next one."""
    connection = sqlite3.connect(file, timeout=0.1)
    while True:
        time.sleep(CHECKPOINT_SECONDS)
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE);").fetchone()
        except sqlite3.OperationalError:
            # Somebody is writing: the next time will do.
            continue


def serve() -> None:
    """Is the homeserver that the arguments of this process ask for, until it ends."""
    # Whatever the homeserver writes is its owner's alone.
    os.umask(0o077)
    die_with_the_launcher()
    overwrite_what_is_deleted()
    main()


if __name__ == "__main__":
    serve()
