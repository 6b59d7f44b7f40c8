"""Starts a program on a terminal of so many columns, and repeats what it writes there.

    terminal.py COLUMNS PROGRAM [ARGUMENT...]
"""

import fcntl
import os
import pty
import struct
import sys
import termios

columns, program = int(sys.argv[1]), sys.argv[2:]
ready, go = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.close(go)
    os.read(ready, 1)  # until the terminal has its size
    os.close(ready)
    os.execv(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
os.close(ready)
os.close(go)
while True:
    try:
        written = os.read(terminal, 8192)
    except OSError:  # the last one that had it open is gone
        break
    if not written:
        break
    os.write(1, written)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
