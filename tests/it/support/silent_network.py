"""Hands on what is said to a server, until the network swallows everything: silent_network.py PORT

Prints the port on which it listens. From the first line on standard input on, no packet of a connection that there is
arrives any more, and no new connection comes about; it prints a line when that is so.
"""

import ctypes
import select
import socket
import struct
import sys
import threading
import time

ATTACH_FILTER = 26  # SO_ATTACH_FILTER of Linux, which Python does not name
ends = []


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


take_nothing = (Instruction * 1)(Instruction(0x06, 0, 0, 0))
program = struct.pack("HP", 1, ctypes.addressof(take_nothing))


def swallow(end):
    """Not even the system acknowledges what comes from now on."""
    end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)


def hand_on(client):
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    ends.extend([client, server])
    try:
        while True:
            for side in select.select([client, server], [], [])[0]:
                said = side.recv(65536)
                if not said:
                    return
                (server if side is client else client).sendall(said)
    finally:
        client.close()
        server.close()


def take(listener):
    while True:
        threading.Thread(target=hand_on, args=[listener.accept()[0]], daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=take, args=[listener], daemon=True).start()
sys.stdin.readline()
time.sleep(0.2)  # what is not acknowledged yet would be sent again and again by our own system
for end in [listener, *ends]:
    if end.fileno() >= 0:
        swallow(end)
print("silent", flush=True)
sys.stdin.read()
