"""The WebSocket under the conversation (contract, section 7.3)."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from s2clientprotocol import sc2api_pb2
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from aiirmix.envs.sc2_server.session import Dropped, Session

PATH = "/sc2api"


def run(host: str, port: int, folder: Path) -> None:
    """Serves one game until its client asks it to quit or goes away.

    Args:
        host: address to listen on.
        port: to listen on; 0 takes a free one.
        folder: the game's, where a file may ask for a fault.
    """

    def play(connection: ServerConnection) -> None:
        if converse(connection, Session(folder)):
            server.shutdown()

    server = listen(host, port, play)
    with server:
        print(f"Listening on: {host}:{server.socket.getsockname()[1]}", flush=True)
        server.serve_forever()


def listen(host: str, port: int, play: Callable[[ServerConnection], None]) -> Server:
    """A server that takes messages of any size, and as much time between them as its client likes."""
    return serve(
        play,
        host,
        port,
        process_request=_only_the_interface,
        compression=None,
        ping_interval=None,
        max_size=None,
    )


def converse(connection: ServerConnection, session: Session) -> bool:
    """Answers until the client quits or goes away; returns False if the connection is dropped on request.

    Requests come as text frames that are no text, so they are taken as bytes; answers are binary frames.
    """
    try:
        while session.status != sc2api_pb2.quit:
            request = sc2api_pb2.Request.FromString(connection.recv(decode=False))
            connection.send(session.answer(request).SerializeToString())
    except ConnectionClosed:
        pass
    except Dropped:
        connection.close_socket()
        return False
    return True


def _only_the_interface(connection: ServerConnection, request: Request) -> Response | None:
    """Refuses other addresses as the game does."""
    if request.path == PATH:
        return None
    return connection.respond(HTTPStatus.NOT_FOUND, f"the StarCraft II interface is at {PATH}\n")
