"""Runs a command whose standard output and error are small pipes that do not wait (O_NONBLOCK), and reads them slowly.

Both go on to this program's own; it ends with the status of the command.
"""
import fcntl
import os
import subprocess
import sys
import threading
import time

PIPE_BYTES = 4096
SLOW_READS = 40


def pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, fcntl.fcntl(writer, fcntl.F_GETFL) | os.O_NONBLOCK)
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return reader, writer


def pass_on(reader, target):
    # The pipe is full before anything is read.
    time.sleep(0.3)
    reads = 0
    while data := os.read(reader, PIPE_BYTES):
        target.write(data)
        target.flush()
        reads += 1
        if reads < SLOW_READS:
            time.sleep(0.01)


out, err = pipe(), pipe()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=out[1], stderr=err[1])
threads = []
for (reader, writer), target in ((out, sys.stdout.buffer), (err, sys.stderr.buffer)):
    os.close(writer)
    threads.append(threading.Thread(target=pass_on, args=(reader, target)))
    threads[-1].start()
for thread in threads:
    thread.join()
sys.exit(process.wait())
