"""Speaks TLS to clients and hands on what they say: tls_front.py CERTIFICATE KEY PORT [newest|old]

Prints the port on which it listens. `old` speaks nothing newer than TLS 1.1.
"""

import select
import socket
import ssl
import sys
import threading
import warnings

certificate, key, port, age = sys.argv[1:]
warnings.simplefilter("ignore")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if age == "old":
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1


def hand_on(stream):
    with context.wrap_socket(stream, server_side=True) as client:
        with socket.create_connection(("127.0.0.1", int(port))) as server:
            while True:
                for side in select.select([client, server], [], [])[0]:
                    page = side.recv(65536)
                    if not page:
                        return
                    (server if side is client else client).sendall(page)


def quietly(stream):
    try:
        hand_on(stream)
    except OSError:  # what the client makes of it is what is tested
        pass


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=quietly, args=[listener.accept()[0]], daemon=True).start()
